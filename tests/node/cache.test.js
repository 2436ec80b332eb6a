import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { ClientSession } from 'fetchloop';
import { Pool } from 'undici';
import { makeCache } from '../../node/cache.js';
import { ask, fresh, openCached, openPlain, startCounting } from './support/cached.js';
import { startNginx } from './support/nginx.js';
import { startHttp, startRaw } from './support/odd-servers.js';
import { openSession, test } from './support/test.js';

test('no cache is made of false', () => {
  assert.equal(makeCache(false), undefined);
});

test('a fresh response is not asked for again: expires of nginx', async (t) => {
  const nginx = await startNginx(t, { locations: 'location /f { expires 1h; return 200 "hello"; }' });
  const get = openCached(t, nginx.origin);
  const first = await get('/f');
  const second = await get('/f');
  assert.deepEqual([first.fromCache, second.fromCache], [false, true]);
  assert.deepEqual([second.status, second.reason, second.body], [200, 'OK', 'hello']);
  assert.match(second.headers.age, /^\d+$/);
  assert.deepEqual(await nginx.requests(), ['/f']);
});

test('a hit is told as any response is: each step once, after dispatch() has returned', async (t) => {
  const { origin } = await startCounting(t, fresh);
  const get = openCached(t, origin);
  await get('/');
  const hit = await get('/');
  assert.deepEqual(hit.atReturn, []);
  assert.deepEqual(hit.calls, ['start', 200, 'end']);
  const names = hit.rawHeaders.filter((_, i) => i % 2 === 0).map(String);
  assert.deepEqual(names.includes('x-n') && names.includes('age'), true);
  assert.ok(hit.rawHeaders.every(Buffer.isBuffer));
});

test('what must be asked about is asked about, and a 304 is not handed on: etag and last-modified of nginx', async (t) => {
  const files = { a: 'the file' };
  const nginx = await startNginx(t, { files, locations: 'location /a { add_header Cache-Control no-cache; }' });
  const get = openCached(t, nginx.origin);
  for (let i = 0; i < 4; i++) {
    const { status, body, headers, fromCache } = await get('/a');
    assert.deepEqual([status, body, headers.warning, fromCache], [200, 'the file', undefined, false]);
  }
  assert.equal((await nginx.requests()).length, 4);
});

test('each time is a 304, and the body comes once over the network', async (t) => {
  const { origin, requests } = await startCounting(t, (request, response, n) => {
    const headers = { etag: '"1"', 'cache-control': 'no-cache', 'x-n': n };
    if (request.headers['if-none-match'] === '"1"') response.writeHead(304, headers).end();
    else response.writeHead(200, headers).end('body');
  });
  const get = openCached(t, origin);
  for (let n = 1; n <= 4; n++) {
    const { status, body, headers, calls } = await get('/');
    assert.deepEqual([status, body, headers['x-n']], [200, 'body', `${n}`]);
    assert.deepEqual(calls, ['start', 200, 'end']);
  }
  assert.deepEqual(
    requests.map(({ headers }) => headers['if-none-match']),
    [undefined, '"1"', '"1"', '"1"'],
  );
});

test('a 304 makes a stale response fresh again', async (t) => {
  const { origin, requests } = await startCounting(t, (_request, response, n) => {
    const maxAge = n === 1 ? 'max-age=0' : 'max-age=100';
    response.writeHead(n === 1 ? 200 : 304, { etag: '"1"', 'cache-control': maxAge }).end(n === 1 ? 'body' : undefined);
  });
  const get = openCached(t, origin);
  const all = [await get('/'), await get('/'), await get('/')];
  assert.deepEqual(
    all.map(({ body }) => body),
    ['body', 'body', 'body'],
  );
  assert.deepEqual(
    all.map(({ fromCache }) => fromCache),
    [false, false, true],
  );
  assert.equal(requests.length, 2);
});

test('a 304 of another response is not believed', async (t) => {
  const { origin, requests } = await startCounting(t, (_request, response, n) => {
    if (n === 2) response.writeHead(304, { etag: '"other"' }).end();
    else response.writeHead(200, { etag: '"1"', 'cache-control': 'no-cache' }).end(`${n}`);
  });
  const get = openCached(t, origin);
  assert.equal((await get('/')).body, '1');
  assert.equal((await get('/')).body, '3');
  assert.equal(requests.length, 3);
});

