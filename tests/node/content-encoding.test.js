import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { startHttp } from './support/odd-servers.js';
import { openSession, test } from './support/test.js';

const TEXT = 'The same words, again and again. '.repeat(300);
const LONG_TEXT = Array.from({ length: 40_000 }, (_, i) => `Line ${(i * 7919) % 100_003}\n`).join('');
const MiB = 1024 * 1024;

/** As fast as the client takes it, if it stays. */
function send(pieces, response) {
  pipeline(Readable.from(pieces), response).catch(() => {});
}

/**
 * What comes of one GET of a server that sends `body`, said to be in `encoding`, in pieces of `pieceBytes`: read whole, as
 * fetchAll() does, or `streamed`.
 */
async function fetchEncoded(t, encoding, body, { pieceBytes = body.length || 1, streamed = false, ...init } = {}) {
  const server = await startHttp(t, (_request, response) => {
    response.setHeader('content-encoding', encoding);
    const pieces = function* () {
      for (let at = 0; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes);
    };
    send(pieces(), response);
  });
  const session = await openSession(t, init);
  if (!streamed) return (await session.fetchAll([server.origin]).next()).value;
  try {
    const response = await session.get(server.origin, { stream: true });
    return { text: await response.text() };
  } catch (error) {
    return { error };
  }
}

const zstd = (body, ...options) => execFileSync('zstd', ['-c', '-q', ...options], { input: body, maxBuffer: 64 * MiB });

/** An encoder's output, and something behind it. */
const andThen = (encode, rest) => (text) => Buffer.concat([encode(text), Buffer.from(rest, 'latin1')]);

function twoMembers(text) {
  return Buffer.concat([zlib.gzipSync(text.slice(0, 999)), zlib.gzipSync(text.slice(999))]);
}

/** A gzip whose header has all that a header may have. */
function fullHeader(text) {
  const [flags, extra] = [2 + 4 + 8 + 16, Buffer.alloc(60_000, 1)];
  const head = Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3, extra.length & 255, extra.length >> 8]);
  return Buffer.concat([
    head,
    extra,
    Buffer.from('name\0comment\0\x12\x34', 'latin1'),
    zlib.gzipSync(text).subarray(10),
  ]);
}

for (const [name, encoding, encode] of [
  ['gzip', 'gzip', zlib.gzipSync],
  ['GZip', 'GZip', zlib.gzipSync],
  ['x-gzip', 'x-gzip', zlib.gzipSync],
  ['gzip of two members', 'gzip', twoMembers],
  ['deflate', 'deflate', zlib.deflateSync],
  ['deflate without its header, as some servers have it,', 'deflate', zlib.deflateRawSync],
  ['br', 'br', zlib.brotliCompressSync],
  ['gzip, then br,', 'gzip, br', (text) => zlib.brotliCompressSync(zlib.gzipSync(text))],
  ['each of three', 'deflate,gzip , br', (text) => zlib.brotliCompressSync(zlib.gzipSync(zlib.deflateSync(text)))],
  ['identity', 'identity', Buffer.from],
  ['gzip with a long header', 'gzip', fullHeader],
  // As browsers have it.
  ['gzip with garbage behind it', 'gzip', andThen(zlib.gzipSync, 'garbage')],
  ['gzip with half the beginning of a gzip behind it', 'gzip', andThen(zlib.gzipSync, '\x1f')],
  ['gzip with zeros behind it', 'gzip', andThen(zlib.gzipSync, '\0\0\0\0\0\0\0\0')],
  ['gzip of two members with zeros behind it', 'gzip', andThen(twoMembers, '\0\0\0\0\0\0\0\0')],
  ['gzip of two members with garbage behind it', 'gzip', andThen(twoMembers, 'garbage')],
  ['gzip with 100 KB of garbage behind it', 'gzip', andThen(zlib.gzipSync, 'garbage'.repeat(15_000))],
  ['deflate with garbage behind it', 'deflate', andThen(zlib.deflateSync, 'garbage')],
  ['br with garbage behind it', 'br', andThen(zlib.brotliCompressSync, 'garbage')],
  ['zstd', 'zstd', zstd],
  [
    'zstd without a checksum, of a size that it does not tell',
    'zstd',
    (text) => zstd(text, '--no-check', '--no-content-size'),
  ],
  ['zstd of two frames', 'zstd', (text) => Buffer.concat([zstd(text.slice(0, 9)), zstd(text.slice(9))])],
  ['zstd, then gzip,', 'zstd, gzip', (text) => zlib.gzipSync(zstd(text))],
]) {
  test(`${name} is decoded; size is what came over the network`, async (t) => {
    for (const text of [TEXT, LONG_TEXT]) {
      const body = encode(text);
      for (const pieceBytes of [body.length, Math.ceil(body.length / 999), 3001]) {
        const { response, size, error } = await fetchEncoded(t, encoding, body, { pieceBytes });
        assert.ifError(error);
        assert.ok((await response.text()) === text);
        assert.equal(size, body.length);
        const streamed = await fetchEncoded(t, encoding, body, { pieceBytes, streamed: true });
        assert.ifError(streamed.error);
        assert.ok(streamed.text === text);
      }
    }
  });
}

test('an encoding that nobody knows is left as it is', async (t) => {
  const { response } = await fetchEncoded(t, 'foo', Buffer.from('as it is'));
  assert.equal(await response.text(), 'as it is');
});

