import { giveBack } from './read-buffers.js';

/**
 * Bytes that come in pieces, as one ArrayBuffer: the last station of a body that is read whole. It never needs much more
 * memory than they do, however small the pieces are.
 */
export class Collector {
  /** It is never full. */
  onDrain = null;
  onEnd = null;
  bytes = 0;
  #expected;
  #first = null; // of one piece nothing is copied before the end
  #blocks = [];
  #free = 0; // in the last block

  /** @param {number} expected how many there will be; 0: nobody knows */
  constructor(expected) {
    this.#expected = expected <= EXPECTED_MAX ? expected : 0;
  }

  /** @param {Uint8Array} chunk is kept @returns {boolean} */
  write(chunk) {
    if (this.bytes === 0) {
      this.#first = chunk;
    } else {
      if (this.#first) this.#copyFirst();
      this.#copy(chunk, this.bytes);
    }
    this.bytes += chunk.length;
    return true;
  }

  end() {
    this.onEnd();
  }

  /** All of them, not copied where they are in one piece; it has them still, and takes no more. */
  view() {
    this.#first ??= new Uint8Array(this.take());
    return this.#first;
  }

  /** All of them; it has none afterwards. @returns {ArrayBuffer} of just these */
  take() {
    const first = this.#first;
    this.#first = null;
    if (first) {
      const { buffer } = new Uint8Array(first); // half the time of ArrayBuffer.slice()
      giveBack(first);
      return buffer;
    }
    const blocks = this.#blocks.splice(0);
    if (blocks.length === 1 && this.#free === 0) return blocks[0].buffer;
    return joined(blocks, this.bytes);
  }

  #copyFirst() {
    const first = this.#first;
    this.#first = null;
    this.#copy(first, 0);
  }

  /** `before`: how many there were. */
  #copy(chunk, before) {
    for (let at = 0; at < chunk.length; ) {
      if (this.#free === 0) this.#addBlock(before + at);
      const block = this.#blocks.at(-1);
      const part = chunk.subarray(at, at + this.#free);
      block.set(part, block.length - this.#free);
      this.#free -= part.length;
      at += part.length;
    }
    giveBack(chunk);
  }

  /** Memory that nothing is written to costs nothing, so a server that announces more than it sends does no harm. */
  #addBlock(before) {
    const known = this.#expected - before;
    this.#free = known > 0 ? known : Math.min(Math.max(before, BLOCK_MIN), BLOCK_MAX);
    this.#blocks.push(new Uint8Array(this.#free));
  }
}

const EXPECTED_MAX = 1024 * 1024 * 1024;
const BLOCK_MIN = 64 * 1024;
const BLOCK_MAX = 4 * 1024 * 1024;

function joined(blocks, bytes) {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const block of blocks) {
    const part = block.subarray(0, bytes - at);
    all.set(part, at);
    at += part.length;
    block.buffer.transfer?.(0); // from Node 22 on it can be freed at once
  }
  return all.buffer;
}
