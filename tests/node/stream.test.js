/** Streamed responses: read as they come, no faster than they are read, given up when nobody reads them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import zlib from 'node:zlib';
import { startFixed, startHttp, startRaw } from './support/odd-servers.js';
import { collect, eventually, openSession, test } from './support/test.js';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');

const MiB = 1024 * 1024;
const STREAM = { stream: true };

/** Sends `bytes` of `piece`, as fast as they are taken; `accepted` is what the kernel has taken. */
async function startFlood(t, bytes, { piece = Buffer.alloc(MiB), headers = '' } = {}) {
  const flood = { accepted: () => 0 };
  const pieces = function* () {
    yield Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n${headers}\r\n`);
    for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
  };
  const server = await startRaw(t, (socket) => {
    flood.accepted = () => socket.bytesWritten - socket.writableLength;
    pipeline(Readable.from(pieces()), socket).catch(() => {}); // the client may leave
  });
  return { ...server, accepted: () => flood.accepted() };
}

/** Wait until it has not changed for a while. */
async function settled(value) {
  for (let same = 0, last = value(); same < 20; same++) {
    await sleep(20);
    if (value() !== last) same = 0;
    last = value();
  }
  return value();
}

async function bytesOf(body) {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return bytes;
}

const codeOf = (promise) =>
  promise.then(
    () => assert.fail('it should have failed'),
    (error) => error.code,
  );

// ---- Reading

test('it is there when its headers are, and each chunk when it has come', async (t) => {
  let response;
  const server = await startHttp(t, (_request, answer) => {
    response = answer;
    response.writeHead(200, { 'x-a': 'b' }).write('one');
  });
  const session = await openSession(t);
  const { body, status, headers } = await session.get(server.origin, STREAM);
  assert.deepEqual([status, headers.get('x-a')], [200, 'b']);
  const reader = body.getReader();
  assert.equal(Buffer.from((await reader.read()).value).toString(), 'one');
  response.write('two');
  assert.equal(Buffer.from((await reader.read()).value).toString(), 'two');
  response.end();
  assert.deepEqual(await reader.read(), { done: true, value: undefined });
  await eventually(() => session.stats().inFlight === 0);
});

test('it holds its place until the last of it is read', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('x'));
  const session = await openSession(t, { limit: 1 });
  const response = await session.get(server.origin, STREAM);
  const next = session.get(server.origin);
  await sleep(50);
  assert.deepEqual([session.stats().inFlight, session.stats().queued], [1, 1]);
  assert.equal(await response.text(), 'x');
  assert.equal((await next).status, 200);
});

test("stream: 'ahead': a short body gives its place back unread, and can be read", async (t) => {
  const long = Buffer.alloc(1_000_000, 'x');
  const server = await startHttp(t, ({ url }, response) => response.end(url === '/long' ? long : 'x'));
  const session = await openSession(t, { limit: 1 });
  const short = await session.get(server.origin, { stream: 'ahead' });
  const other = await session.get(`${server.origin}/long`, { stream: 'ahead' });
  assert.equal(session.stats().inFlight, 1);
  assert.deepEqual([await short.text(), (await other.arrayBuffer()).byteLength], ['x', 1_000_000]);
  await assert.rejects(session.get(server.origin, { stream: 'behind' }), {
    message: /^stream must be true, false or 'ahead', not 'behind'$/,
  });
});

const JSON_TEXT = '{"a":[1,"é"]}';
for (const [name, read, expected] of [
  ['text', (r) => r.text(), JSON_TEXT],
  ['json', (r) => r.json(), { a: [1, 'é'] }],
  ['arrayBuffer', async (r) => Buffer.from(await r.arrayBuffer()).toString(), JSON_TEXT],
  ['bytes', async (r) => Buffer.from(await r.bytes()).toString(), JSON_TEXT],
  ['blob', async (r) => (await r.blob()).text(), JSON_TEXT],
  [
    'body.tee()',
    async (r) => Promise.all(r.body.tee().map((half) => new Response(half).text())),
    [JSON_TEXT, JSON_TEXT],
  ],
  ['clone()', async (r) => [await r.clone().text(), await r.text()], [JSON_TEXT, JSON_TEXT]],
  ['clone() of a clone', async (r) => Promise.all([r.clone().clone().json(), r.text()]), [{ a: [1, 'é'] }, JSON_TEXT]],
  ['a loop over it', async (r) => Buffer.concat(await collect(r)).toString(), JSON_TEXT],
]) {
  test(`${name} of a streamed response`, async (t) => {
    const bytes = Buffer.from(JSON_TEXT);
    const server = await startHttp(t, async (_request, response) => {
      for (const byte of bytes) {
        response.write(Buffer.of(byte));
        await sleep(1);
      }
      response.end();
    });
    const session = await openSession(t);
    const response = await session.get(server.origin, STREAM);
    assert.equal(response.bodyUsed, false);
    assert.deepEqual(await read(response), expected);
    assert.equal(response.bodyUsed, true);
    await assert.rejects(response.text(), TypeError);
    await eventually(() => session.stats().inFlight === 0);
  });
}

test('chunks are asked for one at a time', async (t) => {
  let response;
  const server = await startHttp(t, (_request, answer) => {
    response = answer;
    response.flushHeaders();
  });
  const session = await openSession(t);
  const chunks = (await session.get(server.origin, STREAM))[Symbol.asyncIterator]();
  const first = chunks.next();
  await assert.rejects(chunks.next(), TypeError);
  response.end('x');
  assert.equal((await first).value.toString(), 'x');
  assert.deepEqual([(await chunks.next()).done, (await chunks.next()).done], [true, true]);
});

test('formData() of a streamed response', async (t) => {
  const server = await startHttp(t, (_request, response) =>
    response.setHeader('content-type', 'application/x-www-form-urlencoded').end('a=1&b=2'),
  );
  const session = await openSession(t);
  const response = await session.get(server.origin, STREAM);
  assert.deepEqual(
    [...(await response.formData())],
    [
      ['a', '1'],
      ['b', '2'],
    ],
  );
});

test('body is a stream of bytes: a reader may bring its own memory', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('0123456789'));
  const session = await openSession(t);
  const { body } = await session.get(server.origin, STREAM);
  const reader = body.getReader({ mode: 'byob' });
  let text = '';
  for (let memory = new Uint8Array(3); ; ) {
    const { done, value } = await reader.read(memory);
    text += Buffer.from(value);
    if (done) break;
    memory = new Uint8Array(value.buffer);
  }
  assert.equal(text, '0123456789');
  await eventually(() => session.stats().inFlight === 0);
});

for (const [name, method, answer] of [
  ['HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\n'],
  ['204', 'GET', 'HTTP/1.1 204 No\r\n\r\n'],
  ['205', 'GET', 'HTTP/1.1 205 No\r\nContent-Length: 0\r\n\r\n'],
  [
    '304 that says how long it would be',
    'GET',
    'HTTP/1.1 304 Not\r\nContent-Length: 5\r\nContent-Encoding: br\r\n\r\n',
  ],
  ['an empty 200', 'GET', 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n'],
  [
    '100 and 103 before 200',
    'GET',
    'HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  ],
]) {
  for (const stream of [true, false]) {
    test(`${name}${stream ? ', streamed' : ''}: nothing to read, and its end has come`, async (t) => {
      const server = await startFixed(t, answer, { open: true });
      const session = await openSession(t);
      const response = await session.request(method, server.origin, { stream });
      assert.equal(await response.text(), '');
      await eventually(() => session.stats().inFlight === 0);
      assert.equal((await session.request(method, server.origin, { stream })).status, response.status);
    });
  }
}

// ---- Backpressure

test('a reader who reads nothing stops the server at its socket, and the read timeout; then it goes on', async (t) => {
  const server = await startFlood(t, 64 * MiB);
  const session = await openSession(t, { timeout: { read: 0.2 } });
  const { body } = await session.get(server.origin, STREAM);
  const accepted = await settled(server.accepted);
  assert.ok(accepted < 16 * MiB, `the kernel took ${accepted} bytes`);
  assert.equal(await bytesOf(body), 64 * MiB);
});

test('the same behind a decoder', async (t) => {
  const random = zlib.gzipSync(createHash('shake256', { outputLength: MiB }).update('x').digest(), { level: 0 });
  const server = await startFlood(t, 64 * random.length, { piece: random, headers: 'Content-Encoding: gzip\r\n' });
  const session = await openSession(t, { timeout: { read: 0.2 } });
  const { body } = await session.get(server.origin, STREAM);
  const accepted = await settled(server.accepted);
  assert.ok(accepted < 16 * MiB, `the kernel took ${accepted} bytes`);
  assert.equal(await bytesOf(body), 64 * MiB);
});

test('what has come as a whole waits for its reader without a timeout', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('here'));
  const session = await openSession(t, { timeout: { read: 0.1 } });
  const response = await session.get(server.origin, STREAM);
  await sleep(400);
  assert.equal(await response.text(), 'here');
});

test('timeout.transfer bounds a streamed body that keeps coming', async (t) => {
  const server = await startHttp(t, (_request, response) => {
    const timer = setInterval(() => response.write('x'), 50);
    response.on('close', () => clearInterval(timer));
  });
  const session = await openSession(t, { timeout: { transfer: 0.4, read: 0.2 }, retry: false });
  const response = await session.get(server.origin, STREAM);
  await assert.rejects(response.text(), { code: 'FL_EATTEMPTTIMEOUT' });
});

test('the read timeout counts while the reader waits for the server', async (t) => {
  const server = await startFixed(t, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', { open: true });
  const session = await openSession(t, { timeout: { read: 0.1 }, retry: false });
  const response = await session.get(server.origin, STREAM);
  assert.equal(await codeOf(response.text()), 'FL_EREADTIMEOUT');
  await eventually(() => server.closed.size > 0);
});

test('a streamed response may take longer than an attempt, as long as something comes', async (t) => {
  const server = await startHttp(t, async (_request, response) => {
    for (let i = 0; i < 8; i++) {
      response.write(`${i}`);
      await sleep(100);
    }
    response.end();
  });
  const session = await openSession(t, { timeout: { attempt: 0.4 }, retry: false });
  const slow = await session.get(server.origin, STREAM);
  assert.equal(await slow.text(), '01234567');
  assert.equal(await codeOf(session.get(server.origin)), 'FL_EATTEMPTTIMEOUT');
});

test('of a streamed response that says nothing more an attempt has the time between two arrivals', async (t) => {
  const server = await startFixed(t, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', { open: true });
  const session = await openSession(t, { timeout: { attempt: 0.2 }, retry: false });
  const response = await session.get(server.origin, STREAM);
  assert.equal(await codeOf(response.text()), 'FL_EREADTIMEOUT');
});

// ---- The end

test('a body that breaks off: its reader gets the error', async (t) => {
  const server = await startFixed(t, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
  const session = await openSession(t);
  const { body } = await session.get(server.origin, STREAM);
  const error = await bytesOf(body).catch((reason) => reason);
  assert.deepEqual([error.name, error.code, error.url], ['ClientError', 'FL_EPARTIAL', server.origin]);
  assert.equal(session.stats().inFlight, 0);
});

test('raiseForStatus: an error as soon as its head has come, whose response can be read, or dropped', async (t) => {
  let answer;
  const server = await startHttp(t, (_request, response) => {
    answer = response;
    response.writeHead(404).write('none ');
  });
  const session = await openSession(t, { raiseForStatus: true });
  const get = () => session.get(server.origin, STREAM).catch((reason) => reason);
  const error = await get();
  assert.deepEqual([error.code, error.status, error.response.status], ['FL_ESTATUS', 404, 404]);
  answer.end('here');
  assert.equal(await error.response.text(), 'none here');
  await eventually(() => session.stats().inFlight === 0);
  await (await get()).response.body.cancel();
  assert.equal(session.stats().inFlight, 0);
  assert.equal((await session.get(server.origin, { ...STREAM, raiseForStatus: false })).status, 404);
});

test('raiseForStatus: an error whose response nobody reads holds no place, and keeps the first of its body', async (t) => {
  const server = await startHttp(t, ({ url }, response) =>
    response.writeHead(404).end('none'.repeat(Number(url.slice(1)))),
  );
  const session = await openSession(t, { limit: 2, raiseForStatus: true });
  const ask = (times, options) => session.get(`${server.origin}/${times}`, options).catch((error) => error);
  const told = ({ code }) => code;
  for (const stream of [true, 'ahead']) {
    const errors = [];
    for (const times of [1, 10_000, 100_000, 100_000, 1]) errors.push(await ask(times, { stream }));
    assert.deepEqual([...new Set(errors.map(({ code }) => code))], ['FL_ESTATUS']);
    await eventually(() => session.stats().inFlight === 0);
    const read = await Promise.all(errors.map(({ response }) => response.text().then((text) => text.length, told)));
    assert.deepEqual(read, [4, 40_000, 'FL_ETOOBIG', 'FL_ETOOBIG', 4]);
  }
});

test('raiseForStatus: a list of streams goes on, and its errors keep their responses', async (t) => {
  const server = await startHttp(t, (_request, response) => response.writeHead(404).end('none'));
  const session = await openSession(t, { limit: 2, raiseForStatus: true });
  const urls = Array(10).fill(server.origin);
  for (const list of [session.fetchAll(urls, STREAM), session.map(urls, () => 'not called', STREAM)]) {
    const results = [];
    for await (const result of list) results.push(result);
    await Promise.all(results.map(({ ended }) => ended));
    const bodies = await Promise.all(results.map(({ error }) => error.response.text()));
    assert.deepEqual(bodies, Array(10).fill('none'));
    assert.deepEqual([...new Set(results.map(({ error }) => error.code))], ['FL_ESTATUS']);
  }
});

for (const [name, leave] of [
  ['cancels', (response) => response.body.cancel()],
  ['cancels its reader', (response) => response.body.getReader().cancel()],
  [
    'leaves its loop',
    async (response) => {
      for await (const _ of response.body) break;
    },
  ],
  [
    'leaves its loop over the response',
    async (response) => {
      for await (const _ of response) break;
    },
  ],
]) {
  test(`a reader who ${name} gives its place back, and the connection is closed`, async (t) => {
    const server = await startFlood(t, 1024 * MiB);
    const session = await openSession(t, { limit: 1 });
    await leave(await session.get(server.origin, STREAM));
    assert.equal(session.stats().inFlight, 0);
    await eventually(() => server.closed.size > 0);
  });
}

test('an abort ends the reading with its reason', async (t) => {
  const server = await startFlood(t, 1024 * MiB);
  const session = await openSession(t);
  const controller = new AbortController();
  const { body } = await session.get(server.origin, { ...STREAM, signal: controller.signal });
  const reader = body.getReader();
  await reader.read();
  controller.abort(new Error('enough'));
  assert.equal(session.stats().inFlight, 0);
  await assert.rejects(reader.read(), /enough/);
  await eventually(() => server.closed.size > 0);
});

test('a session that closes ends the reading', async (t) => {
  const server = await startFlood(t, 1024 * MiB);
  const session = await openSession(t);
  const response = await session.get(server.origin, STREAM);
  const reading = codeOf(response.arrayBuffer());
  await session.close();
  assert.equal(await reading, 'FL_ECANCELLED');
});

for (const [name, keep] of [
  ['the response', () => null],
  ['a body that was only looked at', (response) => void response.body],
  ['a clone, too', (response) => void response.clone()],
  ['a reader that has read some', async (response) => void (await response.body.getReader().read())],
]) {
  test(`when nobody has ${name} any more, its place is given back`, async (t) => {
    const server = await startFlood(t, 1024 * MiB);
    const session = await openSession(t);
    await (async () => keep(await session.get(server.origin, STREAM)))();
    await eventually(() => {
      collectGarbage();
      return session.stats().inFlight === 0;
    });
    await eventually(() => server.closed.size > 0);
  });
}

for (const [name, keep] of [
  ['its body', (response) => response.body],
  ['a reader of it', (response) => response.body.getReader()],
  ['a clone of it', (response) => response.clone()],
  ['a loop over it', (response) => response[Symbol.asyncIterator]()],
]) {
  test(`while somebody has ${name}, it goes on`, async (t) => {
    const server = await startFlood(t, 4 * MiB);
    const session = await openSession(t);
    const kept = await (async () => keep(await session.get(server.origin, STREAM)))();
    for (let i = 0; i < 5; i++) {
      collectGarbage();
      await sleep(10);
    }
    assert.equal(session.stats().inFlight, 1);
    const read = kept.read ? () => kept.read() : () => kept.next();
    let bytes = 0;
    if (kept instanceof Response) bytes = (await kept.arrayBuffer()).byteLength;
    else if (kept instanceof ReadableStream) bytes = await bytesOf(kept);
    else for (let next = await read(); !next.done; next = await read()) bytes += next.value.length;
    assert.equal(bytes, 4 * MiB);
  });
}

test('a connection that closes while the end of a body waits to be read holds nobody up', async (t) => {
  const closed = [];
  const server = await startHttp(t, (_, response) => {
    closed.push(once(response.socket, 'close'));
    response.setHeader('connection', 'close').end('x'.repeat(1000));
  });
  const session = await openSession(t, { timeout: { connect: 2 }, retry: false });
  for (let i = 0; i < 3; i++) {
    const response = await session.get(server.origin, { stream: true });
    await closed[i];
    await sleep(20); // this end has seen it, too
    assert.equal((await response.text()).length, 1000);
  }
});
