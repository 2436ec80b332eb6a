/** A download that breaks goes on where it broke: not a byte is missing, none comes twice. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import zlib from 'node:zlib';
import { startNginx } from './support/nginx.js';
import { startRaw } from './support/odd-servers.js';
import { openSession, test } from './support/test.js';

const KiB = 1024;
const QUICK = { backoff: 0.001, backoffMax: 0.005, limit: 50 };

/**
 * Serves `body` in parts: the n-th request gets `lengths[n]` bytes, then the connection is closed; when they are used up,
 * all the rest. `asked` has what was asked for. `answer` may give a status of its own.
 */
async function startBreaking(
  t,
  body,
  lengths,
  { headers = '', etag = '"one"', answer = () => null, reset = false } = {},
) {
  const asked = [];
  const server = await startRaw(t, (socket, _path, head) => {
    const range = /^range: bytes=(\d+)-/im.exec(head)?.[1] ?? null;
    const validator = /^if-range: (.*?)\r?$/im.exec(head)?.[1] ?? null;
    asked.push({ range: range && Number(range), validator });
    const own = answer(asked.length);
    if (own) {
      socket.end(`HTTP/1.1 ${own}\r\nContent-Length: 3\r\nRetry-After: 0\r\n\r\nno\n`);
      return;
    }
    const from = Number(range ?? 0);
    const status = range === null ? '200 OK' : '206 Partial Content';
    const place = range === null ? '' : `Content-Range: bytes ${from}-${body.length - 1}/${body.length}\r\n`;
    socket.write(
      `HTTP/1.1 ${status}\r\nContent-Length: ${body.length - from}\r\nETag: ${etag}\r\n${place}${headers}\r\n`,
    );
    const part = body.subarray(from, from + (lengths[asked.length - 1] ?? body.length));
    if (part.length < body.length - from && reset) socket.write(part, () => socket.resetAndDestroy());
    else if (part.length < body.length - from) socket.end(part);
    else socket.write(part);
  });
  return { ...server, asked };
}

const read = {
  'streamed, as a whole': async (session, url) =>
    Buffer.from(await (await session.get(url, { stream: true })).arrayBuffer()),
  'streamed, chunk by chunk': async (session, url) => {
    const chunks = [];
    for await (const chunk of (await session.get(url, { stream: true })).body) {
      chunks.push(chunk);
      await new Promise(setImmediate);
    }
    return Buffer.concat(chunks);
  },
  collected: async (session, url) => Buffer.from(await (await session.get(url)).arrayBuffer()),
};

const BODY = randomBytes(700 * KiB);
const TEXT = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `line ${i * 7919}\n`).join(''));

