import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { startHttp } from './support/odd-servers.js';
import { openSession, test } from './support/test.js';

const TEXT = 'The same words, again and again. '.repeat(300);
const MiB = 1024 * 1024;

/** As fast as the client takes it, if it stays. */
function send(pieces, response) {
  pipeline(Readable.from(pieces), response).catch(() => {});
}

/** What comes of one GET of a server that sends `body`, said to be in `encoding`, in pieces of `pieceBytes`. */
async function fetchEncoded(t, encoding, body, pieceBytes = body.length || 1) {
  const server = await startHttp(t, (_request, response) => {
    response.setHeader('content-encoding', encoding);
    const pieces = function* () {
      for (let at = 0; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes);
    };
    send(pieces(), response);
  });
  const session = await openSession(t);
  const { value } = await session.fetchAll([server.origin]).next();
  return value;
}

for (const [name, encoding, encode] of [
  ['gzip', 'gzip', zlib.gzipSync],
  ['GZip', 'GZip', zlib.gzipSync],
  ['x-gzip', 'x-gzip', zlib.gzipSync],
  [
    'gzip of two members',
    'gzip',
    (text) => Buffer.concat([zlib.gzipSync(text.slice(0, 999)), zlib.gzipSync(text.slice(999))]),
  ],
  ['deflate', 'deflate', zlib.deflateSync],
  ['deflate without its header, as some servers have it,', 'deflate', zlib.deflateRawSync],
  ['br', 'br', zlib.brotliCompressSync],
  ['gzip, then br,', 'gzip, br', (text) => zlib.brotliCompressSync(zlib.gzipSync(text))],
  ['each of three', 'deflate,gzip , br', (text) => zlib.brotliCompressSync(zlib.gzipSync(zlib.deflateSync(text)))],
  ['identity', 'identity', Buffer.from],
]) {
  test(`${name} is decoded; size is what came over the network`, async (t) => {
    const body = encode(TEXT);
    for (const pieceBytes of [body.length, 7]) {
      const { response, size, error } = await fetchEncoded(t, encoding, body, pieceBytes);
      assert.ifError(error);
      assert.equal(await response.text(), TEXT);
      assert.equal(size, body.length);
    }
  });
}

test('an encoding that nobody knows is left as it is', async (t) => {
  const { response } = await fetchEncoded(t, 'foo', Buffer.from('as it is'));
  assert.equal(await response.text(), 'as it is');
});

test('an empty body has nothing to decode', async (t) => {
  const { response } = await fetchEncoded(t, 'gzip', Buffer.alloc(0));
  assert.equal(await response.text(), '');
});

for (const [what, encoding, body] of [
  ['what is no gzip', 'gzip', Buffer.from('hello')],
  ['gzip that is cut off', 'gzip', zlib.gzipSync(TEXT).subarray(0, 40)],
  ['gzip with a wrong checksum', 'gzip', Buffer.concat([zlib.gzipSync(TEXT).subarray(0, -8), Buffer.alloc(8)])],
  ['what is no deflate', 'deflate', Buffer.from('hello')],
  ['br that is cut off', 'br', zlib.brotliCompressSync(TEXT).subarray(0, 20)],
  ['gzip that is said to be gzipped twice', 'gzip, gzip', zlib.gzipSync(TEXT)],
  ['six encodings', Array(6).fill('gzip').join(), Buffer.from('hello')],
]) {
  test(`${what} is an error, not a body`, async (t) => {
    const { response, error } = await fetchEncoded(t, encoding, body);
    assert.equal(response, undefined);
    assert.deepEqual([error.code, error.exitCode], ['FL_EENCODING', 61]);
  });
}

// ---- Bombs

/** Each member is 1 MiB of zeros, but the last. */
const gzippedZeros = (bytes) => {
  const member = zlib.gzipSync(Buffer.alloc(MiB));
  return Buffer.concat([...Array(Math.floor(bytes / MiB)).fill(member), zlib.gzipSync(Buffer.alloc(bytes % MiB))]);
};

for (const [name, encoding, makeZeros] of [
  ['gzip', 'gzip', gzippedZeros],
  [
    'br',
    'br',
    (bytes) => zlib.brotliCompressSync(Buffer.alloc(bytes), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  ],
  ['gzip twice', 'gzip, gzip', (bytes) => zlib.gzipSync(gzippedZeros(bytes))],
]) {
  test(`a bomb in ${name} stops at 100 MiB decoded`, async (t) => {
    const { response, error } = await fetchEncoded(t, encoding, makeZeros(100 * MiB + 1));
    assert.equal(response, undefined);
    assert.deepEqual([error.code, error.exitCode], ['FL_ETOOBIG', 63]);
  });
}

test('100 MiB decoded are not too many', async (t) => {
  const { response, error } = await fetchEncoded(t, 'gzip', gzippedZeros(100 * MiB));
  assert.ifError(error);
  assert.equal((await response.arrayBuffer()).byteLength, 100 * MiB);
});

test('a body that says it is longer than 100 MiB is not fetched', async (t) => {
  let sent = 0;
  const server = await startHttp(t, (_request, response) => {
    response.setHeader('content-length', 100 * MiB + 1);
    const timer = setInterval(() => (sent += response.write(Buffer.alloc(1000)) ? 1000 : 0), 10);
    response.on('close', () => clearInterval(timer));
  });
  const session = await openSession(t);
  await assert.rejects(session.get(server.origin), { code: 'FL_ETOOBIG', exitCode: 63 });
  assert.ok(sent < MiB);
});

test('a body that does not say how long it is stops at 100 MiB', async (t) => {
  let sent = 0;
  const piece = Buffer.alloc(MiB);
  const endless = function* () {
    for (; ; sent += piece.length) yield piece;
  };
  const server = await startHttp(t, (_request, response) => send(endless(), response));
  const session = await openSession(t);
  await assert.rejects(session.get(server.origin), { code: 'FL_ETOOBIG', exitCode: 63 });
  assert.ok(sent < 120 * MiB, `${sent} bytes sent`);
});
