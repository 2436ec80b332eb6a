/** HTTP/2: nghttpd and nginx as they are, and servers of our own that do what they would not. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http2 from 'node:http2';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connections } from '../../node/wire/connections.js';
import { WIRE_OPTIONS } from '../../node/wire/wire-options.js';
import { identity, ok, startHttp2, trusting } from './support/http2.js';
import { startNghttpd } from './support/nghttpd.js';
import { startNginx } from './support/nginx.js';
import { startHttps, startMute } from './support/odd-servers.js';
import { collect, eventually, openSession, test, urlsOf } from './support/test.js';

const { NGHTTP2_CANCEL } = http2.constants;

const quiet = {
  onRequestStart() {},
  onResponseStart() {},
  onResponseData() {},
  onResponseEnd() {},
  onResponseError() {},
};

for (const [name, start] of [
  ['nghttpd', (t, files) => startNghttpd(t, identity, { files })],
  ['nginx', (t, files) => startNginx(t, { identity, http2: true, files, locations: 'location /file { }' })],
]) {
  test(`${name}: many requests go over one connection, and say so`, async (t) => {
    const server = await start(t, { file: 'content' });
    const session = await openSession(t, { ...trusting, limitPerHost: 50 });
    const results = await collect(session.fetchAll(Array(200).fill(`${server.origin}/file`)));
    assert.deepEqual(new Set(results.map(({ status, httpVersion }) => `${status} ${httpVersion}`)), new Set(['200 2']));
    assert.equal(await results[77].response.text(), 'content');
    assert.equal(results.filter(({ timing }) => timing.tls > 0).length, 50, 'those that waited for it');
    assert.equal(results.filter(({ timing }) => timing.tls === 0).length, 150);
  });

  test(`${name}: a large body comes whole`, async (t) => {
    const file = randomBytes(5_000_000);
    const server = await start(t, { file });
    const session = await openSession(t, trusting);
    const bodies = await Promise.all(
      [1, 2, 3].map(async () => Buffer.from(await (await session.get(`${server.origin}/file`)).arrayBuffer())),
    );
    for (const body of bodies) assert.ok(body.equals(file));
  });
}

test('a body that comes right after its head is whole, however many come at once', async (t) => {
  const server = await startHttp2(t, (stream) => {
    stream.resume();
    stream.on('end', () => ok(stream));
  });
  const session = await openSession(t, { ...trusting, limit: 50, limitPerHost: 50 });
  const posts = Array.from({ length: 1500 }, (_, i) => ({
    url: server.origin,
    method: 'POST',
    body: 'x'.repeat(i * 2),
  }));
  const results = await collect(session.fetchAll(posts));
  assert.deepEqual(results.map(({ error }) => error).filter(Boolean), []);
  for (const { response } of results) assert.equal(await response.text(), 'ok');
  assert.equal(server.streams, 1500);
});

test('http2: false is not offered', async (t) => {
  const server = await startNginx(t, { identity, http2: true });
  const session = await openSession(t, { ...trusting, http2: false });
  const [{ httpVersion, status }] = await collect(session.fetchAll([server.origin]));
  assert.deepEqual([status, httpVersion], [200, '1.1']);
});

test('a server that does not speak it gets as many connections as there are requests', async (t) => {
  const server = await startHttps(t, identity, (_request, response) => setTimeout(() => response.end('ok'), 30));
  const session = await openSession(t, { ...trusting, limitPerHost: 4 });
  let most = 0;
  const results = await collect(
    session.fetchAll(
      (function* () {
        for (let i = 0; i < 20; i++) {
          most = Math.max(most, server.sockets.size);
          yield `${server.origin}/${i}`;
        }
      })(),
    ),
  );
  most = Math.max(most, server.sockets.size);
  assert.deepEqual(new Set(results.map(({ httpVersion }) => httpVersion)), new Set(['1.1']));
  assert.equal(most, 4);
});

test('limitPerHost counts streams', async (t) => {
  const server = await startHttp2(t, (stream) => setTimeout(() => ok(stream), 5));
  const session = await openSession(t, { ...trusting, limitPerHost: 7 });
  await collect(session.fetchAll(urlsOf(server.origin, 100)));
  assert.deepEqual([server.peak, server.sessions.length, server.streams], [7, 1, 100]);
});

test('no more streams than the server lets there be', async (t) => {
  const server = await startHttp2(t, (stream) => setTimeout(() => ok(stream), 5), {
    settings: { maxConcurrentStreams: 3 },
  });
  const session = await openSession(t, { ...trusting, limitPerHost: 20 });
  const results = await collect(session.fetchAll(urlsOf(server.origin, 60)));
  assert.deepEqual(new Set(results.map(({ status }) => status)), new Set([200]));
  assert.equal(server.sessions.length, 1);
  assert.ok(server.peak <= 3, `${server.peak}`);
});

test('to wait for a stream of a connection that stands is not to connect', async (t) => {
  const server = await startHttp2(t, (stream) => setTimeout(() => ok(stream), 700), {
    settings: { maxConcurrentStreams: 1 },
  });
  const session = await openSession(t, { ...trusting, retry: false, timeout: { connect: 1 } });
  const results = await collect(session.fetchAll(urlsOf(server.origin, 4)));
  assert.deepEqual(
    results.map(({ status, error }) => error?.code ?? status),
    [200, 200, 200, 200],
  );
  assert.equal(server.sessions.length, 1);
});

test('but when that is gone, connecting anew has its own time again', async (t) => {
  const server = await startHttp2(t, (stream) => server.streams === 1 && ok(stream), {
    settings: { maxConcurrentStreams: 1 },
  });
  let lookups = 0;
  const lookup = (_name, _options, callback) => {
    if (lookups++ === 0) callback(null, '127.0.0.1', 4);
  };
  const session = await openSession(t, {
    tls: { insecure: true },
    dns: { lookup, ttl: 0 },
    retry: false,
    timeout: { connect: 0.5 },
  });
  const url = server.origin.replace('127.0.0.1', 'host.test');
  await session.get(url);
  session.get(url).catch(() => {});
  const second = session.get(url).catch((error) => error);
  await sleep(1000);
  const lostAt = performance.now();
  server.sessions[0].destroy();
  assert.equal((await second).code, 'FL_ECONNECTTIMEOUT');
  assert.ok(performance.now() - lostAt > 400, 'not counted from its beginning');
});

test('headers, repeated ones too, cookies and the body reach the server; the response’s come back', async (t) => {
  let got;
  const server = await startHttp2(t, (stream, headers) => {
    const chunks = [];
    stream
      .on('data', (chunk) => chunks.push(chunk))
      .on('end', () => {
        got = { headers, body: Buffer.concat(chunks).toString() };
        stream.respond({ ':status': 201, 'x-one': ['a', 'b'], 'set-cookie': ['c=1', 'd=2'] });
        stream.end('made');
      });
  });
  const session = await openSession(t, trusting);
  const headers = [
    ['X-Some', 'Thing'],
    ['X-Some', 'more'],
  ];
  const response = await session.post(`${server.origin}/path?q=1`, { headers, json: { a: 1 } });
  assert.equal(got.headers[':path'], '/path?q=1');
  assert.equal(got.headers[':authority'], new URL(server.origin).host);
  assert.equal(got.headers['x-some'], 'Thing, more');
  assert.equal(got.headers['content-length'], '7');
  assert.equal(got.headers.host, undefined);
  assert.equal(got.body, '{"a":1}');
  assert.deepEqual([response.status, response.headers.get('x-one')], [201, 'a, b']);
  assert.deepEqual(response.headers.getSetCookie(), ['c=1', 'd=2']);
  assert.equal(await response.text(), 'made');
});

test('a large upload comes whole, as fast as the server reads it', async (t) => {
  const size = 20_000_000;
  let read = 0;
  let given = 0;
  const server = await startHttp2(t, async (stream) => {
    for await (const chunk of stream) {
      if (read === 0) await sleep(50);
      if (read === 0) assert.ok(given < size / 2, 'the source waits for the server');
      read += chunk.length;
    }
    ok(stream);
  });
  async function* source() {
    for (; given < size; given += 100_000) yield Buffer.alloc(100_000, 120);
  }
  const session = await openSession(t, trusting);
  const response = await session.post(server.origin, { body: source() });
  assert.deepEqual([response.status, read], [200, size]);
});

test('HEAD, 204 and 304 have no body', async (t) => {
  const server = await startHttp2(t, (stream, headers) => {
    const status = Number(headers[':path'].slice(1));
    stream.respond({ ':status': status, ...(status === 200 && { 'content-length': 5 }) }, { endStream: true });
  });
  const session = await openSession(t, trusting);
  assert.equal((await session.head(`${server.origin}/200`)).headers.get('content-length'), '5');
  for (const status of [204, 304]) {
    const response = await session.get(`${server.origin}/${status}`);
    assert.deepEqual([response.status, await response.text()], [status, '']);
  }
});

test('trailers end a response', async (t) => {
  const server = await startNghttpd(t, identity, { files: { file: 'content' }, args: ['--trailer', 'x-sum: 1'] });
  const session = await openSession(t, trusting);
  assert.equal(await (await session.get(`${server.origin}/file`)).text(), 'content');
  await eventually(() => server.log().includes('x-sum: 1'));
});

test('a request that is cancelled resets its stream, and the others go on', async (t) => {
  const server = await startHttp2(t, (stream, headers) => {
    if (headers[':path'] === '/hangs') return;
    setTimeout(() => ok(stream), 100);
  });
  const session = await openSession(t, trusting);
  const controller = new AbortController();
  const hangs = session.get(`${server.origin}/hangs`, { signal: controller.signal });
  const others = Promise.all(urlsOf(server.origin, 3).map((url) => session.get(url)));
  await eventually(() => server.streams === 4);
  controller.abort();
  await assert.rejects(hangs, { name: 'AbortError' });
  await eventually(() => server.resets.length === 1);
  assert.deepEqual(
    (await others).map(({ status }) => status),
    [200, 200, 200],
  );
  assert.deepEqual([server.resets, server.sessions.length], [[NGHTTP2_CANCEL], 1]);
});

test('an own Host is the authority that the server is asked for', async (t) => {
  const asked = [];
  const server = await startHttp2(t, (stream, headers) => {
    asked.push(headers[':authority'], headers.host);
    ok(stream);
  });
  const session = await openSession(t, trusting);
  await session.get(server.origin, { headers: { Host: 'other.test' } });
  assert.deepEqual(asked, ['other.test', undefined]);
});

test('a body without a length that breaks off with its connection is not taken for whole', async (t) => {
  const server = await startHttp2(t, (stream) => {
    stream.on('error', () => {}).respond();
    stream.write('half');
    setTimeout(() => stream.session.destroy(), 30);
  });
  const session = await openSession(t, { ...trusting, retry: false });
  for (const stream of [false, true]) {
    const asked = session.get(server.origin, { stream }).then((response) => response.text());
    await assert.rejects(asked, { code: 'FL_EPARTIAL' });
  }
});

test('a header that may be there once, twice: said so, and not tried again', async (t) => {
  const server = await startHttp2(t, ok);
  const session = await openSession(t, { ...trusting, retry: 2 });
  const headers = ['a/b', 'c/d'].map((value) => ['content-type', value]);
  await assert.rejects(session.get(server.origin, { headers }), (error) => {
    assert.deepEqual([error.code, server.streams], ['FL_EHEADER', 0]);
    assert.match(error.message, /"content-type" must only have a single value/);
    return true;
  });
  assert.equal((await session.get(server.origin)).status, 200);
});

test('a session that is closed as soon as its first request could not be sent', async (t) => {
  const server = await startHttp2(t, ok);
  const session = await openSession(t, trusting);
  const headers = ['1', '2'].map((value) => ['user-agent', value]);
  await assert.rejects(session.get(server.origin, { headers }), { code: 'FL_EHEADER' });
  await session.close(); // Node tells a session that it has connected, though it has been destroyed
  await new Promise(setImmediate);
});

for (const version of ['1.1', '2.0']) {
  test(`HTTP/${version}: of repeated headers, lists are joined, and a second Host is a mistake, said so at once`, async (t) => {
    const server = await startHttp2(t, () => {}, { allowHTTP1: true });
    let got;
    server.server.on('request', ({ rawHeaders, httpVersion }, response) => {
      got = rawHeaders.filter((_, i) => /^(cookie|if-none-match|x-a)$/i.test(rawHeaders[i - (i % 2)]));
      response.end(httpVersion);
    });
    const session = await openSession(t, { ...trusting, http2: version === '2.0', retry: 2 });
    const headers = { cookie: ['a=1', 'b=2'], 'x-a': ['1', '2'], 'if-none-match': ['"a"', '"b"'] };
    assert.equal(await (await session.get(server.origin, { headers })).text(), version);
    assert.deepEqual(got, ['cookie', 'a=1; b=2', 'x-a', '1', 'x-a', '2', 'if-none-match', '"a", "b"']);
    got = null;
    await assert.rejects(session.get(server.origin, { headers: { host: ['a', 'b'] } }), { code: 'FL_EHEADER' });
    assert.equal(got, null);
  });
}

test('headers with the names that objects have reach the server as they are', async (t) => {
  let got;
  const server = await startHttp2(t, (stream, headers) => {
    got = headers;
    ok(stream);
  });
  const session = await openSession(t, trusting);
  await session.get(server.origin, {
    headers: [
      ['constructor', 'y'],
      ['__proto__', 'z'],
    ],
  });
  assert.equal(got.constructor, 'y');
});

test('a slow reader slows the server down, and it alone', async (t) => {
  let sent = 0;
  const server = await startHttp2(t, (stream, headers) => {
    if (headers[':path'] !== '/large') return ok(stream);
    stream.respond({ ':status': 200 });
    const send = () => {
      sent += 65_536;
      stream.write(Buffer.alloc(65_536), (error) => error ?? send());
    };
    send();
  });
  const tls = WIRE_OPTIONS.tls(trusting.tls, 'tls');
  const connections = new Connections({ limit: 10, limitPerHost: 10 }, { tls });
  t.after(() => connections.destroy());
  const ask = (path, reader) =>
    connections.dispatch({ origin: server.origin, path, method: 'GET' }, { ...quiet, ...reader });
  let large;
  let read = 0;
  ask('/large', {
    onResponseData(controller, chunk) {
      read += chunk.length;
      if (large) return;
      large = controller;
      controller.pause();
    },
  });
  let before = -1;
  await eventually(async () => {
    before = sent;
    await sleep(100);
    return before > 0 && sent === before;
  });
  assert.ok(sent < 2_000_000, `${sent} bytes were sent to one who does not read`);
  await new Promise((resolve) => ask('/small', { onResponseEnd: resolve }));
  large.resume();
  await eventually(() => read > 4_000_000);
  large.abort(new Error('enough'));
  await eventually(() => server.resets.length === 1);
  assert.equal(server.sessions.length, 1);
});

test('a connection that has died unseen is found out, and replaced', async (t) => {
  const server = await startHttp2(t, ok);
  const relays = [];
  const relay = await startMute(t);
  relay.onConnection((socket) => {
    const beyond = net.connect(Number(new URL(server.origin).port), '127.0.0.1').on('error', () => {});
    socket.on('close', () => beyond.destroy());
    socket.pipe(beyond).pipe(socket);
    relays.push(() => beyond.unpipe(socket).resume());
  });
  const origin = relay.origin.replace('http:', 'https:');
  const session = await openSession(t, { ...trusting, timeout: { attempt: 0.3 } });
  await session.get(origin);
  relays[0](); // not a word more
  await assert.rejects(session.get(origin), { code: 'FL_EATTEMPTTIMEOUT' });
  await eventually(async () => (await session.get(origin).catch(() => null))?.status === 200);
  assert.equal(relays.length, 2);
});

test('a session closes its connections', async (t) => {
  const server = await startHttp2(t, ok);
  const session = await openSession(t, trusting);
  await session.get(server.origin);
  await session.close();
  await eventually(() => server.sessions.every(({ destroyed }) => destroyed));
});