for (const [how, get] of Object.entries(read)) {
  for (const [what, encode, decoded, encoding] of [
    ['as it is', (bytes) => bytes, BODY, ''],
    ['in gzip', zlib.gzipSync, TEXT, 'gzip'],
    [
      'in br',
      (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
      TEXT,
      'br',
    ],
    ['in zlib, in gzip', (bytes) => zlib.gzipSync(zlib.deflateSync(bytes)), TEXT, 'deflate, gzip'],
  ]) {
    test(`a body ${what}, ${how}, that breaks at the worst of places`, async (t) => {
      const body = encode(decoded);
      const lengths = [1, 1, 9, 10, 64 * KiB, body.length - 65 * KiB - 22, KiB - 1];
      const headers = encoding && `Content-Encoding: ${encoding}\r\n`;
      const server = await startBreaking(t, body, lengths, { headers });
      const session = await openSession(t, { retry: QUICK });
      assert.ok((await get(session, server.origin)).equals(decoded));
      assert.equal(server.asked.length, lengths.length + 1);
      let at = 0;
      for (const [i, { range, validator }] of server.asked.entries()) {
        assert.deepEqual([range, validator], i === 0 ? [null, null] : [at, '"one"']);
        at += lengths[i];
      }
    });
  }

  test(`a body, ${how}, that breaks by resets, which may lose what was on the way, is whole`, async (t) => {
    const lengths = Array.from({ length: 30 }, (_, i) => ((i * 7919) % (40 * KiB)) + 1);
    const server = await startBreaking(t, BODY, lengths, { reset: true });
    const session = await openSession(t, { retry: { ...QUICK, budget: 1000 } });
    assert.ok((await get(session, server.origin)).equals(BODY));
  });

  test(`a 503 in between does not lose what came before it, ${how}`, async (t) => {
    const answer = (n) => (n === 2 || n === 4 ? '503 Later' : null);
    const server = await startBreaking(t, BODY, [5000, 0, 70_000, 0, 5000], { answer });
    const session = await openSession(t, { retry: QUICK });
    assert.ok((await get(session, server.origin)).equals(BODY));
    assert.deepEqual(
      server.asked.map(({ range }) => range),
      [null, 5000, 5000, 75_000, 75_000, 80_000],
    );
  });
}

test('a slow reader stays slow on the connection that resumes', async (t) => {
  const body = randomBytes(8 * KiB * KiB);
  const server = await startBreaking(t, body, [1024 * KiB]);
  const session = await openSession(t, { retry: QUICK, timeout: { read: 0.2 } });
  const reader = (await session.get(server.origin, { stream: true })).body.getReader();
  const chunks = [(await reader.read()).value];
  await new Promise((resolve) => setTimeout(resolve, 600));
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  assert.ok(Buffer.concat(chunks).equals(body));
});

test('a download that takes longer than an attempt may goes on where it was, and not from its beginning', async (t) => {
  const ranges = [];
  const server = await startRaw(t, (socket, _path, head) => {
    const range = /^range: bytes=(\d+)-/im.exec(head)?.[1];
    ranges.push(Number(range ?? 0));
    const from = ranges.at(-1);
    const place = range ? `Content-Range: bytes ${from}-${BODY.length - 1}/${BODY.length}\r\n` : '';
    const status = range ? '206 Partial Content' : '200 OK';
    socket.write(`HTTP/1.1 ${status}\r\nETag: "one"\r\nContent-Length: ${BODY.length - from}\r\n${place}\r\n`);
    socket.write(BODY.subarray(from, from + 300 * KiB)); // and no more of it
  });
  const session = await openSession(t, { timeout: { attempt: 0.3 }, retry: { ...QUICK, limit: 2 } });
  assert.ok(Buffer.from(await (await session.get(server.origin)).arrayBuffer()).equals(BODY));
  assert.deepEqual(ranges, [0, 300 * KiB, 600 * KiB]);
});

test('what a connection that was given up says later is not heard', async (t) => {
  const asked = [];
  const server = await startRaw(t, (socket, _path, head) => {
    asked.push(/^range: (.*?)\r?$/im.exec(head)?.[1] ?? null);
    if (asked.length === 1) {
      socket.write('HTTP/1.1 200 OK\r\nETag: "one"\r\nContent-Length: 8\r\n\r\nhalf');
      setTimeout(() => socket.write('late'), 200);
    } else {
      socket.write(
        'HTTP/1.1 206 Partial\r\nETag: "one"\r\nContent-Range: bytes 4-7/8\r\nContent-Length: 4\r\n\r\nrest',
      );
    }
  });
  // The first wait of this seed is one of 577 ms.
  const session = await openSession(t, { timeout: { read: 0.1 }, retry: { backoff: 0.6, limit: 3 }, seed: 3 });
  const response = await session.get(server.origin, { stream: true });
  assert.equal(await response.text(), 'halfrest');
  assert.deepEqual(asked, [null, 'bytes=4-']);
});

for (const [what, answer] of [
  ['all of it anew', '200 OK'],
  ['that it is gone', '404 Gone'],
]) {
  test(`a reader who has had a part is told when the server sends ${what}`, async (t) => {
    const server = await startBreaking(t, BODY, [5000], { answer: (n) => (n > 1 ? answer : null) });
    const session = await openSession(t, { retry: QUICK });
    const response = await session.get(server.origin, { stream: true });
    const error = await response.arrayBuffer().catch((reason) => reason);
    assert.match(error.code, /^FL_E(RANGE|PARTIAL)$/);
    assert.equal(session.stats().inFlight, 0);
  });
}

/** What a 206 for "the rest from 100,000 on, of 300,000" may bring instead, and whether that is found out only at its end. */
const FALSE_RESTS = {
  'less than it says, to the end of its connection': ['100000-299999/300000', '', 50_000, true],
  'less than it says, by its Content-Length': ['100000-299999/300000', 'Content-Length: 50000\r\n', 50_000, true],
  'more than it says': ['100000-299999/300000', 'Content-Length: 200005\r\n', 200_005, true],
  'the rest of something longer': ['100000-399999/400000', 'Content-Length: 300000\r\n', 300_000, false],
};

for (const [how, get] of Object.entries(read)) {
  for (const [what, [place, length, bytes, atItsEnd]] of Object.entries(FALSE_RESTS)) {
    test(`${how}: a part that is ${what} makes no whole of it`, async (t) => {
      const ranges = [];
      const server = await startRaw(t, (socket, _path, head) => {
        const range = /^range: (.*?)\r?$/im.exec(head)?.[1];
        ranges.push(range);
        if (range) {
          socket.write(`HTTP/1.1 206 Partial Content\r\nETag: "one"\r\nContent-Range: bytes ${place}\r\n${length}\r\n`);
          socket.end(Buffer.alloc(bytes));
        } else {
          socket.write('HTTP/1.1 200 OK\r\nETag: "one"\r\nContent-Length: 300000\r\n\r\n');
          socket.end(Buffer.alloc(100_000));
        }
      });
      const session = await openSession(t, { retry: { ...QUICK, limit: 1 } });
      await assert.rejects(get(session, server.origin), ({ name, code }) => {
        assert.equal(name, 'ClientError');
        assert.ok(atItsEnd ? code === 'FL_EPARTIAL' : ['FL_ERANGE', 'FL_EPARTIAL'].includes(code), code);
        return true;
      });
      assert.deepEqual(ranges, [undefined, 'bytes=100000-']);
    });
  }
}

test('a body that goes on in another encoding is an error when a reader has a part of it, and else asked for anew', async (t) => {
  const body = zlib.gzipSync(TEXT);
  const answers = [
    ['200 OK', 'Content-Encoding: gzip\r\n', body.length, body.subarray(0, 5000)],
    [
      '206 Partial',
      `Content-Range: bytes 5000-${body.length - 1}/${body.length}\r\n`,
      body.length - 5000,
      body.subarray(5000),
    ],
    ['200 OK', 'Content-Encoding: gzip\r\n', body.length, body],
  ];
  let asked = 0;
  const server = await startRaw(t, (socket) => {
    const [status, more, length, part] = answers[asked++];
    socket.write(`HTTP/1.1 ${status}\r\nETag: "one"\r\nContent-Length: ${length}\r\n${more}\r\n`);
    socket.end(part);
  });
  const session = await openSession(t, { retry: QUICK });
  const response = await session.get(server.origin, { stream: true });
  await assert.rejects(response.text(), { code: 'FL_ERANGE' });
  asked = 0;
  assert.equal(await (await session.get(server.origin)).text(), String(TEXT));
  assert.equal(asked, 3);
});

for (const [what, etag, stream] of [['without a strong validator', 'W/"one"', true]]) {
  test(`a streamed body ${what} is not resumed`, async (t) => {
    const server = await startBreaking(t, BODY, [5000], { etag });
    const session = await openSession(t, { retry: QUICK });
    const response = await session.get(server.origin, { stream });
    await assert.rejects(response.arrayBuffer(), { code: 'FL_EPARTIAL' });
    assert.equal(server.asked.length, 1);
  });
}

test('what a stream took is known at its end: its retries, and its bytes in the session, once', async (t) => {
  const server = await startBreaking(t, BODY, [5000]);
  const session = await openSession(t, { retry: QUICK });
  for await (const result of session.fetchAll([server.origin], { stream: true })) {
    assert.deepEqual(Buffer.from(await result.response.arrayBuffer()), BODY);
    await result.ended;
    assert.deepEqual([result.retries, result.size], [1, BODY.length]);
  }
  assert.equal(session.stats().bytes, BODY.length);
  await session.get(server.origin);
  assert.equal(session.stats().bytes, 2 * BODY.length);
});

test('nginx: a download through a connection that breaks every 300 KB', async (t) => {
  const body = randomBytes(3 * 1000 * KiB);
  const nginx = await startNginx(t, { files: { data: body }, locations: 'location /data { }' });
  const ranges = [];
  const proxy = await startRaw(t, async (socket, path, head) => {
    ranges.push(/^range: (.*?)\r?$/im.exec(head)?.[1] ?? null);
    const { connect } = await import('node:net');
    const upstream = connect(nginx.port, '127.0.0.1', () => upstream.write(`${head}\r\n\r\n`));
    let left = 300_000;
    upstream.on('error', () => {});
    socket.on('close', () => upstream.destroy());
    upstream.on('data', (chunk) => {
      if (left > chunk.length) socket.write(chunk);
      else socket.end(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) upstream.destroy();
    });
    assert.equal(path, '/data');
  });
  const session = await openSession(t, { retry: { ...QUICK, budget: 100 } });
  const response = await session.get(`${proxy.origin}/data`, { stream: true });
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(body));
  assert.ok(ranges.length >= 10 && ranges.slice(1).every((range) => /^bytes=\d+-$/.test(range)), String(ranges));
});
