import { giveBack } from './read-buffers.js';

/** The last station of a body that nobody wants: it is counted and decoded, for what can't be is a failure, and not kept. */
export class Discard {
  /** It is never full. */
  onDrain = null;
  onEnd = null;

  /** @param {Uint8Array} chunk @returns {boolean} */
  write(chunk) {
    giveBack(chunk);
    return true;
  }

  end() {
    this.onEnd();
  }

  /** As a Collector's. */
  take() {
    return new ArrayBuffer(0);
  }
}
