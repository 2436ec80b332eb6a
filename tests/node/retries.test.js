/** What is tried again, when, and what never is: the session against servers that fail in chosen ways. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { startHttp, startRaw } from './support/odd-servers.js';
import { openSession, test } from './support/test.js';

const FAST = { backoff: 0.01, backoffMax: 0.05 };

/** Answers by `answers[n]`, the last for all that follow; counts what comes. */
async function startScripted(t, answers) {
  const asked = [];
  const server = await startHttp(t, (request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push({ method: request.method, url: request.url, headers: request.headers, at: performance.now() });
    request.resume().on('end', () => answer(response, request));
  });
  return { ...server, asked };
}

const status =
  (code, headers = {}) =>
  (response) =>
    response.writeHead(code, headers).end(`${code}`);
const reset = (response) => response.socket.resetAndDestroy();

for (const code of [408, 425, 429, 500, 502, 503, 504]) {
  test(`a ${code} is tried again`, async (t) => {
    const server = await startScripted(t, [status(code), status(200)]);
    const session = await openSession(t, { retry: FAST });
    assert.equal((await session.get(server.origin)).status, 200);
    assert.equal(server.asked.length, 2);
  });
}

for (const code of [400, 401, 404, 501, 505]) {
  test(`a ${code} is not tried again`, async (t) => {
    const server = await startScripted(t, [status(code), status(200)]);
    const session = await openSession(t, { retry: FAST });
    assert.equal((await session.get(server.origin)).status, code);
    assert.equal(server.asked.length, 1);
  });
}

test('a reset is tried again, twice; then it is an error', async (t) => {
  const server = await startScripted(t, [reset]);
  const session = await openSession(t, { retry: FAST });
  await assert.rejects(session.get(server.origin), { code: 'FL_ENETWORK' });
  assert.equal(server.asked.length, 3);
});

for (const retry of [false, 0, { limit: 0 }]) {
  test(`retry: ${JSON.stringify(retry)}: nothing is tried again`, async (t) => {
    const server = await startScripted(t, [status(503), status(200)]);
    const session = await openSession(t, { retry });
    assert.equal((await session.get(server.origin)).status, 503);
    assert.equal(server.asked.length, 1);
  });
}

for (const method of ['PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
  test(`${method} may be made twice, so it is`, async (t) => {
    const server = await startScripted(t, [status(503), status(204)]);
    const session = await openSession(t, { retry: FAST });
    assert.equal((await session.request(method, server.origin)).status, 204);
  });
}

for (const method of ['POST', 'PATCH']) {
  test(`${method} is never made twice by itself`, async (t) => {
    const server = await startScripted(t, [reset, status(200)]);
    const session = await openSession(t, { retry: FAST });
    await assert.rejects(session.request(method, server.origin, { body: 'x' }), { code: 'FL_ENETWORK' });
    assert.equal(server.asked.length, 1);
  });
}

test('retry.methods: POST is made twice when the caller says so, with its body', async (t) => {
  const bodies = [];
  const server = await startHttp(t, (request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(bodies.length === 1 ? 503 : 201).end();
    });
  });
  const session = await openSession(t, { retry: { ...FAST, methods: ['POST'] } });
  assert.equal((await session.post(server.origin, { json: [1] })).status, 201);
  assert.deepEqual(bodies, ['[1]', '[1]']);
});

test('a body that can be read only once is not sent twice', async (t) => {
  const server = await startScripted(t, [status(503), status(200)]);
  const session = await openSession(t, { retry: FAST });
  async function* once() {
    yield 'a';
    yield 'b';
  }
  assert.equal((await session.put(server.origin, { body: once() })).status, 503);
  assert.equal(server.asked.length, 1);
});

for (const limit of [Infinity, 0xffffffff]) {
  test(`retry.limit: ${limit}: until it is well`, async (t) => {
    const server = await startScripted(t, [...Array(5).fill(status(503)), status(200)]);
    const session = await openSession(t, { retry: { ...FAST, limit } });
    assert.equal((await session.get(server.origin)).status, 200);
    assert.equal(server.asked.length, 6);
    const other = await openSession(t, { retry: false });
    server.asked.length = 0;
    assert.equal((await other.get(server.origin, { retry: { ...FAST, limit } })).status, 200);
    assert.equal(server.asked.length, 6);
  });
}

test('a request may say for itself what is tried again, and how soon', async (t) => {
  const server = await startScripted(t, [status(404), status(404), status(200)]);
  const session = await openSession(t, { retry: { backoff: 60 } });
  const retry = { statuses: [404], backoff: 0.01 };
  assert.equal((await session.get(server.origin, { retry })).status, 200);
  server.asked.length = 0;
  const { value: result } = await session.fetchAll([{ url: server.origin, retry }]).next();
  assert.deepEqual([result.status, result.retries], [200, 2]);
  server.asked.length = 0;
  assert.equal((await session.get(server.origin)).status, 404);
  await assert.rejects(session.get(server.origin, { retry: { budget: 1 } }), {
    message: /^unknown option retry.budget: there are limit, methods, statuses, backoff, backoffMax$/,
  });
});

