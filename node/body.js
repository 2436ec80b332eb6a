export class BodySink {
  received = 0;
  paused = false;
  delivered = false;
  lastAt = 0;
  onFinished = null;
  onDropped = null;
  #chunks = [];
  #max;
  constructor({ bytesMax }) {
    this.#max = bytesMax;
  }
  begin(_c, _e, append) {
    if (!append) {
      this.#chunks = [];
      this.received = 0;
    }
  }
  write(chunk) {
    this.received += chunk.length;
    this.lastAt = performance.now();
    if (this.received > this.#max) throw Object.assign(new Error('x'), { fetchloop: 'FL_ETOOBIG' });
    this.#chunks.push(chunk);
  }
  end() {
    this.onFinished();
  }
  fail() {}
  whole() {
    const b = new Uint8Array(this.received);
    let at = 0;
    for (const c of this.#chunks) {
      b.set(c, at);
      at += c.length;
    }
    return b.buffer;
  }
}
