/**
 * What connections read into. Node allocates 64 KiB for each read and leaves them to the garbage collector, so a large body
 * goes through memory that is cold each time. Here small reads go through one buffer that all connections share, and are
 * copied out of it; large ones fill buffers that come back when whoever had them is done: a gigabyte to a file takes the
 * command a third less time.
 */

import { addYoungGarbage } from './chunk-memory.js';

const SHARED = Buffer.allocUnsafeSlow(64 * 1024);
const LARGE = 256 * 1024;
const FREE_MAX = 8;

/** @type {Buffer<ArrayBuffer>[]} */
const free = [];
/** How many bytes of each were handed out. @type {WeakMap<ArrayBufferLike, number>} */
const lent = new WeakMap();

/**
 * For net.connect(): as Node itself does, it puts what comes into the socket's stream.
 * @param {() => import('node:net').Socket} socket it is read from
 * @returns {import('node:net').OnReadOpts}
 */
export function readingInto(socket) {
  let buffer = SHARED;
  return {
    buffer: () => buffer,
    callback(bytes) {
      const from = buffer;
      buffer = bytes === from.length ? (free.pop() ?? allocate()) : SHARED; // where a read fills it, more is there
      return socket().push(from === SHARED || bytes < LARGE / 2 ? copyOf(from, bytes) : lend(from, bytes));
    },
  };
}

/** Its reader is done with it, and nobody else has it. @param {Uint8Array} chunk any */
export function giveBack({ buffer, byteLength }) {
  if (lent.get(buffer) !== byteLength) return; // not one of these, or a part of one
  lent.delete(buffer);
  if (free.length < FREE_MAX) free.push(Buffer.from(/** @type {ArrayBuffer} */ (buffer)));
}

/** Others have it, too: it never comes back. @param {Uint8Array} chunk */
export function keep({ buffer }) {
  lent.delete(buffer);
}

/** Whether it may come back: not what is a part of one. @param {Uint8Array} chunk */
export function isLent({ buffer, byteLength }) {
  return lent.get(buffer) === byteLength;
}

function allocate() {
  addYoungGarbage(LARGE);
  return Buffer.allocUnsafeSlow(LARGE);
}

function lend(buffer, bytes) {
  lent.set(buffer.buffer, bytes);
  return buffer.subarray(0, bytes);
}

function copyOf(buffer, bytes) {
  const chunk = Buffer.allocUnsafe(bytes);
  buffer.copy(chunk, 0, 0, bytes);
  if (buffer !== SHARED && free.length < FREE_MAX) free.push(buffer);
  return chunk;
}