test('a 304 that announces the length of what it does not send', async (t) => {
  let n = 0;
  const server = await startRaw(t, (socket) => {
    n += 1;
    const head = 'ETag: "1"\r\nCache-Control: no-cache\r\nContent-Length: 4\r\n\r\n';
    socket.write(n === 1 ? `HTTP/1.1 200 OK\r\n${head}body` : `HTTP/1.1 304 Not Modified\r\n${head}`);
  });
  const get = openCached(t, server.origin);
  for (let i = 0; i < 3; i++) assert.equal((await get('/')).body, 'body');
  assert.equal(n, 3);
});

test('a 304 without a date makes fresh, and says nothing of the type and length of what it confirms', async (t) => {
  let n = 0;
  const server = await startRaw(t, (socket) => {
    n += 1;
    const hourAgo = new Date(Date.now() - 3_600_000).toUTCString();
    const head = `HTTP/1.1 200 OK\r\nDate: ${hourAgo}\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n`;
    if (n === 1) socket.write(`${head}ETag: "1"\r\nCache-Control: max-age=0\r\n\r\nbody`);
    else
      socket.write(
        'HTTP/1.1 304 Not Modified\r\nContent-Type: x/y\r\nContent-Length: 0\r\nCache-Control: max-age=100\r\n\r\n',
      );
  });
  const get = openCached(t, server.origin);
  await get('/');
  for (const fromCache of [false, true]) {
    const response = await get('/');
    const { 'content-type': type, 'content-length': length } = response.headers;
    assert.deepEqual([response.fromCache, response.body, type, length], [fromCache, 'body', 'text/plain', '4']);
  }
  assert.equal(n, 2);
});

test('a 103 before a 304 breaks nothing', async (t) => {
  let n = 0;
  const server = await startRaw(t, (socket) => {
    n += 1;
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';
    const head = 'ETag: "1"\r\nCache-Control: no-cache\r\n';
    if (n === 1) socket.write(`HTTP/1.1 200 OK\r\n${head}Content-Length: 4\r\n\r\nbody`);
    else socket.write(`${early}HTTP/1.1 304 Not Modified\r\n${head}\r\n`);
  });
  const get = openCached(t, server.origin);
  await get('/');
  const second = await get('/');
  assert.deepEqual([second.body, second.calls], ['body', ['start', 103, 200, 'end']]);
});

test('a changed response takes the place of the stored one', async (t) => {
  const { origin } = await startCounting(t, (_request, response, n) =>
    response.writeHead(200, { etag: `"${n}"`, 'cache-control': n < 2 ? 'no-cache' : 'max-age=100' }).end(`${n}`),
  );
  const get = openCached(t, origin);
  assert.deepEqual([(await get('/')).body, (await get('/')).body, (await get('/')).body], ['1', '2', '2']);
});

for (const [what, headers] of [
  ['no-store', { 'cache-control': 'no-store, max-age=100' }],
  ['Vary: *', { 'cache-control': 'max-age=100', vary: '*' }],
  ['nothing said', {}],
]) {
  test(`what is not to be stored is not: ${what}`, async (t) => {
    const { origin, requests } = await startCounting(t, (_request, response) => response.writeHead(200, headers).end());
    const get = openCached(t, origin);
    await get('/');
    await get('/');
    assert.equal(requests.length, 2);
  });
}

test('what says private is stored by a private cache, and not by a shared one', async (t) => {
  const { origin, requests } = await startCounting(t, (_request, response) =>
    response.writeHead(200, { 'cache-control': 'private, max-age=100' }).end(),
  );
  const own = openCached(t, origin);
  await own('/');
  await own('/');
  assert.equal(requests.length, 1);
  const shared = openCached(t, origin, { type: 'shared' });
  await shared('/');
  await shared('/');
  assert.equal(requests.length, 3);
});

test('who varies in what the response varies by is answered apart: Vary of nginx', async (t) => {
  const nginx = await startNginx(t, {
    locations: 'location /v { expires 1h; add_header Vary Accept-Language; return 200 $http_accept_language; }',
  });
  const get = openCached(t, nginx.origin);
  const inLanguage = async (language) => (await get('/v', { headers: { 'Accept-Language': language } })).body;
  assert.deepEqual([await inLanguage('de'), await inLanguage('fr'), await inLanguage('de')], ['de', 'fr', 'de']);
  assert.equal((await nginx.requests()).length, 2);
});

