import { Collector } from './collector.js';
import { addYoungGarbage } from './young-garbage.js';

/**
 * What a response has of a streamed body: the right to read it. When nobody has it any more, the request is given up, for
 * nobody would ever read the rest.
 */
export class BodyReader {
  #queue;
  #drop;

  /**
   * @param {import('./chunk-queue.js').ChunkQueue} queue must not know this
   * @param {() => void} drop nor this
   */
  constructor(queue, drop) {
    this.#queue = queue;
    this.#drop = drop;
    forgotten.register(this, drop, queue);
  }

  /** There is nothing left to give up. @param {import('./chunk-queue.js').ChunkQueue} queue */
  static release(queue) {
    forgotten.unregister(queue);
  }

  /** @returns {Promise<IteratorResult<Uint8Array>>} as the queue's */
  next() {
    return this.#queue.next();
  }

  /** The reader leaves. */
  async return() {
    this.#drop();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {ReadableStream<Uint8Array>} of bytes; reads nothing ahead of what it is asked for */
  toStream() {
    return new ReadableStream({
      type: 'bytes',
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#drop(),
    });
  }

  /** @returns {Promise<ArrayBuffer>} of all that comes */
  async collect() {
    const collector = new Collector(0);
    for (;;) {
      const { done, value } = await this.#queue.next();
      if (done) return collector.take();
      collector.write(value);
      if (this.#queue.isEmptied) return collector.take();
    }
  }

  async #pull(controller) {
    const request = controller.byobRequest;
    const { done, value } = await this.#queue.next(request?.view.byteLength);
    if (!done && request) fill(request, value);
    else if (!done) controller.enqueue(joined([value, ...this.#queue.takeRest()]));
    if (done || this.#queue.isEmptied) {
      controller.close();
      controller.byobRequest?.respond(0);
    }
  }
}

function fill(request, chunk) {
  const { buffer, byteOffset } = request.view;
  new Uint8Array(buffer, byteOffset, chunk.length).set(chunk);
  request.respond(chunk.length);
}

/** Copied, as fetch() does: a cache may have the same chunks, and a stream of bytes takes its memory away. */
function joined(chunks) {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  addYoungGarbage(bytes.length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

const forgotten = new FinalizationRegistry((drop) => drop());
