/** HTTP/2: what a server refuses, or goes away from (REFUSED_STREAM, GOAWAY), and what becomes of it. */
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { identity, ok, startHttp2, trusting } from './support/http2.js';
import { startNginx } from './support/nginx.js';
import { collect, eventually, openSession, test, urlsOf } from './support/test.js';

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_HTTP_1_1_REQUIRED, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } =
  http2.constants;

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

test('a server that refuses everything is not asked without end', async (t) => {
  const server = await startHttp2(t, (stream) => stream.close(NGHTTP2_REFUSED_STREAM));
  const session = await openSession(t, trusting);
  await assert.rejects(session.get(server.origin), { code: 'FL_ENETWORK' });
  // By the wire twice; and twice by C, for a connection that was used before may have been closed since.
  assert.equal(server.streams, 4);
});

test('a server that takes few streams at once, and goes away after some, answers all', async (t) => {
  const answered = new Map();
  const server = await startHttp2(
    t,
    (stream) => {
      const { session } = stream;
      answered.set(session, (answered.get(session) ?? 0) + 1);
      if (answered.get(session) === 20) session.close();
      stream.resume();
      stream.on('end', () => ok(stream));
    },
    { settings: { maxConcurrentStreams: 5 } },
  );
  const session = await openSession(t, { ...trusting, limit: 50, limitPerHost: 50 });
  const results = await collect(session.fetchAll(Array(300).fill({ url: server.origin, method: 'POST', body: 'x' })));
  assert.deepEqual(results.map(({ error }) => error).filter(Boolean), []);
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

test('GOAWAY of a server that then leaves the connection open: it is closed here, and holds up no close()', async (t) => {
  const server = await startHttp2(t, (stream) => {
    stream.respond();
    stream.end('last');
    stream.session.goaway(NGHTTP2_NO_ERROR, stream.id);
  });
  const session = await openSession(t, trusting);
  for (let i = 0; i < 3; i++) assert.equal(await (await session.get(server.origin)).text(), 'last');
  const sockets = () => process.getActiveResourcesInfo().filter((what) => what === 'TCPSocketWrap').length;
  await eventually(() => sockets() === server.sessions.length); // their own ends are left
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