test('what one was answered with his credentials, another is not', async (t) => {
  const { origin, requests } = await startCounting(t, (request, response) =>
    response.writeHead(200, { 'cache-control': 'public, max-age=100' }).end(String(request.headers.authorization)),
  );
  const get = openCached(t, origin);
  const as = async (authorization) => (await get('/', { headers: authorization ? { authorization } : {} })).body;
  assert.equal(await as('Bearer a'), 'Bearer a');
  assert.equal(await as('Bearer b'), 'Bearer b');
  assert.equal(await as(undefined), 'undefined');
  assert.equal(await as('Bearer a'), 'Bearer a');
  assert.equal(requests.length, 3);
});

test('a private cache keeps what is answered to credentials, a shared one only what says that it may be kept', async (t) => {
  const { origin, requests } = await startCounting(t, (request, response) => {
    const headers = { etag: '"1"', 'cache-control': request.url === '/public' ? 'public, max-age=100' : 'max-age=100' };
    response.writeHead(request.headers['if-none-match'] ? 304 : 200, headers).end(request.headers.authorization);
  });
  const headers = { Authorization: 'Bearer a' };
  for (const [type, path, kept] of [
    ['private', '/', true],
    ['shared', '/', false],
    ['shared', '/public', true],
  ]) {
    const get = openCached(t, origin, { type });
    await get(path, { headers });
    const { fromCache, body } = await get(path, { headers });
    assert.deepEqual([type, path, fromCache, body], [type, path, kept, 'Bearer a']);
    assert.equal((await get(path, { headers: { authorization: 'Bearer b' } })).body, 'Bearer b');
    assert.equal((await get(path)).body, '');
  }
  for (const { rawHeaders } of requests) assert.ok(!rawHeaders.includes('fetchloop-authorization'));
});

for (const [what, cacheControl, option, standsIn] of [
  ['stale-if-error: a stored response stands in', 'max-age=0, stale-if-error=100', {}, true],
  ['stale-if-error, but must-revalidate: none does', 'max-age=0, stale-if-error=100, must-revalidate', {}, false],
  ['s-maxage counts for a private cache as nothing', 'max-age=0, s-maxage=0, stale-if-error=100', {}, true],
  ['s-maxage forbids it to a shared one', 's-maxage=0, stale-if-error=100', { type: 'shared' }, false],
  ['without it, none does', 'max-age=0', {}, false],
]) {
  test(`a server that is gone: ${what}`, async (t) => {
    const server = await startHttp(t, (request, response) => {
      if (request.headers['if-none-match']) request.socket.resetAndDestroy();
      else response.writeHead(200, { etag: '"1"', 'cache-control': cacheControl }).end('stored');
    });
    const session = await openSession(t, { cache: option, retry: false });
    assert.equal(await (await session.get(server.origin)).text(), 'stored');
    for (const stream of [false, true]) {
      const asked = session.get(server.origin, { stream });
      if (standsIn) {
        const response = await asked;
        assert.deepEqual([response.status, await response.text()], [200, 'stored']);
        assert.match(response.headers.get('warning'), /^110 /);
      } else await assert.rejects(asked, { code: 'FL_ENETWORK' });
    }
  });
}

