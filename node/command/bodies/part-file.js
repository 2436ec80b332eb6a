import { constants, fstatSync, lstatSync } from 'node:fs';
import { lstat, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../sync-folder.js';
import { WriteBehind } from './write-behind.js';

const QUIETLY = { throwIfNoEntry: false };
/** Less is quicker had again than remembered. */
const REMEMBERED_FROM = 256 * 1024;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const OLD = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);

/** What the file is called until it is whole. @param {string} path */
export function partOf(path) {
  return join(dirname(path), `.${basename(path)}.part`);
}

/**
 * A file that is being downloaded: until it is whole it has another name, beside its own; so whatever has its name is whole,
 * also after a kill -9. By that name a later run finds what there is of it, and in a second file how the server knows it
 * again: its validator.
 */
export class PartFile {
  #path;
  #part;
  #memo;
  #replaces;
  #durable;
  #handle = null;
  #writer;
  #validator = null; // that is yet to be remembered
  #remembered = false;
  #found = false; // of a run before

  /**
   * @param {string} path
   * @param {{ replaces: boolean, durable: boolean }} how `durable`: on disk, and not only in the system's memory, before it
   *   counts as saved
   */
  constructor(path, { replaces, durable }) {
    this.#path = path;
    this.#part = partOf(path);
    this.#memo = `${this.#part}.json`;
    this.#replaces = replaces;
    this.#durable = durable;
  }

  /**
   * What a run before has left.
   * @param {string} url
   * @param {{ isBegun?: boolean, continues?: number }} target `continues`: bytes of the file itself, where that is to be
   *   completed as it stands
   * @returns {Promise<{ size: number, validator: string | null } | null>}
   */
  async find(url, { isBegun, continues }) {
    const part = isBegun ? await lstat(this.#part).catch(() => null) : null;
    this.#found = part !== null;
    if (!part && continues) {
      this.#part = this.#path;
      return { size: continues, validator: null };
    }
    if (!part?.isFile() || part.size < REMEMBERED_FROM) return null;
    const memo = await readFile(this.#memo, 'utf8')
      .then(JSON.parse)
      .catch(() => null);
    this.#remembered = memo !== null;
    return memo?.url === url && typeof memo.validator === 'string'
      ? { size: part.size, validator: memo.validator }
      : null;
  }

  /** @param {{ url: string, validator: string } | null} memo how it may be gone on with later */
  async beginNew(memo) {
    if (this.#part === this.#path) this.#part = partOf(this.#path);
    if (this.#found) {
      await rm(this.#memo, { force: true }); // first: it must never tell of what comes now
      await rm(this.#part, { force: true });
      this.#remembered = false;
    }
    this.#handle = await open(this.#part, NEW);
    this.#writer = this.#writeBehind(0);
    this.#validator = memo;
  }

  /** @param {number} at @param {import('node:crypto').Hash} [hash] is given what there is */
  async goOn(at, hash) {
    this.#handle = await open(this.#part, OLD);
    this.#writer = this.#writeBehind(at);
    if (!hash || at === 0) return;
    const stream = this.#handle.createReadStream({ start: 0, end: at - 1, autoClose: false });
    for await (const chunk of stream) hash.update(chunk);
  }

  #writeBehind(at) {
    return new WriteBehind(this.#handle, at, (size) => this.#remember(size));
  }

  /** @param {Uint8Array} chunk is kept */
  async write(chunk) {
    await this.#writer.write(chunk);
  }

  async #remember(size) {
    if (!this.#validator || size < REMEMBERED_FROM) return;
    const memo = JSON.stringify(this.#validator);
    this.#validator = null;
    this.#remembered = true;
    await writeFile(this.#memo, memo);
  }

  /** It is whole. */
  async end() {
    await this.#writer.flush();
    if (this.#durable) await this.#handle.datasync();
    this.#assertOurs();
    await this.#close();
    if (this.#part === this.#path) return;
    if (this.#remembered) await rm(this.#memo, { force: true });
    // Not by link(), which would be surer: a kill between that and unlink() leaves both.
    if (!this.#replaces) this.#assertFree();
    await rename(this.#part, this.#path);
    if (this.#durable) await syncFolder(dirname(this.#path));
  }

  /** What there is of it stays, for a later run, unless that couldn't use it. */
  async leave() {
    const isBegun = this.#handle !== null;
    await this.#close();
    const useless = isBegun && !this.#remembered && this.#part !== this.#path;
    if (useless) await rm(this.#part, { force: true });
  }

  /** It is not what it should be. */
  async remove() {
    await this.#close();
    if (this.#part === this.#path) return;
    await rm(this.#memo, { force: true });
    await rm(this.#part, { force: true });
  }

  /** Another command may have begun the same file. */
  #assertOurs() {
    // What the system knows by heart takes less time than to ask for it on another thread.
    if (fstatSync(this.#handle.fd).ino === lstatSync(this.#part, QUIETLY)?.ino) return;
    this.#remembered = true; // not ours to remove
    throw Object.assign(new Error(), { syscall: 'rename', code: 'EEXIST' });
  }

  /** What has come there meanwhile isn't lost. */
  #assertFree() {
    if (!lstatSync(this.#path, QUIETLY)) return;
    throw Object.assign(new Error(), { syscall: 'rename', code: 'EEXIST' });
  }

  async #close() {
    const handle = this.#handle;
    this.#handle = null;
    if (!handle) return;
    await this.#writer.flush().catch(() => {}); // of what is being written
    await handle.close();
  }
}
