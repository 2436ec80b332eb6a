/** The last station of a body that nobody wants: it is counted and decoded, for what can't be is a failure, and not kept. */
export class Discard {
  /** It is never full. */
  onDrain = null;
  onEnd = null;

  write() {
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