test('a server that is down, and stale-if-error', async (t) => {
  const headers = { 'cache-control': 'max-age=1, stale-if-error=100' };
  const server = http.createServer((_request, response) => response.writeHead(200, headers).end('stored'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const session = await openSession(t, { cache: true, retry: false });
  await session.get(url);
  server.close();
  server.closeAllConnections();
  await sleep(2100);
  assert.equal(await (await session.get(url)).text(), 'stored');
});

test('who asks about a response with credentials sends them, and not what stands for them in the store', async (t) => {
  const { origin, requests } = await startCounting(t, (request, response) => {
    const headers = { etag: '"1"', 'cache-control': 'public, no-cache', vary: 'Cookie' };
    response.writeHead(request.headers['if-none-match'] ? 304 : 200, headers).end();
  });
  const get = openCached(t, origin);
  const headers = { authorization: 'Bearer a', cookie: 'id=1' };
  for (let i = 0; i < 3; i++) await get('/', { headers });
  assert.deepEqual(
    requests.map((request) => [
      request.headers.authorization,
      request.headers.cookie,
      request.headers['if-none-match'],
    ]),
    [undefined, '"1"', '"1"'].map((etag) => ['Bearer a', 'id=1', etag]),
  );
});

test('a stored response sets no cookie again', async (t) => {
  const { origin } = await startCounting(t, (_request, response) =>
    response.writeHead(200, { 'cache-control': 'max-age=100', 'set-cookie': 'id=1' }).end(),
  );
  const get = openCached(t, origin);
  assert.deepEqual((await get('/')).headers['set-cookie'], ['id=1'].toString());
  assert.equal((await get('/')).headers['set-cookie'], undefined);
});

for (const [what, cacheControl] of [
  ['a hit', 'max-age=100'],
  ['what a 304 confirmed', 'no-cache'],
]) {
  test(`of a quota or a pause that was told before, ${what} says nothing`, async (t) => {
    const old = { 'retry-after': '1', ratelimit: '"a";r=0;t=1', 'x-ratelimit-remaining': '0', 'ratelimit-reset': '1' };
    const { origin } = await startCounting(t, (request, response) => {
      const headers = { etag: '"1"', 'cache-control': cacheControl };
      if (request.headers['if-none-match']) response.writeHead(304, { ...headers, 'retry-after': '2' }).end();
      else response.writeHead(200, { ...headers, ...old }).end();
    });
    const get = openCached(t, origin);
    assert.equal((await get('/')).headers.ratelimit, old.ratelimit);
    const { headers, rawHeaders } = await get('/');
    const said = Object.entries(headers).filter(([name]) => name in old);
    assert.deepEqual(said, what === 'a hit' ? [] : [['retry-after', '2']]);
    assert.doesNotMatch(rawHeaders.join(), /ratelimit/);
  });
}

test('a host is held up by what it says, and not again by what is stored of that', async (t) => {
  const { origin, requests } = await startCounting(t, (_request, response) =>
    response.writeHead(429, { 'cache-control': 'max-age=100', 'retry-after': '1' }).end(),
  );
  const session = await openSession(t, { cache: true, retry: false });
  for (let i = 0; i < 2; i++) assert.equal((await session.get(origin)).status, 429);
  const { heldByRate } = session.stats();
  assert.ok(heldByRate > 0);
  assert.equal((await session.get(origin)).status, 429);
  assert.equal(session.stats().heldByRate, heldByRate);
  assert.equal(requests.length, 1);
});

test('a retry is for the server: a failure that is stored is not its own retry', async (t) => {
  const { origin, requests } = await startCounting(t, (_request, response, n) => {
    const headers = { 'cache-control': 'max-age=100' };
    if (n === 1) response.writeHead(503, { ...headers, 'retry-after': '1' }).end();
    else response.writeHead(200, headers).end('well again');
  });
  const session = await openSession(t, { cache: true });
  for (let i = 0; i < 2; i++) assert.equal(await (await session.get(origin)).text(), 'well again');
  assert.equal(requests.length, 2);
});

test('who asks again asks the server, which may confirm what is stored; with only-if-cached nobody does', async (t) => {
  const { origin, requests } = await startCounting(t, (request, response) => {
    const headers = { etag: '"1"', 'cache-control': 'max-age=100' };
    response.writeHead(request.headers['if-none-match'] ? 304 : 200, headers).end();
  });
  const get = openCached(t, origin);
  const onlyStored = { 'Cache-Control': 'only-if-cached' };
  await get('/');
  assert.equal((await get('/', { again: true })).fromCache, false);
  assert.equal((await get('/', { again: true, headers: onlyStored })).fromCache, true);
  assert.equal(requests.length, 2);
  assert.equal(requests[1].headers['cache-control'], undefined);
});

test('whether a failure still is one is not asked by the time at which it was stored', async (t) => {
  const { origin } = await startCounting(t, (request, response, n) => {
    if (n === 1) response.writeHead(404, { 'cache-control': 'max-age=100' }).end();
    else response.writeHead(request.headers['if-modified-since'] ? 304 : 200).end();
  });
  const get = openCached(t, origin);
  assert.equal((await get('/')).status, 404);
  assert.equal((await get('/', { again: true })).status, 200);
});

for (const stream of [false, true]) {
  test(`what can't be decoded isn't kept: ${stream ? 'streamed' : 'collected'}`, async (t) => {
    const headers = { 'cache-control': 'max-age=100', 'content-encoding': 'gzip' };
    const { origin, requests } = await startCounting(t, (_request, response, n) =>
      response.writeHead(200, headers).end(n === 1 ? 'no gzip' : gzipSync('good')),
    );
    const session = await openSession(t, { cache: true });
    const read = async () => (await session.get(origin, { stream })).text();
    await assert.rejects(read(), { code: 'FL_EENCODING' });
    for (let i = 0; i < 2; i++) assert.equal(await read(), 'good');
    assert.equal(requests.length, 2);
  });
}

test('HEAD is stored too, apart from GET', async (t) => {
  const { origin, requests } = await startCounting(t, fresh);
  const get = openCached(t, origin);
  const bodies = [];
  for (const method of ['HEAD', 'HEAD', 'GET', 'GET', 'HEAD']) bodies.push((await get('/', { method })).body);
  assert.deepEqual(bodies, ['', '', '2', '2', '']);
  assert.deepEqual(
    requests.map(({ method }) => method),
    ['HEAD', 'GET'],
  );
});

for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
  test(`${method} is never answered from the cache, and what it changes is dropped`, async (t) => {
    const { origin, requests } = await startCounting(t, fresh);
    const get = openCached(t, origin);
    await get('/');
    await get('/', { method, body: 'x' });
    await get('/', { method, body: 'x' });
    assert.equal((await get('/')).body, '4');
    assert.equal(requests.length, 4);
  });
}

test('an unsafe request that fails drops nothing', async (t) => {
  const { origin } = await startCounting(t, (request, response, n) =>
    request.method === 'POST' ? response.writeHead(500).end() : fresh(request, response, n),
  );
  const get = openCached(t, origin);
  await get('/');
  await get('/', { method: 'POST' });
  assert.equal((await get('/')).fromCache, true);
});

for (const headers of [
  { Range: 'bytes=0-1' },
  ['If-None-Match', '"1"'],
  new Headers({ 'if-modified-since': new Date(0).toUTCString() }),
]) {
  test(`who minds the cache himself gets what the server says: ${[...Object.entries(headers), ...(headers instanceof Headers ? headers : [])]}`, async (t) => {
    const { origin, requests } = await startCounting(t, (request, response, n) => {
      if (n === 1) fresh(request, response, n);
      else response.writeHead(request.headers.range ? 206 : 304).end();
    });
    const get = openCached(t, origin);
    await get('/');
    assert.equal((await get('/', { headers })).status, requests[1].headers.range ? 206 : 304);
  });
}

for (const headers of [
  ['X-B', '1', 'X-A', '2', 'X-B', '3'],
  { 'X-B': ['1', '3'], 'X-A': '2' },
  new Map([['X-B', '1']]),
]) {
  test(`headers reach the server as they were given, in ${headers.constructor.name}`, async (t) => {
    const { origin, requests } = await startCounting(t, (_request, response) =>
      response.writeHead(200, { etag: '"1"', 'cache-control': 'no-cache' }).end(),
    );
    await openPlain(t, origin)('/', { headers });
    const get = openCached(t, origin);
    await get('/', { headers });
    await get('/', { headers });
    const given = ({ rawHeaders }) => rawHeaders.filter((_, i, all) => all[i - (i % 2)].startsWith('X-'));
    assert.ok(given(requests[0]).length > 0);
    assert.deepEqual(given(requests[1]), given(requests[0]));
    assert.deepEqual(given(requests[2]), given(requests[0]));
    assert.equal(requests[2].headers['if-none-match'], '"1"');
  });
}

test('no request is made that nobody asked for: stale-while-revalidate', async (t) => {
  const { origin, requests } = await startCounting(t, (_request, response, n) =>
    response.writeHead(200, { etag: `"${n}"`, 'cache-control': 'max-age=0, stale-while-revalidate=100' }).end(`${n}`),
  );
  const get = openCached(t, origin);
  assert.equal((await get('/')).body, '1');
  assert.equal((await get('/')).body, '2');
  assert.equal(requests.length, 2);
});

test('only-if-cached without a stored response is a 504, and the server is not asked', async (t) => {
  const { origin, requests } = await startCounting(t, fresh);
  const get = openCached(t, origin);
  const none = await get('/', { headers: { 'cache-control': 'only-if-cached' } });
  assert.deepEqual(
    [none.status, none.reason, none.rawHeaders, none.calls],
    [504, 'Gateway Timeout', [], ['start', 504, 'end']],
  );
  assert.equal(requests.length, 0);
});

test('a response that breaks off is not stored', async (t) => {
  const { origin, requests } = await startCounting(t, (_request, response, n) => {
    response.writeHead(200, { 'cache-control': 'max-age=100', 'content-length': 10 });
    if (n === 1) response.write('abc', () => response.destroy());
    else response.end('0123456789');
  });
  const get = openCached(t, origin);
  await assert.rejects(get('/'));
  assert.equal((await get('/')).body, '0123456789');
  assert.equal(requests.length, 2);
});

test('memory is bounded: what was used longest ago leaves', async (t) => {
  const { origin, requests } = await startCounting(t, (_request, response) =>
    response.writeHead(200, { 'cache-control': 'max-age=100' }).end('x'.repeat(1000)),
  );
  const get = openCached(t, origin, { maxSize: 12_000 });
  for (let i = 0; i < 50; i++) {
    await get('/kept');
    await get(`/${i}`);
  }
  assert.equal(requests.length, 51);
  assert.equal((await get('/49')).fromCache, true);
  assert.equal((await get('/0')).fromCache, false);
});

test('the number of responses is bounded, those of one URL too', async (t) => {
  const { origin } = await startCounting(t, (_request, response) =>
    response.writeHead(200, { 'cache-control': 'max-age=100', vary: 'X-N' }).end(),
  );
  const get = openCached(t, origin, { maxCount: 10 });
  await get('/other');
  for (let i = 0; i < 30; i++) await get('/', { headers: { 'x-n': `${i}` } });
  assert.equal((await get('/other')).fromCache, false);
});

test('what breaks off takes no place in the memory', async (t) => {
  const { origin } = await startCounting(t, (request, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=100', 'content-length': 5000 });
    if (request.url === '/whole') response.end('x'.repeat(5000));
    else response.write('x'.repeat(4000), () => response.destroy());
  });
  const get = openCached(t, origin, { maxSize: 10_000 });
  for (let i = 0; i < 10; i++) await assert.rejects(get(`/${i}`));
  await get('/whole');
  assert.equal((await get('/whole')).fromCache, true);
});

test('a response that is too big is handed on, and not stored', async (t) => {
  const { origin, requests } = await startCounting(t, (request, response) => {
    response.writeHead(200, {
      'cache-control': 'max-age=100',
      ...(request.url === '/told' && { 'content-length': 20_000 }),
    });
    response.write('x'.repeat(10_000));
    response.end('x'.repeat(10_000));
  });
  const get = openCached(t, origin, { maxEntrySize: 15_000 });
  for (const path of ['/told', '/told', '/untold', '/untold']) assert.equal((await get(path)).body.length, 20_000);
  assert.equal(requests.length, 4);
});

for (const [cache, message] of [
  ['yes', /^cache must be an object, not a string/],
  [null, /^cache must be an object, not null/],
  [{ typo: 1 }, /^unknown option cache\.typo: there are type, maxSize/],
  [{ maxSize: -1 }, /^cache\.maxSize must be a whole number/],
  [{ maxEntrySize: 1.5 }, /^cache\.maxEntrySize must be a whole number/],
  [{ maxCount: '3' }, /^cache\.maxCount must be a whole number/],
  [{ type: 'public' }, /^cache\.type must be 'private' or 'shared'/],
  [{ file: 5 }, /^cache\.file must be a text/],
  [{ file: 'x', maxSize: 1 }, /not by maxSize/],
]) {
  test(`a cache of ${JSON.stringify(cache)} is refused`, async () => {
    await assert.rejects(ClientSession.open({ cache }), { message });
  });
}

async function makeFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-cache-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

if (isBuiltin('node:sqlite')) {
  test('a cache in a file outlives its session, and only its owner reads it', async (t) => {
    const file = join(await makeFolder(t), 'cache.db');
    const { origin, requests } = await startCounting(t, fresh);
    for (let i = 0; i < 2; i++) {
      const pool = new Pool(origin);
      const cache = makeCache({ file });
      const headers = { authorization: 'Bearer secret' };
      assert.equal((await ask(cache.wrap(pool), origin, '/', {})).body, '1');
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      await ask(cache.wrap(pool), origin, '/', { headers });
      cache.close();
      await pool.destroy();
    }
    assert.equal(requests.length, 2); // one with credentials
  });

  test('a cache that is closed costs no request', async (t) => {
    const file = join(await makeFolder(t), 'cache.db');
    const { origin } = await startCounting(t, fresh);
    const pool = new Pool(origin);
    t.after(() => pool.destroy());
    const cache = makeCache({ file });
    const wrapped = cache.wrap(pool);
    await ask(wrapped, origin, '/');
    cache.close();
    assert.equal((await ask(wrapped, origin, '/')).body, '2');
  });
} else {
  test('a cache in a file says which Node it needs', async (t) => {
    const file = join(await makeFolder(t), 'cache.db');
    assert.throws(() => makeCache({ file }), /needs node:sqlite, in Node 22/);
    await assert.rejects(stat(file), { code: 'ENOENT' });
  });
}
