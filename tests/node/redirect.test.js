import assert from 'node:assert/strict';
import { ClientSession } from 'fetchloop';
import { freePort } from './support/nginx.js';
import { startHttp, startRaw } from './support/odd-servers.js';
import { eventually, openSession, test } from './support/test.js';

/** /n redirects to /n-1, /0 answers. */
function startStairs(t, status = 302) {
  return startHttp(t, (request, response) => {
    const step = Number(request.url.slice(1));
    if (step === 0) response.end('ground');
    else response.writeHead(status, { location: `/${step - 1}` }).end('step');
  });
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`a ${status} is followed`, async (t) => {
    const server = await startStairs(t, status);
    const session = await openSession(t);
    const response = await session.get(`${server.origin}/2`);
    assert.deepEqual(
      [response.status, response.url, response.redirected, await response.text()],
      [200, `${server.origin}/0`, true, 'ground'],
    );
  });
}

test('10 redirects are followed, an 11th is not', async (t) => {
  const server = await startStairs(t);
  const session = await openSession(t);
  assert.equal((await session.get(`${server.origin}/10`)).status, 200);
  await assert.rejects(session.get(`${server.origin}/11`), { code: 'FL_EREDIRECTS', exitCode: 47 });
});

for (const [what, locations] of [
  ['to itself', { '/': '/' }],
  ['of two', { '/': '/a', '/a': '/' }],
  ['that begins later', { '/': '/a', '/a': '/b', '/b': '/a' }],
  ['to itself with a fragment', { '/': '/#again' }],
]) {
  test(`a redirect loop ${what} is told as one`, async (t) => {
    const server = await startHttp(t, (request, response) =>
      response.writeHead(302, { location: locations[request.url] }).end(),
    );
    const session = await openSession(t);
    await assert.rejects(session.get(`${server.origin}/`), { code: 'FL_EREDIRECTLOOP', exitCode: 47 });
  });
}

for (const location of [
  'ftp://127.0.0.1/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/plain,hi',
  'gopher://127.0.0.1:70/_',
]) {
  test(`a redirect to ${location} is refused`, async (t) => {
    const server = await startHttp(t, (_request, response) => response.writeHead(302, { location }).end());
    const session = await openSession(t);
    await assert.rejects(session.get(server.origin), { code: 'FL_EPROTOCOL', exitCode: 1 });
  });
}

for (const location of ['http://[bad/', 'http://127.0.0.1:99999/', 'http://']) {
  test(`a redirect to ${location}, which is no URL, is an error`, async (t) => {
    const server = await startHttp(t, (_request, response) => response.writeHead(302, { location }).end());
    const session = await openSession(t);
    await assert.rejects(session.get(server.origin), (error) => /^FL_EURL|^FL_EPROTOCOL/.test(error.code));
  });
}

test('a redirect without Location is a response', async (t) => {
  const server = await startHttp(t, (_request, response) => response.writeHead(302).end('where?'));
  const session = await openSession(t);
  const response = await session.get(server.origin);
  assert.deepEqual([response.status, response.redirected, await response.text()], [302, false, 'where?']);
});

test('a relative Location counts from where it was met', async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/a/b/c?q') response.writeHead(302, { location: '../d?é#f' }).end();
    else response.end(request.url);
  });
  const session = await openSession(t);
  const response = await session.get(`${server.origin}/a/b/c?q`);
  assert.equal(await response.text(), '/a/d?%E9'); // one byte, as it came
});

test('a redirect to where nobody listens fails as a connection', async (t) => {
  const location = `http://127.0.0.1:${await freePort()}/`;
  const server = await startHttp(t, (_request, response) => response.writeHead(302, { location }).end());
  const session = await openSession(t);
  await assert.rejects(session.get(server.origin), { code: 'FL_ECONNECT' });
});

test('a redirect to another origin does not carry the credentials there; one within it does', async (t) => {
  const seen = {};
  const tell = (name) => (request, response) => {
    seen[name + request.url] = request.headers;
    if (request.url === '/within') response.writeHead(302, { location: '/same' }).end();
    else if (request.url === '/away') response.writeHead(302, { location: `${other.origin}/there` }).end();
    else response.end();
  };
  const other = await startHttp(t, tell('other'));
  const one = await startHttp(t, tell('one'));
  const session = await openSession(t);
  const origin = `http://user:secret@127.0.0.1:${one.port}`;
  await session.get(`${origin}/within`);
  await session.get(`${origin}/away`);
  assert.ok(seen['one/away'].authorization && seen['one/same'].authorization);
  assert.equal(seen['other/there'].authorization, undefined);
  assert.ok(!JSON.stringify(seen['other/there']).includes('secret'));
  assert.equal(seen['other/there'].host, `127.0.0.1:${other.port}`);
});

test('the time limit is for all the redirects together', async (t) => {
  const server = await startHttp(t, (request, response) => {
    setTimeout(() => response.writeHead(302, { location: `/${Number(request.url.slice(1)) + 1}` }).end(), 150);
  });
  const session = await openSession(t, { timeout: { total: 0.4 } });
  await assert.rejects(session.get(`${server.origin}/0`), { code: 'FL_ETOTALTIMEOUT' });
});

test('closing a session ends a request that was redirected', async (t) => {
  let there = false;
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/mute' }).end();
    else there = true;
  });
  const session = await ClientSession.open();
  const ended = session.get(server.origin).catch((error) => error.code);
  await eventually(() => there);
  await session.close();
  assert.equal(await ended, 'FL_ECANCELLED');
  await eventually(() => server.sockets.size === 0);
});

test('a redirect with a body of its own gives the last body alone, and its size', async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/')
      response.writeHead(302, { location: '/end', 'content-encoding': 'gzip' }).end('not gzip at all'.repeat(5000));
    else response.end('end');
  });
  const session = await openSession(t);
  for await (const { response, size, error } of session.fetchAll([server.origin])) {
    assert.ifError(error);
    assert.deepEqual([await response.text(), size], ['end', 3]);
  }
});

for (const [what, answer] of [
  ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: /there\r\n'],
  ['a 503', 'HTTP/1.1 503 Service Unavailable\r\n'],
]) {
  test(`${what} whose body never comes is not waited for`, async (t) => {
    let asked = 0;
    const server = await startRaw(t, (socket) => {
      socket.write(
        asked++ === 0 ? `${answer}Content-Length: 10\r\n\r\n` : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      );
    });
    const session = await openSession(t, { retry: { backoff: 0.001 }, timeout: { attempt: 60 } });
    assert.equal(await (await session.get(server.origin)).text(), 'ok');
    await eventually(() => server.sockets.size === 1);
  });
}
