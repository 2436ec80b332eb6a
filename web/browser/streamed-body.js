/** How much is read ahead of the reader, so that a short body ends, and gives its place back, without one. */
const AHEAD_BYTES = 64 * 1024;

/** Whoever let go of a stream unread: its request needs its place no longer. */
const dropped = new FinalizationRegistry((drop) => drop());

/**
 * The body of a streamed response, as its reader has it: one stream, whichever attempts its parts come from. What comes is
 * read no faster than it is used.
 */
export class StreamedBody {
  received = 0;
  delivered = false;
  lastAt = 0;
  /** Why it ended with an error. */
  failure = null;
  /** Its reader has left, or there is none any more. */
  onDropped = () => {};

  #bytesMax;
  #announced = null; // bytes of all of it
  #onChunk;
  #onFinished = null;
  #reader = null;
  #reading = false;
  #over = false;
  #stream;
  /** A WeakRef: what holds it would hold the stream, which then would never be seen to have been let go of. */
  #controller;
  /** The stream asks for more. */
  #wanted = null;

  /** @param {{ bytesMax: number, onChunk?: (bytes: number) => void }} options */
  constructor({ bytesMax, onChunk }) {
    this.#bytesMax = bytesMax;
    this.#onChunk = onChunk;
    const drop = () => this.drop();
    const stream = new ReadableStream(
      {
        type: 'bytes',
        start: (controller) => {
          this.#controller = new WeakRef(controller);
        },
        pull: () => this.#pull(),
        cancel: drop,
      },
      { highWaterMark: AHEAD_BYTES },
    );
    dropped.register(stream, drop);
    this.#stream = new WeakRef(stream);
    /** Until it is taken by takeStream(). */
    this.stream = stream;
  }

  /** It is the caller's to hold from now on. @returns {ReadableStream<Uint8Array>} */
  takeStream() {
    const { stream } = this;
    this.stream = undefined;
    return stream ?? this.#stream.deref();
  }

  get paused() {
    return this.#wanted === null;
  }

  /**
   * Go on with what an attempt gives.
   * @param {ReadableStream<Uint8Array>} body
   * @param {(error?: unknown) => void} onFinished it has ended, or broken off
   * @param {number | null} [announced] bytes of the whole, of which this may be the rest
   */
  begin(body, onFinished, announced = null) {
    this.#announced ??= announced;
    this.#reader = body.getReader();
    this.#onFinished = onFinished;
    this.lastAt = performance.now();
    this.#read();
  }

  /** It ends with an error. */
  fail(reason) {
    if (this.#over) return;
    this.#over = true;
    this.failure = reason;
    this.#controller.deref()?.error(reason);
    this.#reader?.cancel(reason).catch(() => {});
    this.#wanted = null;
  }

  #pull() {
    return new Promise((resolve) => {
      this.#wanted = resolve;
      this.#read();
    });
  }

  async #read() {
    if (!this.#reader || this.#reading || !this.#wanted) return;
    this.#reading = true;
    const reader = this.#reader;
    try {
      const { done, value } = await reader.read();
      this.#reading = false;
      if (this.#over) return;
      if (done) this.#end();
      else this.#give(value);
    } catch (error) {
      this.#reading = false;
      this.#reader = null;
      if (!this.#over) this.#onFinished(error);
    }
  }

  #give(chunk) {
    this.received += chunk.byteLength;
    this.lastAt = performance.now();
    this.#onChunk?.(chunk.byteLength);
    if (this.received > this.#bytesMax) {
      throw Object.assign(new Error(`more than ${this.#bytesMax} bytes`), { fetchloop: 'FL_ETOOBIG' });
    }
    this.delivered = true;
    this.#controller.deref()?.enqueue(chunk);
    this.#answer();
  }

  #end() {
    if (this.#announced !== null && this.received !== this.#announced) {
      const message = `${this.received} of ${this.#announced} bytes`;
      throw Object.assign(new Error(message), { fetchloop: 'FL_EPARTIAL' });
    }
    this.#over = true;
    const controller = this.#controller.deref();
    controller?.close();
    controller?.byobRequest?.respond(0);
    this.#answer();
    this.#onFinished();
  }

  #answer() {
    const wanted = this.#wanted;
    this.#wanted = null;
    wanted?.();
  }

  /** Of a failed status: who gets the error may never read it. It is too large when it is more than is read ahead. */
  shorten() {
    this.#bytesMax = Math.min(this.#bytesMax, AHEAD_BYTES - 1);
    if (this.received > this.#bytesMax) this.drop();
  }

  /** Nobody wants it any more. */
  drop() {
    if (this.#over) return;
    this.fail(new TypeError('the body was given up'));
    this.onDropped();
  }
}
