import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/**
 * How long a list is, as far as that is known: it is read only as fast as it is used. Exactly once its end has been read;
 * about, before that, when all of it lies in files with a URL a line.
 */
export class ListLength {
  #read = 0;
  #ended = false;
  #estimate = null;

  /** @returns {number | null} */
  get count() {
    if (this.#ended) return this.#read;
    return this.#estimate !== null && this.#estimate >= this.#read ? this.#estimate : null;
  }

  get isExact() {
    return this.#ended;
  }

  /** @template T @param {AsyncIterable<T> | Iterable<T>} list @returns {AsyncGenerator<T>} the same, counted */
  async *counted(list) {
    for await (const item of list) {
      this.#read++;
      yield item;
    }
    this.#ended = true;
  }

  /**
   * @param {string[]} urls
   * @param {string[]} files
   * @param {number} done how many of them have ended before
   */
  async estimate(urls, files, done) {
    if (files.length === 0 || [...urls, ...files].includes('-')) return;
    try {
      let lines = urls.length;
      for (const file of files) lines += await linesIn(file);
      this.#estimate = lines - done;
    } catch {} // then it isn't known
  }
}

/** Throws when it is no list of lines. */
async function linesIn(file) {
  if (!(await stat(file)).isFile()) throw new Error();
  let lines = 0;
  let last = 10;
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) {
    if (lines === 0 && (chunk[0] === 0x3c || chunk[0] === 0x1f)) throw new Error(); // XML, or gzip
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
    last = chunk.at(-1);
  }
  return last === 10 ? lines : lines + 1;
}
