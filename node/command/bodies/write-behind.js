const TOGETHER = 256 * 1024;

/**
 * Writes to a file what comes next for it, while what comes after that is fetched: all that has gathered meanwhile at once, one
 * such write after another, so that the file is at any moment what it begins with.
 */
export class WriteBehind {
  #handle;
  #size;
  #onWritten;
  #gathered = [];
  #bytes = 0; // of these
  #writing = null;
  #failure = null;

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
    this.#gathered.push(chunk);
    this.#bytes += chunk.length;
    this.#writing ??= this.#writeGathered();
    if (this.#bytes >= TOGETHER) await this.#writing;
    if (this.#failure) throw this.#failure;
  }

  /** All is written. */
  async flush() {
    while (this.#writing) await this.#writing;
    if (this.#failure) throw this.#failure;
  }

  async #writeGathered() {
    const chunks = this.#gathered;
    this.#gathered = [];
    this.#bytes = 0;
    try {
      await this.#put(chunks);
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
      const { bytesWritten } = await this.#handle.writev(rest, this.#size);
      this.#size += bytesWritten;
      rest = without(rest, bytesWritten);
    }
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