test('retry.statuses of none: no status is tried again, a reset is', async (t) => {
  const server = await startScripted(t, [reset, status(503), status(200)]);
  const session = await openSession(t, { retry: { ...FAST, statuses: [] } });
  assert.equal((await session.get(server.origin)).status, 503);
  assert.equal(server.asked.length, 2);
});

test('retry.statuses: these and no others', async (t) => {
  const server = await startScripted(t, [status(418), status(503)]);
  const session = await openSession(t, { retry: { ...FAST, statuses: [418] } });
  assert.equal((await session.get(server.origin)).status, 503);
  assert.equal(server.asked.length, 2);
});

test('Retry-After in seconds is never undercut', async (t) => {
  const server = await startScripted(t, [status(503, { 'retry-after': '1' }), status(200)]);
  const session = await openSession(t, { retry: FAST });
  await session.get(server.origin);
  assert.ok(server.asked[1].at - server.asked[0].at >= 999);
});

test("Retry-After as a date counts on the server's clock", async (t) => {
  const dates = (ms) => new Date(Date.UTC(2001, 1, 3, 4, 5, 0) + ms).toUTCString();
  const server = await startScripted(t, [status(429, { date: dates(0), 'retry-after': dates(1000) }), status(200)]);
  const session = await openSession(t, { retry: FAST });
  await session.get(server.origin);
  const waited = server.asked[1].at - server.asked[0].at;
  assert.ok(waited >= 999 && waited < 5000);
});

test('Retry-After beyond retryAfterMax: the response is given, and the host left alone; others are asked', async (t) => {
  const server = await startScripted(t, [status(429, { 'retry-after': '3600' }), status(200)]);
  const other = await startScripted(t, [status(200)]);
  const session = await openSession(t, { retry: FAST });
  assert.equal((await session.get(server.origin)).status, 429);
  await assert.rejects(session.get(server.origin), { code: 'FL_EPARKED' });
  assert.equal(server.asked.length, 1);
  assert.equal((await session.get(other.origin)).status, 200);
});

test('a host that says 429 with Retry-After is parked, also for those that wait; the others go on', async (t) => {
  const server = await startScripted(t, [status(429, { 'retry-after': '1' }), status(200)]);
  const other = await startScripted(t, [status(200)]);
  const session = await openSession(t, { limitPerHost: 1, retry: FAST });
  const parked = [0, 1, 2].map((i) => session.get(`${server.origin}/${i}`));
  const begun = performance.now();
  for (let i = 0; i < 5; i++) await session.get(other.origin);
  assert.ok(performance.now() - begun < 900, 'the others did not wait');
  const statuses = (await Promise.all(parked)).map((response) => response.status);
  assert.deepEqual(statuses, [200, 200, 200]);
  for (const { at } of server.asked.slice(1)) assert.ok(at - server.asked[0].at >= 999);
  assert.equal(server.asked[1].url, '/0', 'it goes first that came first');
});

test('429s that say when to come back are waited for beyond the retry limit', async (t) => {
  const wait = status(429, { 'retry-after': '1' });
  const server = await startScripted(t, [wait, wait, wait, status(200)]);
  const session = await openSession(t, { retry: { ...FAST, limit: 1 } });
  assert.equal((await session.get(server.origin)).status, 200);
});

for (const none of ['0', '0.0', 'Thu, 01 Jan 1970 00:00:00 GMT']) {
  test(`Retry-After: ${none} asks for no wait, so a retry after it counts, and backs off`, async (t) => {
    const server = await startScripted(t, [status(503, { 'retry-after': none })]);
    const session = await openSession(t, { retry: { ...FAST, limit: 2 } });
    assert.equal((await session.get(server.origin)).status, 503);
    assert.equal(server.asked.length, 3);
  });
}

test('a retry budget: a host that is down is not asked three times as often', async (t) => {
  const server = await startScripted(t, [status(500)]);
  const session = await openSession(t, { retry: { ...FAST, budget: 5 }, limitPerHost: 4 });
  await Promise.all(Array.from({ length: 100 }, () => session.get(server.origin)));
  const retries = server.asked.length - 100;
  assert.ok(retries >= 5 && retries <= 5 + 20, `${retries} retries: 5 on credit, and one for each five requests`);
});

