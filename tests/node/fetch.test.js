/** session.fetch(): fetch()'s signature and errors, for libraries that are given one. */
import assert from 'node:assert/strict';
import ky from 'ky';
import createClient from 'openapi-fetch';
import { freePort } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { eventually, openSession, test } from './support/test.js';

/** Answers with what came, as JSON; /fail?n=… with 503 until it has been asked so often. */
async function startEcho(t) {
  const asked = new Map();
  return startHttp(t, async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://any');
    const body = Buffer.concat(await request.toArray()).toString();
    const count = (asked.get(request.url) ?? 0) + 1;
    asked.set(request.url, count);
    if (pathname === '/fail' && count <= Number(searchParams.get('n'))) return response.writeHead(503).end();
    if (pathname === '/away') return response.writeHead(302, { location: '/there' }).end('moved');
    if (pathname === '/mute') return undefined;
    if (pathname === '/is') return response.writeHead(Number(searchParams.get('status')), { location: '/there' }).end();
    const { method, url, headers } = request;
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify({ method, url, headers, body, count }));
  });
}

const RETRY = { backoff: 0.001 };

test('it takes what fetch() takes: a URL with options, a Request, a Request with options', async (t) => {
  const server = await startEcho(t);
  const { fetch } = await openSession(t); // it needs no `this`
  const init = { method: 'POST', body: 'hi', headers: { 'x-a': 'b' } };
  for (const ask of [
    () => fetch(`${server.origin}/p`, init),
    () => fetch(new URL('/p', server.origin), init),
    () => fetch(new Request(`${server.origin}/p`, init)),
    () => fetch(new Request(`${server.origin}/p`), init),
  ]) {
    const { method, url, headers, body } = await (await ask()).json();
    assert.deepEqual([method, url, headers['x-a'], body, headers['content-length']], ['POST', '/p', 'b', 'hi', '2']);
  }
});

test('white space around a URL is none of it', async (t) => {
  const server = await startEcho(t);
  const { fetch } = await openSession(t);
  assert.equal((await (await fetch(`\n ${server.origin}/p\t `)).json()).url, '/p');
});

test('a space in a URL, or another character that it may not have, is percent-encoded', async (t) => {
  const server = await startEcho(t);
  const { fetch } = await openSession(t);
  assert.equal((await (await fetch(`${server.origin}/a b?c="d"`)).json()).url, '/a%20b?c=%22d%22');
  await assert.rejects(fetch('http://[abc]/'), { name: 'TypeError', message: 'fetch failed' });
});

test('headers of the connection are dropped without a word', async (t) => {
  const server = await startEcho(t);
  const { fetch } = await openSession(t);
  const dropped = {
    connection: 'close',
    'content-length': '3',
    te: 'trailers',
    expect: 'x',
    'proxy-authorization': 'x',
  };
  const init = { method: 'POST', body: 'hello', headers: { ...dropped, 'x-own': 'kept' } };
  const { headers, body } = await (await fetch(server.origin, init)).json();
  assert.deepEqual([body, headers['content-length'], headers['x-own']], ['hello', '5', 'kept']);
  for (const name of ['te', 'expect', 'proxy-authorization']) assert.equal(headers[name], undefined);
  assert.notEqual(headers.connection, 'close');
});

test('a Request of a form is sent with its boundary, as of a file', async (t) => {
  const server = await startEcho(t);
  const { fetch } = await openSession(t);
  const form = new FormData();
  form.append('file', new Blob(['content']), 'a.txt');
  const { headers, body } = await (await fetch(new Request(server.origin, { method: 'POST', body: form }))).json();
  const [, boundary] = /^multipart\/form-data; boundary=(.+)$/.exec(headers['content-type']);
  assert.ok(body.startsWith(`--${boundary}\r\n`) && body.includes('filename="a.txt"') && body.includes('content'));
});

test('it fails as fetch() does: a TypeError, whose cause tells why', async (t) => {
  const session = await openSession(t, { retry: false });
  await assert.rejects(session.fetch(`http://127.0.0.1:${await freePort()}/`), (error) => {
    assert.deepEqual([error.name, error.message, error.cause.code], ['TypeError', 'fetch failed', 'FL_ECONNECT']);
    return true;
  });
});

