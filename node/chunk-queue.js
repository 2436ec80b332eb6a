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
   * @param {number} [most] bytes
   * @returns {Promise<IteratorResult<Uint8Array>>} the chunk is shared with others, and not to be changed
   */
  next(most = Infinity) {
    return new Promise((resolve, reject) => {
      if (this.#waiting) throw new TypeError('the chunk before has not come yet');
      this.#waiting = { resolve, reject, most };
      this.#serve();
    });
  }

  /** @returns {Uint8Array[]} what else is there already */
  takeRest() {
    const rest = [];
    while (this.#chunks.length > 0) rest.push(this.#take(Infinity));
    return rest;
  }

  /** There is one reader, who waits for one chunk at a time. */
  #serve() {
    const waiting = this.#waiting;
    if (!waiting || !(this.#error || this.#ended || this.#chunks.length > 0)) return;
    this.#waiting = null;
    if (this.#error) waiting.reject(this.#error.reason);
    else if (this.#chunks.length === 0) waiting.resolve({ done: true, value: undefined });
    else waiting.resolve({ done: false, value: this.#take(waiting.most) });
  }

  #take(most) {
    const [first] = this.#chunks;
    const value = first.length > most ? first.subarray(0, most) : first;
    if (value === first) {
      this.#chunks.shift();
      this.#size -= CHUNK_COST;
    } else {
      this.#chunks[0] = first.subarray(most);
    }
    this.#size -= value.length;
    if (this.isEmptied) this.onEmptied();
    if (this.#full && this.#size <= LOW) {
      this.#full = false;
      this.onDrain();
    }
    return value;
  }
}

const HIGH = 128 * 1024;
const LOW = 64 * 1024;
/** What a chunk needs besides its bytes, so that a server which sends them one by one fills it, too. */
const CHUNK_COST = 256;