test('a kept connection that the server closed just then costs no retry', async (t) => {
  let requests = 0;
  const server = await startRaw(t, (socket) => {
    requests++;
    if (requests === 2)
      socket.destroy(); // it came on a connection that had been idle
    else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
  const session = await openSession(t, { retry: false, limitPerHost: 1 });
  await session.get(server.origin);
  assert.equal((await session.get(server.origin)).status, 200);
  assert.equal(requests, 3);
});

/** Serves `content` with ranges; the first `breaks` responses end half way. */
async function startBreaking(t, content, { breaks = 1, etag = () => '"one"', headers = {}, ranges = true } = {}) {
  const sent = { bytes: 0, ranges: [] };
  let responses = 0;
  const server = await startHttp(t, (request, response) => {
    const tag = etag(responses);
    const range =
      ranges && request.headers['if-range'] === tag ? /^bytes=(\d+)-$/.exec(request.headers.range ?? '') : null;
    const from = range ? Number(range[1]) : 0;
    sent.ranges.push(request.headers.range ?? null);
    const rest = content.subarray(from);
    const half = responses++ < breaks ? Math.ceil(rest.length / 2) : rest.length;
    response.writeHead(range ? 206 : 200, {
      ...headers,
      ...(tag && { etag: tag }),
      'content-length': rest.length,
      ...(range && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    response.write(rest.subarray(0, half), () => {
      sent.bytes += half;
      if (half < rest.length) setTimeout(() => response.destroy(), 30);
      else response.end();
    });
  });
  return { ...server, sent };
}

const CONTENT = randomBytes(200_000);
const digest = (bytes) => createHash('sha256').update(new Uint8Array(bytes)).digest('hex');

test('a download that breaks goes on where it did, with Range and If-Range', async (t) => {
  const server = await startBreaking(t, CONTENT, { breaks: 2 });
  const session = await openSession(t, { retry: FAST });
  const response = await session.get(server.origin);
  assert.equal(digest(await response.arrayBuffer()), digest(CONTENT));
  assert.deepEqual(server.sent.ranges, [null, 'bytes=100000-', 'bytes=150000-']);
  assert.equal(server.sent.bytes, CONTENT.length);
  assertWhole(response);
});

/** The parts are one response. */
function assertWhole({ status, statusText, headers }) {
  assert.deepEqual([status, statusText, headers.get('content-range')], [200, 'OK', null]);
  assert.equal(headers.get('content-length'), String(CONTENT.length));
}

test('a download that broke is the 200 that it began as: in lists and traces', async (t) => {
  const server = await startBreaking(t, CONTENT, { breaks: 2 });
  const told = [];
  const trace = ({ step, status, response }) => step === 'headers' && told.push([status, response.status]);
  const session = await openSession(t, { retry: FAST, trace });
  for await (const { status, response } of session.fetchAll([server.origin])) {
    assert.equal(status, 200);
    assertWhole(response);
    assertWhole(response.clone());
  }
  assert.deepEqual(told, [
    [200, 200],
    [206, 206],
    [206, 206],
  ]);
});

test('a download whose ETag has changed meanwhile starts anew', async (t) => {
  const server = await startBreaking(t, CONTENT, { etag: (n) => (n === 0 ? '"one"' : '"two"') });
  const session = await openSession(t, { retry: FAST });
  assert.equal(digest(await (await session.get(server.origin)).arrayBuffer()), digest(CONTENT));
  assert.equal(server.sent.bytes, CONTENT.length * 1.5);
});

for (const [what, options] of [
  ['a weak ETag', { etag: () => 'W/"one"' }],
  ['no validator', { etag: () => null }],
  ['Accept-Ranges: none', { headers: { 'accept-ranges': 'none' } }],
]) {
  test(`a download that breaks with ${what} starts anew`, async (t) => {
    const server = await startBreaking(t, CONTENT, options);
    const session = await openSession(t, { retry: FAST });
    assert.equal(digest(await (await session.get(server.origin)).arrayBuffer()), digest(CONTENT));
    assert.deepEqual(server.sent.ranges, [null, null]);
  });
}

test('a redirect is followed once it may be: only the hop that failed is tried again', async (t) => {
  const asked = [];
  const server = await startHttp(t, (request, response) => {
    asked.push(request.url);
    if (request.url === '/from') response.writeHead(302, { location: '/to' }).end();
    else response.writeHead(asked.length === 2 ? 503 : 200).end();
  });
  const session = await openSession(t, { retry: FAST });
  assert.equal((await session.get(`${server.origin}/from`)).status, 200);
  assert.deepEqual(asked, ['/from', '/to', '/to']);
});

test('Retry-After on a redirect is waited for', async (t) => {
  const times = [];
  const server = await startHttp(t, (request, response) => {
    times.push(performance.now());
    if (request.url === '/from') response.writeHead(302, { location: '/to', 'retry-after': '1' }).end();
    else response.end();
  });
  const session = await openSession(t);
  await session.get(`${server.origin}/from`);
  assert.ok(times[1] - times[0] >= 999);
});

test('a resumed download that gets less than the rest is not taken for whole', async (t) => {
  let asked = 0;
  const server = await startHttp(t, (_request, response) => {
    if (asked++ === 0) {
      response.writeHead(200, { etag: '"1"', 'content-length': 10 }).write('01234');
      setTimeout(() => response.destroy(), 20);
    } else {
      response.writeHead(206, { etag: '"1"', 'content-range': 'bytes 5-7/10', 'content-length': 3 }).end('567');
    }
  });
  const session = await openSession(t, { retry: FAST });
  const { body } = await session.get(server.origin, { stream: true });
  await assert.rejects(new Response(body).text(), { code: 'FL_ERANGE' });
});
