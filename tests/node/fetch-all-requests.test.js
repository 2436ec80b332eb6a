/** fetchAll() of requests that are more than a URL, and of streamed responses. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { startNginx } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { collect, openSession, test } from './support/test.js';

const BIG = { locations: 'location /big { }', files: { big: 'x'.repeat(1e6) } };
const nginx = await startNginx({ after }, BIG);

/** Answers with what it was asked. */
function startEcho(t) {
  return startHttp(t, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.end(JSON.stringify([request.method, request.url, body, request.headers['x-own'] ?? null]));
  });
}

const inOrder = (results) => results.sort((a, b) => a.index - b.index);

test('a request of a list has a method, headers and a body of its own', async (t) => {
  const { origin } = await startEcho(t);
  const session = await openSession(t);
  const requests = [
    `${origin}/plain`,
    { url: `${origin}/json`, method: 'post', json: { a: 1 }, data: { line: 7 } },
    { url: new URL(`${origin}/put`), method: 'PUT', body: 'text', headers: { 'x-own': 'yes' } },
    { url: `${origin}/get`, params: { page: 2 } },
  ];
  const results = inOrder(await collect(session.fetchAll(requests)));
  assert.deepEqual(await Promise.all(results.map(({ response }) => response.json())), [
    ['GET', '/plain', '', null],
    ['POST', '/json', '{"a":1}', null],
    ['PUT', '/put', 'text', 'yes'],
    ['GET', '/get?page=2', '', null],
  ]);
  assert.deepEqual(
    results.map(({ request }) => request),
    requests,
  );
  assert.deepEqual(results[1].request.data, { line: 7 });
});

test('what the second argument of fetchAll() says is for those that say nothing of it', async (t) => {
  const { origin } = await startEcho(t);
  const session = await openSession(t);
  const requests = [`${origin}/a`, { url: `${origin}/b`, method: 'PUT' }, { url: `${origin}/c`, headers: {} }];
  const init = { method: 'DELETE', headers: { 'x-own': 'all' } };
  const results = inOrder(await collect(session.fetchAll(requests, init)));
  assert.deepEqual(await Promise.all(results.map(({ response }) => response.json())), [
    ['DELETE', '/a', '', 'all'],
    ['PUT', '/b', '', 'all'],
    ['DELETE', '/c', '', null],
  ]);
});

test('a mistake in one request is its result, and the others go on', async (t) => {
  const { origin } = await startEcho(t);
  const session = await openSession(t);
  const aborted = AbortSignal.abort(new Error('no more'));
  const requests = [
    { method: 'GET' },
    { url: origin, verb: 'GET' },
    { url: origin, body: 'a GET has none' },
    { url: origin, method: 'NO SPACES' },
    { url: origin, signal: aborted },
    { url: 'gopher://example.com/' },
    { url: origin },
  ];
  const errors = inOrder(await collect(session.fetchAll(requests))).map(({ error }) => error?.message);
  assert.match(errors[0], /a request needs a url/);
  assert.match(errors[1], /unknown option verb/);
  assert.match(errors[2], /a GET has no body/);
  assert.match(errors[3], /method/);
  assert.equal(errors[4], 'no more');
  assert.match(errors[5], /only http and https/);
  assert.equal(errors[6], undefined);
  assert.equal(session.stats().inFlight, 0);
});

test('a signal in a list cancels its own request only', async (t) => {
  const server = await startHttp(t, (request, response) => request.url === '/quick' && response.end());
  const session = await openSession(t);
  const controller = new AbortController();
  const requests = [{ url: `${server.origin}/slow`, signal: controller.signal }, { url: `${server.origin}/quick` }];
  const results = [];
  for await (const result of session.fetchAll(requests)) {
    results.push(result);
    controller.abort(new Error('enough'));
  }
  assert.deepEqual(
    results.map(({ index, error }) => [index, error?.message]),
    [
      [1, undefined],
      [0, 'enough'],
    ],
  );
});

// ---- Streams

test('a streamed result comes with its headers, and says when it has ended', async (t) => {
  const session = await openSession(t);
  for await (const result of session.fetchAll([`${nginx.origin}/big`], { stream: true })) {
    assert.equal(result.status, 200);
    assert.equal(result.timing.total, null);
    assert.ok(result.timing.headers > 0);
    const { byteLength } = await result.response.arrayBuffer();
    await result.ended;
    assert.equal(result.size, byteLength);
    assert.ok(result.timing.total >= result.timing.headers);
    assert.equal(result.error, undefined);
  }
});

