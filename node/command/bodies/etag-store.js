import { createWriteStream } from 'node:fs';
import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { printable } from '../../../web/response/errors.js';
import { isReplaceable } from '../../is-replaceable.js';
import { UsageError } from '../usage-error.js';

/**
 * The ETags of many URLs in one file: a JSON object a line, `{"url", "etag", "last_modified"}`. While a run goes, lines are
 * added, so that it may be killed; at its end the file has one for each URL.
 */
export class EtagStore {
  #known;
  #saves; // file
  #lines = null;

  /**
   * @param {{ compare?: string, save?: string }} files that are compared with, and added to; may be the same
   */
  static async open({ compare, save }) {
    const known = new Map();
    if (save !== undefined) await assertWritable(save);
    for (const file of new Set([save, compare])) if (file !== undefined) await read(file, known);
    return new EtagStore(known, compare !== undefined, save);
  }

  constructor(known, compares, saves) {
    this.#known = known;
    this.compares = compares;
    this.#saves = saves;
  }

  /** @param {string} url @returns {Record<string, string> | null} what asks whether it has changed; null: nothing is known */
  headersFor(url) {
    const { etag, last_modified: modified } = this.#known.get(url) ?? {};
    if (etag) return { 'if-none-match': etag };
    return modified ? { 'if-modified-since': modified } : null;
  }

  /** @param {string} url @param {Response} response that has been taken whole @returns {Promise<void> | undefined} */
  add(url, { headers }) {
    if (this.#saves === undefined) return undefined;
    const entry = { url, etag: headers.get('etag'), last_modified: headers.get('last-modified') };
    if (!entry.etag && !entry.last_modified) return undefined;
    this.#known.set(url, entry);
    this.#lines ??= createWriteStream(this.#saves, { flags: 'a' }).on('error', () => {}); // close() will tell
    const line = `${JSON.stringify(entry)}\n`;
    return this.#lines.write(line) ? undefined : new Promise((resolve) => this.#lines.once('drain', resolve));
  }

  /** Write it anew, each URL once. */
  async close() {
    if (!this.#lines) return;
    await new Promise((resolve) => this.#lines.end(resolve));
    const temporary = `${this.#saves}.part`;
    await writeFile(temporary, lines(this.#known.values()), { flush: true });
    await rename(temporary, this.#saves);
  }
}

function* lines(entries) {
  for (const entry of entries) yield `${JSON.stringify(entry)}\n`;
}

async function read(file, known) {
  const text = await readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return ''; // the first time
    throw new UsageError(`can't read the ETags in ${printable(file)}: ${error.message.split(', ')[0]}`);
  });
  for (const line of text.split('\n')) {
    const entry = parse(line);
    if (entry) known.set(entry.url, entry);
    else if (line !== '' && known.size === 0) {
      throw new UsageError(`${printable(file)} has no ETags that --etag-save wrote: a JSON object with a url a line`);
    }
  }
}

/** The last line of a run that was killed may be half. */
function parse(line) {
  try {
    const entry = JSON.parse(line);
    return typeof entry?.url === 'string' ? entry : null;
  } catch {
    return null;
  }
}

async function assertWritable(file) {
  try {
    if (!(await isReplaceable(file))) throw new Error('it is no file');
    await (await open(file, 'a')).close();
  } catch (error) {
    throw new UsageError(`--etag-save can't write to ${printable(file)}: ${error.message.split(', ')[0]}`);
  }
}
