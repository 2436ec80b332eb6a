import { addYoungGarbage } from './chunk-memory.js';
import { Collector } from './collector.js';
import { giveBack } from './read-buffers.js';

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

  /** @returns {Promise<IteratorResult<Uint8Array>>} all that is there, as one chunk, which may be shared, and is not to be changed */
  async next() {
    const chunks = await this.#queue.take();
    if (chunks.length === 0) return { done: true, value: undefined };
    return { done: false, value: chunks.length === 1 ? chunks[0] : joined(chunks) };
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
      const chunks = await this.#queue.take();
      for (const chunk of chunks) collector.write(chunk);
      if (chunks.length === 0 || this.#queue.isEmptied) return collector.take();
    }
  }

  /** Copies, as fetch() does: a cache may have the same chunks, and a stream of bytes takes its memory away. */
  async #pull(controller) {
    const request = controller.byobRequest;
    const chunks = await this.#queue.take(request?.view.byteLength);
    if (chunks.length > 0 && request) request.respond(fill(request.view, chunks));
    else if (chunks.length > 0) controller.enqueue(joined(chunks));
    if (chunks.length === 0 || this.#queue.isEmptied) {
      controller.close();
      controller.byobRequest?.respond(0);
    }
  }
}

function joined(chunks) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  addYoungGarbage(length);
  const { buffer } = Buffer.allocUnsafeSlow(length);
  const bytes = new Uint8Array(buffer);
  fill(bytes, chunks);
  return bytes;
}

/** @param {ArrayBufferView} view large enough @returns {number} how many bytes they are */
function fill(view, chunks) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
    giveBack(chunk);
  }
  return at;
}

const forgotten = new FinalizationRegistry((drop) => drop());
