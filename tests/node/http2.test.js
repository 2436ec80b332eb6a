/** HTTP/2: nghttpd and nginx as they are, and servers of our own that do what they would not. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { Connections } from '../../node/connections.js';
import { WIRE_OPTIONS } from '../../node/wire-options.js';
import { startNghttpd } from './support/nghttpd.js';
import { startNginx } from './support/nginx.js';
import { startHttps, startMute } from './support/odd-servers.js';
import { makePki } from './support/pki.js';
import { collect, eventually, openSession, test, urlsOf } from './support/test.js';

const {
  NGHTTP2_CANCEL,
  NGHTTP2_ENHANCE_YOUR_CALM,
  NGHTTP2_HTTP_1_1_REQUIRED,
  NGHTTP2_NO_ERROR,
  NGHTTP2_REFUSED_STREAM,
} = http2.constants;

const pki = makePki({ after });
const identity = pki.issue('loopback', 'IP:127.0.0.1');
const trusting = { tls: { ca: pki.ca.cert }, retry: 0 };

/**
 * `answer` gets each stream; `sessions` are the connections, `streams` counts.
 * @param {import('node:test').TestContext} t
 * @param {(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void} answer
 */
async function startHttp2(t, answer, options) {
  const server = http2.createSecureServer({ ...identity, ...options });
  const counts = { sessions: [], streams: 0, now: 0, peak: 0, resets: [] };
  server.on('session', (session) => {
    counts.sessions.push(session);
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    counts.streams++;
    counts.peak = Math.max(counts.peak, ++counts.now);
    stream.on('error', () => {});
    stream.on('close', () => {
      counts.now--;
      if (stream.rstCode !== NGHTTP2_NO_ERROR) counts.resets.push(stream.rstCode);
    });
    answer(stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const session of counts.sessions) session.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return Object.assign(counts, { server, origin: `https://127.0.0.1:${server.address().port}` });
}

const quiet = {
  onRequestStart() {},
  onResponseStart() {},
  onResponseData() {},
  onResponseEnd() {},
  onResponseError() {},
};

const ok = (stream) => {
  stream.respond({ ':status': 200 });
  stream.end('ok');
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

test('a stream that the server refuses goes out again, whatever its method', async (t) => {
  const methods = [];
  const server = await startHttp2(t, (stream, headers) => {
    methods.push(headers[':method']);
    if (methods.length === 1) stream.close(NGHTTP2_REFUSED_STREAM);
    else ok(stream);
  });
  const session = await openSession(t, trusting);
  const response = await session.post(server.origin, { body: 'once' });
  assert.deepEqual([response.status, methods], [200, ['POST', 'POST']]);
});

for (const [what, init, ends] of [
  ['a Blob', () => ({ body: new Blob(['once']) }), 200],
  ['multipart', () => ({ multipart: [{ name: 'a', value: 'once' }] }), 200],
  ['a function', () => ({ body: () => ['once'] }), 200],
  ['a stream, which can be read once', () => ({ body: new Blob(['once']).stream() }), 'FL_EREPLAY'],
]) {
  test(`a stream with ${what} that the server refuses: ${ends}`, async (t) => {
    const bodies = [];
    const server = await startHttp2(t, async (stream) => {
      if (server.streams === 1) return stream.close(NGHTTP2_REFUSED_STREAM);
      bodies.push((await stream.setEncoding('utf8').toArray()).join(''));
      ok(stream);
    });
    const session = await openSession(t, trusting);
    const ended = await session.post(server.origin, init()).then(
      ({ status }) => status,
      ({ code }) => code,
    );
    assert.deepEqual([ended, bodies.length], [ends, ends === 200 ? 1 : 0]);
    for (const body of bodies) assert.match(body, /once/);
  });
}

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

test('a server that refuses everything is not asked without end', async (t) => {
  const server = await startHttp2(t, (stream) => stream.close(NGHTTP2_REFUSED_STREAM));
  const session = await openSession(t, trusting);
  await assert.rejects(session.get(server.origin), { code: 'FL_ENETWORK' });
  // By the wire twice; and twice by C, for a connection that was used before may have been closed since.
  assert.equal(server.streams, 4);
});

test('a server that has had enough is not asked again at once', async (t) => {
  const server = await startHttp2(t, (stream) => stream.session.goaway(NGHTTP2_ENHANCE_YOUR_CALM, 0));
  const session = await openSession(t, { ...trusting, retry: { limit: 2, backoff: 0.2 } });
  await assert.rejects(session.get(server.origin), { code: 'FL_ENETWORK' });
  assert.equal(server.sessions.length, 3, 'by C, which waits between');
});

test('a stream that is reset because the server has no time is tried again', async (t) => {
  const server = await startHttp2(t, (stream) =>
    server.streams === 1 ? stream.close(NGHTTP2_ENHANCE_YOUR_CALM) : ok(stream),
  );
  const session = await openSession(t, { ...trusting, retry: { limit: 1, backoff: 0.01 } });
  assert.equal((await session.get(server.origin)).status, 200);
  assert.equal(server.streams, 2);
});

for (const [how, refuse] of [
  ['to a request', (stream) => stream.close(NGHTTP2_HTTP_1_1_REQUIRED)],
  ['to a connection', (stream) => stream.session.goaway(NGHTTP2_HTTP_1_1_REQUIRED, 0)],
]) {
  test(`a server that says ${how} that it wants HTTP/1.1 gets that, whatever the method`, async (t) => {
    const server = await startHttp2(t, refuse, { allowHTTP1: true });
    server.server.on('request', ({ httpVersion, method }, response) => {
      if (httpVersion === '1.1') response.end(`${method} ${httpVersion}`);
    });
    const session = await openSession(t, { ...trusting, retry: false });
    for (let i = 0; i < 2; i++) {
      const response = await session.post(server.origin, { body: 'x' });
      assert.equal(await response.text(), 'POST 1.1');
    }
    assert.deepEqual([server.sessions.length, server.streams], [1, 1]);
  });
}

test('GOAWAY: what the server still answers is waited for; what comes later goes over another connection', async (t) => {
  const server = await startHttp2(t, (stream) => {
    if (server.streams === 2) stream.session.goaway(NGHTTP2_NO_ERROR, stream.id);
    setTimeout(() => ok(stream), 50);
  });
  const session = await openSession(t, trusting);
  const first = [1, 2].map((i) => session.post(`${server.origin}/${i}`, { body: 'x' }));
  await eventually(() => server.streams === 2);
  await sleep(10);
  const later = session.post(`${server.origin}/3`, { body: 'x' });
  const responses = await Promise.all([...first, later]);
  assert.deepEqual(
    responses.map(({ status }) => status),
    [200, 200, 200],
  );
  assert.deepEqual([server.sessions.length, server.streams], [2, 3]);
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

test('GOAWAY of a server that then leaves the connection open: it is closed here, and holds up no close()', async (t) => {
  const server = await startHttp2(t, (stream) => {
    stream.respond();
    stream.end('last');
    stream.session.goaway(NGHTTP2_NO_ERROR, stream.id);
  });
  const session = await openSession(t, trusting);
  for (let i = 0; i < 3; i++) assert.equal(await (await session.get(server.origin)).text(), 'last');
  await session.close();
});

test('GOAWAY: what the server has not looked at goes out again, whatever its method', async (t) => {
  const server = await startHttp2(t, (stream) => {
    if (server.sessions.length > 1) return ok(stream);
    if (server.streams < 3) return;
    // It has looked at one of three.
    stream.session.goaway(NGHTTP2_NO_ERROR, 1);
    for (const one of streams) if (one.id === 1) ok(one);
  });
  const streams = [];
  const session = await openSession(t, trusting);
  const seen = new Set();
  server.sessions.push = function (one) {
    one.on('stream', (stream) => streams.push(stream));
    seen.add(one);
    return Array.prototype.push.call(this, one);
  };
  const responses = await Promise.all([1, 2, 3].map((i) => session.post(`${server.origin}/${i}`, { body: 'x' })));
  assert.deepEqual(
    responses.map(({ status }) => status),
    [200, 200, 200],
  );
  assert.deepEqual([seen.size, server.streams], [2, 5]);
});

test('GOAWAY with an error ends what the server may have looked at', async (t) => {
  const server = await startHttp2(t, (stream) => stream.session.goaway(NGHTTP2_ENHANCE_YOUR_CALM, stream.id));
  const session = await openSession(t, trusting);
  await assert.rejects(session.post(server.origin, { body: 'x' }), { code: 'FL_ENETWORK' });
  assert.equal(server.streams, 1, 'a POST is not made twice');
});

test('nginx closes a connection after a number of requests: none is lost', async (t) => {
  const server = await startNginx(t, { identity, http2: true, http: '', locations: 'keepalive_requests 2;' });
  const session = await openSession(t, { ...trusting, limitPerHost: 50 });
  const results = await collect(session.fetchAll(urlsOf(server.origin, 300)));
  assert.deepEqual(
    results.filter(({ error }) => error).map(({ error }) => error.message),
    [],
  );
  assert.equal((await server.requests()).length, 300, 'each came once');
});

test('nor one that has a body', async (t) => {
  const locations =
    'keepalive_requests 7; location /in { proxy_pass http://127.0.0.1:1; error_page 502 =200 /empty; } location /empty { return 200; }';
  const server = await startNginx(t, { identity, http2: true, http: '', locations });
  const session = await openSession(t, { ...trusting, limitPerHost: 50 });
  const items = urlsOf(`${server.origin}/in`, 300).map((url) => ({
    url,
    method: 'POST',
    body: new Blob(['x'.repeat(1000)]),
  }));
  const results = await collect(session.fetchAll(items));
  assert.deepEqual(
    results.filter(({ error, status }) => error || status !== 200).map(({ error, status }) => error?.message ?? status),
    [],
  );
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

/** A server of frames: what it answers to the first request. */
async function startFrames(t, ...frames) {
  const sockets = new Set();
  const server = tls.createServer({ ...identity, ALPNProtocols: ['h2'] }, (socket) => {
    sockets.add(socket.on('error', () => {}));
    let bytes = Buffer.alloc(0);
    let at = PREFACE_BYTES;
    socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= at + 9) {
        if (bytes[at + 3] === HEADERS) for (const one of frames) socket.write(one);
        at += 9 + bytes.readUIntBE(at, 3);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `https://127.0.0.1:${server.address().port}`;
}

const PREFACE_BYTES = 24;
const [DATA, HEADERS, RST_STREAM, SETTINGS] = [0, 1, 3, 4];
const [END_STREAM, END_HEADERS] = [1, 4];
const STATUS_200 = Buffer.from([0x88]);
const contentLength = (text) => Buffer.concat([Buffer.from([0x0f, 0x0d, text.length]), Buffer.from(text)]);

function frame(type, flags, stream, payload) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.set([type, flags], 3);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function reset(code) {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(RST_STREAM, 0, 1, payload);
}

for (const [what, lengths, accepted] of [
  ['two Content-Lengths are refused (undici CVE-2026-1525), over HTTP/2 too', ['2', '3']],
  ['two Content-Lengths are refused even where they agree', ['2', '2']],
  ['a body that is longer than its Content-Length is refused', ['1']],
  ['a body that is shorter than its Content-Length is refused', ['3']],
  ['a body that is just as long is not', ['2'], true],
]) {
  test(what, async (t) => {
    const block = Buffer.concat([STATUS_200, ...lengths.map(contentLength)]);
    const origin = await startFrames(
      t,
      frame(HEADERS, END_HEADERS, 1, block),
      frame(DATA, END_STREAM, 1, Buffer.from('hi')),
    );
    const session = await openSession(t, trusting);
    if (accepted) assert.equal(await (await session.get(origin)).text(), 'hi');
    else await assert.rejects(session.get(origin), ({ code }) => /^FL_E(PARTIAL|RESPONSE|NETWORK)$/.test(code));
  });
}

for (const [what, ends, ...frames] of [
  [
    'a response that is reset with NO_ERROR is not whole',
    'FL_EPARTIAL',
    frame(DATA, 0, 1, Buffer.from('hi')),
    reset(NGHTTP2_NO_ERROR),
  ],
  ['nor is one that is so reset before its body', 'FL_EPARTIAL', reset(NGHTTP2_NO_ERROR)],
  [
    'one that has ended is, whatever is said of its stream then',
    'hi',
    frame(DATA, END_STREAM, 1, Buffer.from('hi')),
    reset(NGHTTP2_CANCEL),
  ],
]) {
  test(what, async (t) => {
    const origin = await startFrames(t, frame(HEADERS, END_HEADERS, 1, STATUS_200), ...frames);
    for (const stream of [false, true]) {
      const session = await openSession(t, { ...trusting, retry: false }); // the frames are a first stream's
      const asked = session.get(origin, { stream }).then((response) => response.text());
      assert.equal(await asked.catch(({ code }) => code), ends);
    }
  });
}

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
