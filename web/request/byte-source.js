import { kindOf } from '../common/kind-of.js';

/**
 * What bytes can be read from. Bytes (and what a stream gives) are not copied: they must stay as they are until the
 * request has ended. A function is called for each reading, and gives any of the others, or a promise of it.
 * @typedef {string | ArrayBufferView | ArrayBufferLike | Blob | ReadableStream | AsyncIterable<Chunk> | Iterable<Chunk>
 *   | (() => any)} Bytes
 * @typedef {string | ArrayBufferView | ArrayBufferLike} Chunk
 */

/**
 * What pulls chunks: next() as an iterator's; stop() ends it early, and never throws.
 * @typedef {{ next: () => any, stop: (reason: unknown) => void }} Pull
 */

/** A request's body, or a part of one. Reads nothing until it is asked to, and no faster than that. */
export class ByteSource {
  #pull;
  #discard;
  #reading = null;

  /**
   * @param {object} parts
   * @param {string | null} [parts.contentType]
   * @param {number | null} [parts.length]
   * @param {boolean} parts.replayable
   * @param {Uint8Array | null} [parts.bytes]
   * @param {() => Pull} parts.pull begin to read
   * @param {(reason: unknown) => void} [parts.discard] it will never be read
   */
  constructor({ contentType = null, length = null, replayable, bytes = null, pull, discard = () => {} }) {
    /** For the Content-Type header; null: none. */
    this.contentType = contentType;
    /** In bytes; null: only the end will tell. */
    this.length = length;
    /** Whether it may be read more than once. */
    this.replayable = replayable;
    /** The whole of it, where it is in memory already; borrowed. */
    this.bytes = bytes;
    this.#pull = pull;
    this.#discard = discard;
  }

  /** Whether open() may be called, or called again. */
  get opens() {
    return this.replayable || this.#reading === null;
  }

  /**
   * Read it, from the beginning. A reading that was open ends.
   * @returns {Reading}
   * @throws {TypeError} the second time, when it is not replayable
   */
  open() {
    if (!this.opens) throw new TypeError(ONLY_ONCE);
    this.#reading?.cancel(new TypeError('the body is being read anew'));
    this.#reading = new Reading(this.#pull(), this.length);
    return this.#reading;
  }

  /**
   * It isn't needed any more: what is being read fails with `reason`, and a stream is given back to its source, be it
   * read or not.
   * @param {unknown} reason
   */
  cancel(reason) {
    if (this.#reading) {
      this.#reading.cancel(reason);
    } else {
      this.#reading = ENDED;
      this.#discard(reason);
    }
  }
}

/** One reading: chunks that are bytes, none of them empty. Exactly `length` bytes in all, or an error. */
export class Reading {
  #pull;
  #length;
  #count = 0;
  #chunks = new Encoder();
  #ended = false;
  #failure = null;
  #reject = null;

  /** @param {Pull} pull @param {number | null} length */
  constructor(pull, length) {
    this.#pull = pull;
    this.#length = length;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {Promise<IteratorResult<Uint8Array>>} */
  next() {
    if (this.#failure) return Promise.reject(this.#failure.reason);
    if (this.#ended) return Promise.resolve(DONE);
    // Not a Promise.race(): that would wait for a source which never answers, and one for all chunks would keep them.
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#step().then(resolve, reject);
    });
  }

  /** The reader leaves. */
  async return() {
    this.#stop(new TypeError('the body was not read to its end'));
    return DONE;
  }

  /** next() fails, the one that waits too: an end would look as if the body were whole. @param {unknown} reason */
  cancel(reason) {
    if (this.#ended) return;
    this.#failure = { reason };
    this.#stop(reason);
  }

  #stop(reason) {
    if (this.#ended) return;
    this.#ended = true;
    this.#reject?.(reason);
    this.#pull.stop(reason);
  }

  async #step() {
    try {
      while (!this.#ended) {
        const { done, value } = await this.#pull.next();
        const chunk = done ? this.#chunks.rest() : this.#chunks.encode(await value);
        this.#count += chunk.byteLength;
        this.#checkLength(done);
        if (chunk.byteLength > 0) return { done: false, value: chunk };
        if (done) this.#ended = true;
      }
      return DONE;
    } catch (error) {
      this.cancel(error);
      throw error;
    }
  }

  #checkLength(done) {
    if (this.#length === null || (done ? this.#count === this.#length : this.#count <= this.#length)) return;
    const got = done ? `only ${this.#count}` : 'more';
    throw new RangeError(`the body was to be ${this.#length} bytes, but there are ${got}`);
  }
}

/** Chunks as bytes. A character may be cut in two by the end of a text. */
class Encoder {
  #half = '';

  encode(chunk) {
    if (typeof chunk !== 'string') return this.#half ? joined(this.rest(), bytesOf(chunk)) : bytesOf(chunk);
    const text = this.#half + chunk;
    const cut = /[\ud800-\udbff]$/.test(text) ? text.length - 1 : text.length;
    this.#half = text.slice(cut);
    return UTF8.encode(text.slice(0, cut));
  }

