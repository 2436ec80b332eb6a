import { writevSync } from 'node:fs';
import { giveBack } from '../../body/read-buffers.js';

const TOGETHER = 256 * 1024;
/** A write that takes no longer is a copy in memory; one that does, the disk's. */
const QUICK_MS = 5;
const BY_THREAD_FIRST = 64;
const BY_THREAD_MOST = 4096;

/**
 * Writes to a regular file what comes next for it, one write after another, so that the file is at any moment what it begins
 * with. The system mostly takes it into its memory at once: then it is written at once, for to have another thread do it takes
 * longer than the write. Once that has been slow, threads do it, and what comes meanwhile is written together. So is what comes
 * within one turn of Node's loop: TLS and HTTP/2 give 16 KiB at a time.
 */
export class WriteBehind {
  #handle;
  #size;
  #onWritten;
  #gathered = [];
  #bytes = 0; // of these
  #soon = null; // the immediate that begins to write
  #writing = null;
  #failure = null;
  #byThread = 0; // that many writes more, before it is tried here again
  #byThreadNext = BY_THREAD_FIRST;

  /**
   * @param {import('node:fs/promises').FileHandle} handle
   * @param {number} at bytes that it has
   * @param {(size: number) => Promise<void>} onWritten told after each write how many it has now; the next one waits for it
   */
  constructor(handle, at, onWritten) {
    this.#handle = handle;
    this.#size = at;
    this.#onWritten = onWritten;
  }

  /**
   * Resolves when there is room for more; rejects when this, or what came before it, can't be written.
   * @param {Uint8Array} chunk is kept
   */
  async write(chunk) {
    if (this.#failure) throw this.#failure;
    this.#gathered.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < TOGETHER) {
      if (!this.#writing) this.#soon ??= setImmediate(() => this.#begin());
      return;
    }
    this.#begin();
    await this.#writing;
    if (this.#failure) throw this.#failure;
  }

  /** All is written. */
  async flush() {
    this.#begin();
    while (this.#writing) await this.#writing;
    if (this.#failure) throw this.#failure;
  }

  #begin() {
    clearImmediate(this.#soon);
    this.#soon = null;
    if (this.#gathered.length > 0) this.#writing ??= this.#writeGathered();
  }

  async #writeGathered() {
    const chunks = this.#gathered;
    this.#gathered = [];
    this.#bytes = 0;
    try {
      await this.#put(chunks);
      chunks.forEach(giveBack);
      await this.#onWritten(this.#size);
    } catch (error) {
      this.#failure = error;
      this.#gathered = [];
    }
    this.#writing = this.#gathered.length > 0 ? this.#writeGathered() : null;
  }

  async #put(chunks) {
    let rest = chunks;
    while (rest.length > 0) {
      const bytesWritten = this.#byThread > 0 ? await this.#putByThread(rest) : this.#putHere(rest);
      this.#size += bytesWritten;
      rest = without(rest, bytesWritten);
    }
  }

  async #putByThread(chunks) {
    this.#byThread--;
    return (await this.#handle.writev(chunks, this.#size)).bytesWritten;
  }

  #putHere(chunks) {
    const begun = performance.now();
    const bytesWritten = writevSync(this.#handle.fd, chunks, this.#size);
    if (performance.now() - begun > QUICK_MS) {
      this.#byThread = this.#byThreadNext;
      this.#byThreadNext = Math.min(this.#byThreadNext * 2, BY_THREAD_MOST);
    }
    return bytesWritten;
  }
}

/** A disk that is nearly full takes a part. */
function without(chunks, bytes) {
  let left = bytes;
  const first = chunks.findIndex((chunk) => {
    if (chunk.length > left) return true;
    left -= chunk.length;
    return false;
  });
  return first < 0 ? [] : [chunks[first].subarray(left), ...chunks.slice(first + 1)];
}
