/**
 * The bytes of a streamed body that its reader has not had yet: its last station. When they are too many, write() says so,
 * and onDrain() that there is room again.
 */
export class ChunkQueue {
  onDrain = null;
  /** All has come, and been read. */
  onEmptied = null;
  #endsUnread;
  #onFull = null;
  #chunks = [];
  #size = 0;
  #full = false;
  #ended = false;
  #error = null;
  #waiting = null;

  /** @param {{ endsUnread?: boolean }} [options] it is told to be emptied when all has come, whoever reads it when */
  constructor({ endsUnread = false } = {}) {
    this.#endsUnread = endsUnread;
  }

  /** Nothing will come any more, and nothing is left. */
  get isEmptied() {
    return this.#ended && this.#chunks.length === 0;
  }

  /** As if made with `endsUnread`. @param {() => void} onFull its reader, if there is one, is behind */
  shorten(onFull) {
    this.#endsUnread = true;
    this.#onFull = onFull;
    if (this.#isDone) this.onEmptied();
    else if (this.#full) onFull();
  }

  get #isDone() {
    return this.#ended && (this.#endsUnread || this.#chunks.length === 0);
  }

  /** @param {Uint8Array} chunk not empty; is kept @returns {boolean} whether there is room for more */
  write(chunk) {
    if (this.#error) return true;
    this.#chunks.push(chunk);
    this.#size += chunk.length + CHUNK_COST;
    this.#full = this.#size >= HIGH;
    this.#serve();
    if (this.#full) this.#onFull?.();
    return !this.#full;
  }

  end() {
    this.#ended = true;
    this.#serve();
    if (this.#isDone) this.onEmptied();
  }

  /** What has not been read is lost. @param {unknown} reason */
  fail(reason) {
    if (this.#isDone) return;
    this.#error ??= { reason };
    this.#chunks.length = this.#size = 0;
    this.#serve();
  }

  /**
   * What is there, or else what comes next: so a reader that is slower than the network is handed more at a time.
   * @param {number} [most] bytes
   * @returns {Promise<Uint8Array[]>} none: all has been read. They are shared with others, and not to be changed
   */
  take(most = Infinity) {
    return new Promise((resolve, reject) => {
      if (this.#waiting) throw new TypeError('the chunk before has not come yet');
      this.#waiting = { resolve, reject, most };
      this.#serve();
    });
  }

  /** There is one reader, who waits for one chunk at a time. */
  #serve() {
    const waiting = this.#waiting;
    if (!waiting || !(this.#error || this.#ended || this.#chunks.length > 0)) return;
    this.#waiting = null;
    if (this.#error) waiting.reject(this.#error.reason);
    else waiting.resolve(this.#shift(waiting.most));
  }

  #shift(most) {
    const taken = [];
    for (let left = most; left > 0 && this.#chunks.length > 0; left -= taken.at(-1).length)
      taken.push(this.#shiftOne(left));
    if (taken.length > 0 && this.isEmptied) this.onEmptied();
    if (this.#full && this.#size <= LOW) {
      this.#full = false;
      this.onDrain();
    }
    return taken;
  }

  #shiftOne(most) {
    const [first] = this.#chunks;
    const isWhole = first.length <= most;
    if (isWhole) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(most);
    this.#size -= isWhole ? first.length + CHUNK_COST : most;
    return isWhole ? first : first.subarray(0, most);
  }
}

const HIGH = 256 * 1024;
const LOW = 128 * 1024;
/** What a chunk needs besides its bytes, so that a server which sends them one by one fills it, too. */
const CHUNK_COST = 256;
