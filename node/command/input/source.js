import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { cannotRead } from '../cannot-read.js';

/**
 * What a list is read from: a file, which may be a pipe, or stdin; gzipped or not.
 * @typedef {object} Source
 * @property {string} name for messages
 * @property {() => AsyncIterable<Buffer>} read once
 */

/** @type {Source} */
export const STDIN = { name: 'stdin', read: () => unzipped(process.stdin, 'stdin') };

/**
 * It is opened at once, so that a wrong name stops the command while nothing has happened.
 * @param {string} name - is stdin
 * @returns {Promise<Source>}
 */
export async function openSource(name) {
  if (name === '-') return STDIN;
  try {
    const handle = await open(name);
    if ((await handle.stat()).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    return { name, read: () => unzipped(handle.createReadStream(), name) };
  } catch (error) {
    throw cannotRead(name, error);
  }
}

/**
 * Gzip is known by its first bytes, whatever the name.
 * @param {import('node:stream').Readable} stream
 * @param {string} name
 */
async function* unzipped(stream, name) {
  try {
    const chunks = stream[Symbol.asyncIterator]();
    const { value: first, done } = await chunks.next();
    if (done) return;
    const whole = again(first, chunks);
    yield* first[0] === 0x1f && first[1] === 0x8b ? await gunzipped(whole) : whole;
  } catch (error) {
    throw error.code ? cannotRead(name, error) : error;
  }
}

async function* again(first, rest) {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** @param {AsyncIterable<Buffer>} chunks */
export async function gunzipped(chunks) {
  const { createGunzip } = await import('node:zlib');
  const gunzip = createGunzip();
  pipeline(chunks, gunzip, () => {}); // its reader is told
  return gunzip;
}