test('of a part that is asked for no encoding is wanted: it could not be decoded by itself', async (t) => {
  const server = await startHttp(t, (request, response) => response.end(String(request.headers['accept-encoding'])));
  const session = await openSession(t);
  const asked = async (headers) => (await session.get(server.origin, { headers })).text();
  assert.equal(await asked({ range: 'bytes=0-9' }), 'identity');
  assert.equal(await asked({ Range: 'bytes=0-9', 'accept-encoding': 'br' }), 'br');
  assert.match(await asked({}), /gzip/);
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
  ['gzip without its checksum', 'gzip', zlib.gzipSync(TEXT).subarray(0, -8)],
  [
    'gzip of two members, the second cut off',
    'gzip',
    Buffer.concat([zlib.gzipSync(TEXT), zlib.gzipSync(TEXT).subarray(0, -9)]),
  ],
  [
    'a gzip header without end',
    'gzip',
    Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]), Buffer.alloc(200_000, 'n')]),
  ],
  ['what is no zstd', 'zstd', Buffer.from('hello, hello')],
  ['zstd that is cut off', 'zstd', zstd(TEXT).subarray(0, -1)],
  ['zstd that is cut off after a frame', 'zstd', Buffer.concat([zstd(TEXT), zstd(TEXT).subarray(0, 20)])],
  ['zstd that wants a window of 128 MB', 'zstd', zstd(LONG_TEXT, '--ultra', '--long=27', '--no-content-size', '-19')],
  ['six encodings', Array(6).fill('gzip').join(), Buffer.from('hello')],
]) {
  test(`${what} is an error, not a body`, async (t) => {
    for (const streamed of [false, true]) {
      const { response, error } = await fetchEncoded(t, encoding, body, { streamed });
      assert.equal(response, undefined);
      assert.deepEqual([error.code, error.exitCode], ['FL_EENCODING', 61]);
    }
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
  // undici CVE-2026-22036, urllib3 CVE-2026-21441
  test(`a bomb in ${name} stops at 100 MiB decoded`, async (t) => {
    const { response, error } = await fetchEncoded(t, encoding, makeZeros(100 * MiB + 1));
    assert.equal(response, undefined);
    assert.deepEqual([error.code, error.exitCode], ['FL_ETOOBIG', 63]);
  });
}

const zstdZeros = (bytes) => zstd(Buffer.alloc(bytes));

for (const [name, encoding, body, most] of [
  ['gzip', 'gzip', gzippedZeros(MiB + 1), MiB],
  ['small gzip', 'gzip', gzippedZeros(1001), 1000],
  ['zstd', 'zstd', zstdZeros(MiB + 1), MiB],
  [
    'gzip, whatever becomes of it in the next',
    'gzip, gzip',
    zlib.gzipSync(andThen(zlib.gzipSync, '\0'.repeat(3 * MiB))('x')),
    MiB,
  ],
  ['what is not encoded at all', 'none-such', Buffer.alloc(1001), 1000],
]) {
  test(`bodyMax counts each step of ${name}, streamed or not`, async (t) => {
    for (const streamed of [false, true]) {
      const { error } = await fetchEncoded(t, encoding, body, { streamed, bodyMax: most });
      assert.equal(error?.code, 'FL_ETOOBIG');
    }
  });
}

const tiny = Buffer.from('0123456789');

for (const [name, encoding, body] of [
  ['gzip', 'gzip', zlib.gzipSync(tiny)],
  ['gzip twice', 'gzip, gzip', zlib.gzipSync(zlib.gzipSync(tiny))],
  ['identity', 'identity', tiny],
]) {
  test(`bodyMax counts what is decoded, however much longer it came: ${name}, streamed or not`, async (t) => {
    for (const streamed of [false, true]) {
      const { error, response, text } = await fetchEncoded(t, encoding, body, { streamed, bodyMax: 10 });
      assert.ifError(error);
      assert.equal(text ?? (await response.text()), String(tiny));
      const { error: more } = await fetchEncoded(t, encoding, body, { streamed, bodyMax: 9 });
      assert.equal(more?.code, 'FL_ETOOBIG');
    }
  });
}

for (const [name, encoding, body] of [
  ['what follows a gzip', 'gzip', Buffer.concat([zlib.gzipSync(tiny), Buffer.alloc(MiB)])],
  ['empty blocks', 'deflate', Buffer.alloc(5 * 40_000, Buffer.of(0, 0, 0, 0xff, 0xff))],
]) {
  test(`a body that comes in great length and gives nothing has an end: ${name}`, async (t) => {
    for (const streamed of [false, true]) {
      const { error } = await fetchEncoded(t, encoding, body, { streamed, bodyMax: 10, pieceBytes: 50_000 });
      assert.equal(error?.code, 'FL_ETOOBIG');
    }
  });
}

test('a streamed body may be longer than 100 MiB, decoded', async (t) => {
  const { error, text } = await fetchEncoded(t, 'gzip', gzippedZeros(101 * MiB), { streamed: true });
  assert.ifError(error);
  assert.equal(text.length, 101 * MiB);
});

for (const [name, init] of [
  ['its own Accept-Encoding', { headers: { 'Accept-Encoding': 'br' } }],
  ["the session's", { headers: { 'accept-encoding': 'gzip;q=0.5' } }],
]) {
  test(`${name} is sent as it is, in place of what can be decoded`, async (t) => {
    let sent;
    const server = await startHttp(t, (request, response) => {
      sent = request.headersDistinct['accept-encoding'];
      response.end();
    });
    const session = await openSession(t);
    await session.get(server.origin);
    assert.deepEqual(sent, ['gzip, deflate, br, zstd']);
    const other = await openSession(t, name === "the session's" ? init : {});
    await other.get(server.origin, name === "the session's" ? {} : init);
    assert.deepEqual(sent, Object.values(init.headers));
  });
}

test('the body of a redirect is not decoded, be it a bomb or broken', async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/to', 'content-encoding': 'gzip' }).end('no gzip');
    else response.end('here');
  });
  const session = await openSession(t);
  assert.equal(await (await session.get(server.origin)).text(), 'here');
});

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
