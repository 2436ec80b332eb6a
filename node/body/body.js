import { failure } from '../wire/wire-errors.js';
import { BodyReader } from './body-reader.js';
import { addYoungGarbage, keepFreedMemory } from './chunk-memory.js';
import { ChunkQueue } from './chunk-queue.js';
import { Collector } from './collector.js';
import { Decoder, encodedMax, isEncoded, SmallDecoder } from './content-encoding.js';
import { Discard } from './discard.js';
import { isLent } from './read-buffers.js';

const BODY_MAX = 100 * 1024 * 1024;
/** From here on its chunks are worth keeping memory for. */
const LARGE = 1024 * 1024;

/**
 * @param {import('../../web/exchange.js').Exchange | null} exchange
 * @param {{ bodyMax?: number, discardBodies?: boolean }} wire the session's
 */
export function makeSink(exchange, wire) {
  const stream = exchange?.options.stream ?? false;
  const discard = !stream && (wire.discardBodies ?? false);
  const bytesMax = exchange?.options.bodyMax ?? wire.bodyMax ?? (stream || discard ? Infinity : BODY_MAX);
  return new BodySink({ bytesMax, stream, discard });
}

/**
 * Where a response's body goes, from the wire through its decoders to its end: a Collector, or, streamed, a ChunkQueue; a
 * Discard, when nobody wants it. Each of these stations has write(), which says whether it can take more, onDrain(), which says that it can again, and end(); so
 * a slow reader is felt down to the socket. An attempt that breaks off and is resumed goes on with the same one.
 */
export class BodySink {
  /** Bytes, before a Content-Encoding was undone. */
  received = 0;
  /** And how many there are in all; null: unknown. @type {number | null} */
  announced = null;
  /** When something last came, or reading went on. */
  lastAt = 0;
  /** All is there, or has been read; or, with an error, never will be. @type {((error?: Error) => void) | null} */
  onFinished = null;
  /** A reader left. @type {(() => void) | null} */
  onDropped = null;
  #bytesMax;
  #receivedMax = 0;
  #discard;
  #controller = null;
  #decoder = null;
  #collector = null;
  #queue = null;
  #first = null; // station
  #full = false;
  #whole = false; // all has come
  #resumed = false;
  #decoded = false; // some encodings say themselves where they end
  #over = false;

  /**
   * @param {{ bytesMax: number, stream: boolean | 'ahead', discard?: boolean }} options `bytesMax`: of the body, decoded
   */
  constructor({ bytesMax, stream, discard = false }) {
    this.#bytesMax = bytesMax;
    this.#discard = discard;
    if (stream) this.#queue = new ChunkQueue({ endsUnread: stream === 'ahead' });
  }

  /** Nothing more is expected of the server now. */
  get paused() {
    return this.#full || this.#whole;
  }

  /** Some of it may have been read, so it can't be had anew. */
  get delivered() {
    return this.#queue !== null;
  }

  /**
   * @param {import('undici').Dispatcher.DispatchController} controller of the attempt that it comes from
   * @param {Record<string, string | string[]>} headers of its response
   * @param {{ resumes: boolean, hasBody: boolean }} how `resumes`: it goes on where the last one broke off; `hasBody`: the
   *   length that the headers tell is that of what comes
   */
  begin(controller, headers, { resumes, hasBody }) {
    const length = hasBody ? headers['content-length'] : 0;
    const coming = length === undefined ? null : Number(length);
    const encoding = headers['content-encoding'] === undefined ? '' : String(headers['content-encoding']);
    if (!resumes) this.#receivedMax = isEncoded(encoding) ? encodedMax(this.#bytesMax) : this.#bytesMax;
    if (coming > this.#receivedMax) throw failure('FL_ETOOBIG', `${coming} bytes`);
    this.#controller = controller;
    this.#resumed = resumes;
    if (resumes) this.announced ??= totalOf(headers['content-range']);
    else this.announced = coming;
    if (!resumes) this.#lay(encoding, coming ?? 0);
    else if (this.#full) controller.pause();
  }

  /** What the parts make is not the whole: in words; else ''. Of one part, HTTP's own framing tells. */
  get isCut() {
    const isWhole = !this.#resumed || this.announced === null || this.received === this.announced;
    return isWhole ? '' : `${this.received} of ${this.announced} bytes`;
  }

  /** @param {Buffer} chunk is kept. Throws when the body is too large. */
  write(chunk) {
    this.received += chunk.length;
    this.lastAt = performance.now();
    if (this.#queue && !isLent(chunk)) addYoungGarbage(chunk.length);
    if (this.received > LARGE) keepFreedMemory();
    if (this.#over || chunk.length === 0) return;
    if (this.received > this.#receivedMax) throw failure('FL_ETOOBIG', `more than ${this.#receivedMax} bytes`);
    if (this.#first.write(chunk)) return;
    this.#full = true;
    this.#controller.pause();
  }

  end() {
    this.#whole = true;
    if (this.#over) return;
    if (this.#decoded) this.#finish();
    else this.#first.end();
  }

  /** The request has ended without the rest of it. @param {unknown} reason */
  fail(reason) {
    this.#close();
    this.#queue?.fail(reason);
  }

  /** Streamed, of a failed status: who gets the error may never read it. It is too large when the queue has no room for it. */
  shorten() {
    this.#queue.shorten(() => this.#break(failure('FL_ETOOBIG', 'more than is read ahead')));
  }

  /** Nobody wants it any more. */
  drop() {
    if (this.#over) return;
    this.fail(new TypeError('the body was given up'));
    this.onDropped?.();
  }

  /** To be had once. @returns {BodyReader | null} null: it is not streamed */
  openReader() {
    if (!this.#queue) return null;
    const reader = new BodyReader(this.#queue, () => this.drop());
    if (this.#over) BodyReader.release(this.#queue);
    return reader;
  }

  /** To be had once. @returns {ArrayBuffer} of one that was collected */
  whole() {
    return this.#collector ? this.#collector.take() : new ArrayBuffer(0);
  }

  /** The stations, the last one first. */
  #lay(encoding, announced) {
    const isDecoded = isEncoded(encoding);
    let last = this.#queue;
    if (last) {
      last.onEmptied = () => this.#finish();
    } else {
      last = this.#collector = this.#discard ? new Discard() : new Collector(isDecoded ? 0 : announced);
      last.onEnd = () => this.#finish();
    }
    this.#first = isDecoded ? this.#decode(encoding, last) : last;
    if (this.#queue || isDecoded) this.#first.onDrain = () => this.#goOn();
  }

  #decode(encoding, next) {
    const Kind = this.#queue ? Decoder : SmallDecoder;
    this.#decoder = new Kind(encoding, this.#bytesMax, next, (error) => this.#break(error));
    return this.#decoder;
  }

  #goOn() {
    this.#full = false;
    this.lastAt = performance.now();
    if (!this.#whole) this.#controller.resume();
  }

  #finish() {
    this.#decoded = true;
    if (this.#over || !this.#whole) return;
    this.#close();
    this.onFinished();
  }

  /** What comes can't be decoded. */
  #break(error) {
    if (this.#over) return;
    this.#close();
    this.#controller.abort(error);
    this.onFinished(error);
  }

  #close() {
    this.#over = true;
    this.#decoder?.destroy();
    if (this.#queue) BodyReader.release(this.#queue);
  }
}

/** "bytes 500-999/1000" */
function totalOf(contentRange) {
  const total = /\/(\d+)$/.exec(contentRange)?.[1];
  return total === undefined ? null : Number(total);
}