test('an aborted one rejects with the reason, of a Request too', async (t) => {
  const server = await startEcho(t);
  const { fetch } = await openSession(t);
  for (const make of [(url, signal) => [url, { signal }], (url, signal) => [new Request(url, { signal })]]) {
    const controller = new AbortController();
    const asked = fetch(...make(`${server.origin}/mute`, controller.signal));
    await eventually(() => server.sockets.size > 0);
    controller.abort(new RangeError('enough'));
    await assert.rejects(asked, { name: 'RangeError', message: 'enough' });
  }
});

test('statuses are responses even where the session raises for them; redirects are as they are asked for', async (t) => {
  const server = await startEcho(t);
  const { fetch } = await openSession(t, { raiseForStatus: true, retry: false });
  assert.equal((await fetch(`${server.origin}/fail?n=9`)).status, 503);
  assert.equal((await (await fetch(`${server.origin}/away`)).json()).url, '/there');
  const manual = await fetch(`${server.origin}/away`, { redirect: 'manual' });
  assert.deepEqual([manual.status, await manual.text()], [302, 'moved']);
  for (const status of [301, 302, 303, 307, 308]) {
    const asked = fetch(`${server.origin}/is?status=${status}`, { redirect: 'error' });
    await assert.rejects(asked, { name: 'TypeError', message: 'fetch failed' });
  }
  for (const status of [300, 304]) {
    assert.equal((await fetch(`${server.origin}/is?status=${status}`, { redirect: 'error' })).status, status);
  }
});

test('ky runs on it, and its requests have the limits and retries of the session', async (t) => {
  const server = await startEcho(t);
  const session = await openSession(t, { retry: RETRY });
  const api = ky.create({ fetch: session.fetch, retry: 0 });
  const { method, body, headers } = await api.post(`${server.origin}/p`, { json: { a: 1 } }).json();
  assert.deepEqual([method, body, headers['content-type']], ['POST', '{"a":1}', 'application/json']);
  assert.equal((await api.get(`${server.origin}/fail?n=2`).json()).count, 3);
  assert.equal(session.stats().retries, 2);
  await assert.rejects(api.get(`${server.origin}/fail?n=99`), { name: 'HTTPError' });
});

test('who looks at statuses alone, and reads no body, holds up nobody', async (t) => {
  const server = await startEcho(t);
  const { fetch } = await openSession(t, { limitPerHost: 2 });
  const responses = [];
  for (let i = 0; i < 10; i++) responses.push(await fetch(`${server.origin}/${i}`));
  for (const [i, response] of responses.entries()) assert.equal((await response.json()).url, `/${i}`);
});

test('it may stand in the place of the global one', async (t) => {
  const own = globalThis.fetch;
  t.after(() => (globalThis.fetch = own));
  const { fetch } = await openSession(t);
  globalThis.fetch = fetch;
  assert.equal(await (await globalThis.fetch('data:,hello')).text(), 'hello');
});

test('a Request keeps its body where the options have none; redirect is one of three words', async (t) => {
  const server = await startEcho(t);
  const { fetch } = await openSession(t);
  const request = new Request(server.origin, { method: 'POST', body: 'kept' });
  assert.equal((await (await fetch(request, { body: null })).json()).body, 'kept');
  await assert.rejects(fetch(server.origin, { redirect: 'bogus' }), { name: 'TypeError', message: /bogus/ });
});

test('openapi-fetch runs on it', async (t) => {
  const server = await startEcho(t);
  const session = await openSession(t);
  const client = createClient({ baseUrl: server.origin, fetch: session.fetch });
  const { data, response } = await client.PUT('/items/{id}', { params: { path: { id: 7 } }, body: { name: 'x' } });
  assert.deepEqual([response.status, data.method, data.url, data.body], [200, 'PUT', '/items/7', '{"name":"x"}']);
});