  rest() {
    const bytes = UTF8.encode(this.#half);
    this.#half = '';
    return bytes;
  }
}

/**
 * @param {Bytes} from
 * @param {string} name what it is called, for messages
 * @param {number | undefined} [length] of what can't tell its own
 * @returns {ByteSource}
 */
export function makeByteSource(from, name, length) {
  if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0)) {
    throw new RangeError(`the length of ${name} must be a number of bytes, not ${kindOf(length)}`);
  }
  if (isBytes(from)) return ofBytes(typeof from === 'string' ? UTF8.encode(from) : bytesOf(from), name, length);
  if (isBlob(from)) return ofBlob(from, name, length);
  if (typeof from === 'function')
    return new ByteSource({ length, replayable: true, pull: () => pullCalled(from, name) });
  if (!isReadable(from)) {
    const hint = Object.prototype.toString.call(from) === '[object Object]' ? ': is it for json, or form?' : '';
    throw new TypeError(`${name} must be text, bytes, a Blob or a stream, not ${kindOf(from)}${hint}`);
  }
  const stream = /** @type {{ locked?: boolean, on?: (event: 'error', listener: () => void) => unknown }} */ (from);
  if (stream.locked) throw new TypeError(`${name} is a stream that is being read by someone else`);
  assertUnread(from);
  // A file that isn't there fails before the request is sent, when nobody listens yet; reading it tells of it again.
  stream.on?.('error', () => {});
  const pull = () => pullFrom(from, name);
  // An array can be walked again, an iterator can't.
  const discard = (reason) => isRead(from) || pull().stop(reason);
  return new ByteSource({ length, replayable: Array.isArray(from), pull, discard });
}

function ofBytes(bytes, name, length) {
  assertLength(bytes.byteLength, name, length);
  return new ByteSource({ length: bytes.byteLength, replayable: true, bytes, pull: () => pullItems([bytes]) });
}

function ofBlob(blob, name, length) {
  assertLength(blob.size, name, length);
  const contentType = blob.type || null;
  return new ByteSource({ contentType, length: blob.size, replayable: true, pull: () => pullStream(blob.stream()) });
}

function assertLength(is, name, said) {
  if (said === undefined || said === is) return;
  throw new RangeError(`${name} was to be ${said} bytes, but there are ${is}`);
}

/** @param {any} from @returns {Pull} */
function pullFrom(from, name) {
  if (isBytes(from)) return pullItems([from]);
  if (isBlob(from)) return pullStream(from.stream());
  if (!isReadable(from)) throw new TypeError(`${name} gave ${kindOf(from)}, not bytes or a stream`);
  assertUnread(from);
  if (typeof from.next === 'function') begun.add(from);
  return typeof from.getReader === 'function' ? pullStream(from) : pullItems(from);
}

/** Iterators whose reading has begun: they don't tell, and would give an empty body. */
const begun = new WeakSet();

/** Of a Node stream that has failed, reading tells why. */
function isRead(from) {
  return begun.has(from) || from.readableDidRead || (from.destroyed && !from.errored);
}

function assertUnread(from) {
  if (isRead(from)) throw new TypeError(ONLY_ONCE);
}

function pullStream(stream) {
  const reader = stream.getReader();
  return { next: () => reader.read(), stop: (reason) => ignore(() => reader.cancel(reason)) };
}

function pullItems(items) {
  const iterator = items[Symbol.asyncIterator]?.() ?? items[Symbol.iterator]();
  return {
    next: () => iterator.next(),
    stop() {
      // Of a Node stream: its iterator would leave it open when nothing was read, or while something is being.
      if (typeof items.destroy === 'function') items.destroy();
      else ignore(() => iterator.return?.());
    },
  };
}

function pullCalled(make, name) {
  let pull = null;
  let stopped = null;
  return {
    async next() {
      if (!pull) {
        pull = pullFrom(await make(), name);
        if (stopped) pull.stop(stopped.reason);
      }
      return pull.next();
    },
    stop(reason) {
      stopped = { reason };
      pull?.stop(reason);
    },
  };
}

/** What goes wrong when nobody reads any more concerns nobody. */
async function ignore(stop) {
  try {
    await stop();
  } catch {}
}

const UTF8 = new TextEncoder();
const ONLY_ONCE = 'a body that is a stream can be sent only once';
const DONE = Object.freeze({ done: true, value: undefined });
const ENDED = { cancel() {} };

function isBytes(value) {
  return typeof value === 'string' || ArrayBuffer.isView(value) || isBuffer(value);
}

/** By its name: one of another realm (a test runner's, a frame's) is no instance of this one's. */
function isBuffer(value) {
  return /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value));
}

/** @param {any} value */
export function isBlob(value) {
  return typeof value?.stream === 'function' && typeof value.size === 'number';
}

function isReadable(value) {
  if (typeof value !== 'object' || value === null) return false;
  return typeof value.getReader === 'function' || Symbol.asyncIterator in value || Symbol.iterator in value;
}

function bytesOf(chunk) {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (isBuffer(chunk)) return new Uint8Array(chunk);
  throw new TypeError(`the body gave ${kindOf(chunk)}: only text and bytes can be sent`);
}

function joined(a, b) {
  const bytes = new Uint8Array(a.byteLength + b.byteLength);
  bytes.set(a);
  bytes.set(b, a.byteLength);
  return bytes;
}
