/** Buffers that connections read into come back and are read into again: never while somebody still has what is in them. */
import assert from 'node:assert/strict';
import { createCipheriv, createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { giveBack, isLent, keep, readingInto } from '../../node/body/read-buffers.js';
import { startNginx } from './support/nginx.js';
import { openSession, test } from './support/test.js';

const MiB = 1024 * 1024;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Bytes that differ from those of any other `n`. */
function bytesOf(n, length = 6 * MiB + n * 1111) {
  const key = Buffer.alloc(16, n);
  return createCipheriv('aes-128-ctr', key, key).update(Buffer.alloc(length));
}

/** /how/N */
const LOCATIONS = `
  expires 1h;
  location /length/ { alias files/; }
  location /chunked/ { alias files/; ssi on; ssi_types *; }
  location /gzip/ { alias files/; gzip on; gzip_types *; gzip_comp_level 1; }
  location /slow/ { alias files/; limit_rate 50m; }`;
const HOWS = ['length', 'chunked', 'gzip', 'slow'];
const COUNT = 5;
const LONG = { timeout: 60_000 };
const CACHE = { maxEntrySize: 10 * MiB };

async function startBodies(t) {
  const files = Object.fromEntries(Array.from({ length: COUNT }, (_, n) => [n, bytesOf(n)]));
  return startNginx(t, { locations: LOCATIONS, files });
}

async function readByView(response) {
  const reader = response.body.getReader({ mode: 'byob' });
  const parts = [];
  for (let size = 1000; ; size = (size * 3) % 400_000) {
    const { done, value } = await reader.read(new Uint8Array(size));
    if (done) return sha256(Buffer.concat(parts));
    parts.push(value);
  }
}

async function hashed(chunks, { pauses = false } = {}) {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    if (pauses) await sleep(1);
    hash.update(chunk);
  }
  return hash.digest('hex');
}

async function kept(response) {
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  await sleep(50); // others read meanwhile
  return sha256(Buffer.concat(chunks));
}

async function saved(response) {
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
  await pipeline(response, createWriteStream(join(folder, 'body')));
  const bytes = await readFile(join(folder, 'body'));
  await rm(folder, { recursive: true });
  return sha256(bytes);
}

const READERS = {
  arrayBuffer: async (response) => sha256(new Uint8Array(await response.arrayBuffer())),
  'for await': (response) => hashed(response),
  'for await, slowly': (response) => hashed(response, { pauses: true }),
  'its body': (response) => hashed(response.body),
  'its body, into views': readByView,
  'chunks that are kept': kept,
  'a file': saved,
};

for (const cache of [undefined, CACHE]) {
  test(
    `bodies that are read at once in ${Object.keys(READERS).length} ways, each whole${cache ? ', through a cache' : ''}`,
    async (t) => {
      const { origin } = await startBodies(t);
      const session = await openSession(t, { limitPerHost: 4, cache });
      const hashes = Array.from({ length: COUNT }, (_, n) => sha256(bytesOf(n)));
      const reads = [];
      let n = 0;
      for (const how of HOWS) {
        for (const [name, read] of Object.entries(READERS)) {
          for (const stream of [true, false]) {
            const of = n++ % COUNT; // through a cache, some come from it
            const check = async () => {
              const response = await session.get(`${origin}/${how}/${of}`, { stream });
              assert.equal(await read(response), hashes[of], `${name} of ${how}/${of}, ${stream}`);
            };
            reads.push(check());
          }
        }
      }
      await Promise.all(reads);
    },
    LONG,
  );
}

/** A socket of a server that sends `bytes`, as readingInto() makes it. @returns {Promise<Buffer[]>} what is pushed into it */
async function readAll(t, bytes) {
  const server = net.createServer((socket) => socket.end(bytes));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const socket = net.connect({ port: server.address().port, onread: readingInto(() => socket) });
  const chunks = [];
  for await (const chunk of socket) chunks.push(chunk);
  return chunks;
}

test('a buffer is read into again when it was given back, and by whole', async (t) => {
  const bytes = bytesOf(1, 8 * MiB);
  const chunks = await readAll(t, bytes);
  assert.equal(sha256(Buffer.concat(chunks)), sha256(bytes));
  const lent = chunks.filter(isLent);
  assert.ok(lent.length >= 4, `${lent.length} of ${chunks.length} were large`);

  const [part, shared, whole] = lent;
  giveBack(part.subarray(1));
  assert.ok(isLent(part), 'a part of it is not it');
  keep(shared);
  giveBack(shared);
  giveBack(whole);
  giveBack(whole); // once is enough

  const again = (await readAll(t, bytesOf(2, 8 * MiB))).filter((chunk) => isLent(chunk));
  const buffers = again.map(({ buffer }) => buffer);
  assert.equal(buffers.filter((buffer) => buffer === whole.buffer).length, 1, 'it is used, by one');
  assert.ok(!buffers.includes(part.buffer) && !buffers.includes(shared.buffer));
});

test('what is small is copied out of what all connections read into', async (t) => {
  const [a, b] = await Promise.all([
    readAll(t, Buffer.from('a'.repeat(1000))),
    readAll(t, Buffer.from('b'.repeat(1000))),
  ]);
  assert.equal(Buffer.concat(a).toString(), 'a'.repeat(1000));
  assert.equal(Buffer.concat(b).toString(), 'b'.repeat(1000));
  assert.ok(![...a, ...b].some(isLent));
});
