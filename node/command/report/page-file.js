import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isReplaceable } from '../../is-replaceable.js';
import { cannotWrite } from '../recorders/cannot-write.js';

/** A file that has its name only once it is whole. What stood there before stays until then. */
export class PageFile {
  #path;
  #temporary;
  #stream;
  #failure = null;
  #room = null; // { promise, resolve } while the disk is behind
  #clean = () => rmSync(this.#temporary, { force: true });

  /** @param {string} path */
  static async create(path) {
    if (!(await isReplaceable(path))) throw cannotWrite('--report', path, new Error('it is no file'));
    const file = new PageFile(path);
    await once(file.#stream, 'open').catch((error) => {
      throw cannotWrite('--report', path, error);
    });
    process.once('exit', file.#clean);
    return file;
  }

  constructor(path) {
    this.#path = path;
    this.#temporary = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
    this.#stream = createWriteStream(this.#temporary, { highWaterMark: 2 ** 20 });
    this.#stream.on('error', (error) => {
      this.#failure = error;
    });
    for (const event of ['drain', 'close']) this.#stream.on(event, () => this.#goOn());
  }

  /** @returns {Promise<any> | undefined} something to wait for when the disk is behind */
  write(text) {
    if (this.#failure) throw cannotWrite('--report', this.#path, this.#failure);
    if (this.#stream.write(text)) return undefined;
    this.#room ??= withResolver();
    return this.#room.promise;
  }

  #goOn() {
    this.#room?.resolve();
    this.#room = null;
  }

  async finish() {
    await new Promise((resolve) => this.#stream.end(resolve));
    try {
      if (this.#failure) throw this.#failure;
      await rename(this.#temporary, this.#path);
    } catch (error) {
      throw cannotWrite('--report', this.#path, error);
    } finally {
      process.off('exit', this.#clean);
      this.#clean();
    }
  }
}

function withResolver() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