test('a Request whose body is being read can be aborted', async (t) => {
  const session = await openSession(t);
  const controller = new AbortController();
  const body = new ReadableStream({ pull: () => new Promise(() => {}) });
  const { signal } = controller;
  const request = new Request('http://127.0.0.1:1/', { method: 'POST', duplex: 'half', signal, body });
  const fetching = session.fetch(request);
  controller.abort();
  await assert.rejects(fetching, { name: 'AbortError' });
});

test('what would have another outcome than with fetch() is refused, what is no request of HTTP is its own', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('x'));
  const session = await openSession(t);
  assert.equal((await session.fetch(server.origin, null)).status, 200);
  await assert.rejects(session.fetch(server.origin, { integrity: 'sha256-AAAA' }), TypeError);
  await assert.rejects(session.fetch(server.origin, { mode: 'no-cors' }), TypeError);
  assert.equal(await (await session.fetch('data:text/plain,hello')).text(), 'hello');
  const blob = URL.createObjectURL(new Blob(['bytes']));
  assert.equal(await (await session.fetch(new Request(blob))).text(), 'bytes');
  assert.equal((await session.fetch(server.origin, { credentials: 'include', cache: 'no-store' })).status, 200);
});

test('a cache is asked as fetch() is told to, by init or by the Request', async (t) => {
  let count = 0;
  const server = await startHttp(t, (_request, response) => {
    response.setHeader('cache-control', 'max-age=60').end(`${++count}`);
  });
  const { fetch } = await openSession(t, { cache: true });
  const textOf = async (...asked) => (await fetch(...asked)).text();
  assert.deepEqual([await textOf(server.origin), await textOf(server.origin)], ['1', '1']);
  assert.equal(await textOf(server.origin, { cache: 'no-store' }), '2');
  assert.equal(await textOf(server.origin), '1'); // it was not stored
  assert.equal(await textOf(new Request(server.origin, { cache: 'no-cache', headers: { 'x-a': 'b' } })), '3');
  assert.equal(await textOf(server.origin, { cache: 'reload', headers: { 'cache-control': 'max-age=60' } }), '4');
  assert.equal(await textOf(server.origin, { cache: 'force-cache' }), '4');
});

test("without credentials no cookie is sent, nor one kept; the request's own header is", async (t) => {
  const server = await startHttp(t, (request, response) => {
    response.setHeader('set-cookie', `at=${request.url.slice(1)}`);
    response.end(request.headers.cookie ?? 'none');
  });
  const { fetch } = await openSession(t, { cookies: true });
  const textOf = async (...asked) => (await fetch(...asked)).text();
  await textOf(`${server.origin}/first`);
  assert.equal(await textOf(`${server.origin}/omitted`, { credentials: 'omit' }), 'none');
  assert.equal(await textOf(new Request(`${server.origin}/omitted`, { credentials: 'omit' })), 'none');
  assert.equal(await textOf(server.origin, { credentials: 'omit', headers: { cookie: 'own=1' } }), 'own=1');
  assert.equal(await textOf(new Request(`${server.origin}/last`)), 'at=first');
  assert.equal(await textOf(server.origin, { credentials: 'include' }), 'at=last');
});

test("what no session's fetch() does is refused by its name, and what no fetch() knows", async (t) => {
  const server = await startEcho(t);
  const { fetch } = await openSession(t);
  for (const [init, message] of [
    [{ cache: 'bogus' }, /bogus/],
    [{ credentials: 'bogus' }, /bogus/],
    [{ cache: 'only-if-cached', mode: 'same-origin' }, /only-if-cached/],
    [{ referrer: 'http://a.example/' }, /referrer/],
    [{ dispatcher: {} }, /dispatcher/],
  ]) {
    await assert.rejects(fetch(server.origin, init), { name: 'TypeError', message });
  }
  await assert.rejects(fetch(new Request(server.origin, { referrer: 'http://a.example/' })), /referrer/);
  const { headers } = await (await fetch(server.origin, { referrer: '', dispatcher: undefined })).json();
  assert.equal(headers.referer, undefined);
});