test('a streamed body that breaks is told by the reader and by the result', async (t) => {
  const server = await startHttp(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('three');
    setTimeout(() => response.destroy(), 20);
  });
  const session = await openSession(t, { retry: false });
  const [result] = await collect(session.fetchAll([server.origin], { stream: true }));
  await assert.rejects(result.response.text(), { code: 'FL_EPARTIAL' });
  await result.ended;
  assert.equal(result.error.code, 'FL_EPARTIAL');
  assert.equal(session.stats().inFlight, 0);
});

test('streamed results that nobody has read yet hold no more than the places', async (t) => {
  const session = await openSession(t, { limit: 3 });
  const urls = Array.from({ length: 12 }, (_, i) => `${nginx.origin}/big?${i}`);
  const ended = [];
  for await (const result of session.fetchAll(urls, { stream: true })) {
    assert.ok(session.stats().inFlight <= 3);
    await result.response.arrayBuffer();
    ended.push(result.index);
  }
  assert.equal(ended.length, 12);
});

test('leaving a list of streams ends the bodies that are being read', async (t) => {
  const server = await startHttp(t, (_, response) => response.writeHead(200).write('begun'));
  const session = await openSession(t);
  let reading;
  for await (const result of session.fetchAll([server.origin], { stream: true })) {
    reading = { text: result.response.text(), ended: result.ended };
    break;
  }
  await assert.rejects(reading.text, { name: 'AbortError' });
  await reading.ended;
  assert.equal(session.stats().inFlight, 0);
});

test('map() with streams waits for what its function reads, and cancels what it leaves', async (t) => {
  const session = await openSession(t, { limit: 2 });
  const urls = [0, 1, 2, 3].map((i) => `${nginx.origin}/big?${i}`);
  const read = (response, { index }) => (index % 2 ? response.arrayBuffer().then((body) => body.byteLength) : 'left');
  const results = inOrder(await collect(session.map(urls, read, { stream: true })));
  assert.deepEqual(
    results.map(({ value, error }) => [typeof value, error]),
    [
      ['string', undefined],
      ['number', undefined],
      ['string', undefined],
      ['number', undefined],
    ],
  );
  assert.equal(results[1].size, results[1].value);
  assert.equal(session.stats().inFlight, 0);
});

for (const [name, read] of [
  ['a reader, and nothing read', (response) => response.body.getReader()],
  ['the first chunk', (response) => response.body.getReader().read()],
  ['four bytes', (response) => response.body.getReader({ mode: 'byob' }).read(new Uint8Array(4))],
]) {
  test(`map() with streams gives up what its function leaves of a body: ${name}`, { timeout: 10_000 }, async (t) => {
    const session = await openSession(t, { limit: 2 });
    const urls = Array(6).fill(`${nginx.origin}/big`);
    const readOrThrow = async (response, { index }) => {
      await read(response);
      if (index === 3) throw new Error('three');
      return 'well';
    };
    const results = inOrder(await collect(session.map(urls, readOrThrow, { stream: true })));
    assert.deepEqual(
      results.map(({ value, error }) => value ?? error.message),
      ['well', 'well', 'well', 'three', 'well', 'well'],
    );
    assert.equal(session.stats().inFlight, 0);
  });
}

// ---- Bodies that nobody wants

test('discardBodies: sizes are told and bodies are empty, but for streams', async (t) => {
  const session = await openSession(t, { discardBodies: true, bodyMax: 2e6 });
  const url = `${nginx.origin}/big`;
  for (const stream of [false, true]) {
    for await (const result of session.fetchAll([url], stream ? { stream } : {})) {
      const { byteLength } = await result.response.arrayBuffer();
      await result.ended;
      assert.deepEqual([result.size, byteLength], [1e6, stream ? 1e6 : 0]);
    }
  }
  assert.equal((await (await session.get(url)).text()).length, 0);
  const small = await openSession(t, { discardBodies: true, bodyMax: 999_999 });
  await assert.rejects(small.get(url), { code: 'FL_ETOOBIG' });
});

test('a request whose own signal aborted for no reason ends as cancelled', async (t) => {
  const session = await openSession(t);
  const [{ error, url }] = await collect(
    session.fetchAll([{ url: 'http://127.0.0.1:1/', signal: AbortSignal.abort(null) }]),
  );
  assert.deepEqual([error?.code, url], ['FL_ECANCELLED', 'http://127.0.0.1:1/']);
});

test('json that is its own iterator is sent as it is alone', async (t) => {
  const server = await startEcho(t);
  const session = await openSession(t);
  const json = () => Object.assign([1, 2][Symbol.iterator](), { toJSON: () => 'whole' });
  const [{ response }] = await collect(session.fetchAll([server.origin], { method: 'POST', json: json() }));
  const alone = await session.post(server.origin, { json: json() });
  assert.deepEqual(await response.json(), await alone.json());
});
