import assert from 'node:assert/strict';
import { after } from 'node:test';
import { ClientError, ClientSession } from 'fetchloop';
import { runCommand } from './support/command.js';
import { freePort, startNginx } from './support/nginx.js';
import { startCounting, startHttp, startMute, startRaw } from './support/odd-servers.js';
import { collect, eventually, openSession, test, urlsOf } from './support/test.js';

const nginx = await startNginx(
  { after },
  {
    locations: ['200', '299', '404', '500', '599', '999']
      .map((code) => `location = /${code} { return ${code} "told"; }`)
      .join('\n'),
  },
);

/** A program that imports the module, run to its end. */
function runModule(source) {
  return runCommand([], {
    program: [process.execPath, '--input-type=module', '-e', source],
    cwd: new URL('.', import.meta.url),
  });
}

/** Why a promise was rejected. */
function rejection(promise) {
  return promise.then(
    (value) => assert.fail(`resolved, to ${value}`),
    (error) => error,
  );
}

// ---- Responses

test('a response is one whatever its status', async (t) => {
  const session = await openSession(t);
  for (const status of [200, 299, 404, 500, 599, 999]) {
    const response = await session.get(`${nginx.origin}/${status}`);
    assert.deepEqual([response.status, response.ok, await response.text()], [status, status < 300, 'told']);
  }
});

test('get() takes a URL object', async (t) => {
  const session = await openSession(t);
  const response = await session.get(new URL('/object', nginx.origin));
  assert.equal(await response.text(), 'This is /object.\n');
});

test('the scheme and the host are read in either case, and the fragment stays at home', async (t) => {
  const server = await startCounting(t);
  const session = await openSession(t);
  const response = await session.get(`HTTP://LOCALHOST:${server.port}/a?b#c`);
  assert.equal(response.status, 200);
  assert.deepEqual(server.counts.paths, ['/a?b']);
});

test('what is not ASCII in a path is sent percent-encoded', async (t) => {
  const server = await startCounting(t);
  const session = await openSession(t);
  await session.get(`${server.origin}/é/日本?ü=ß`);
  assert.deepEqual(server.counts.paths, ['/%C3%A9/%E6%97%A5%E6%9C%AC?%C3%BC=%C3%9F']);
});

test('a URL of 65,536 bytes is sent whole', async (t) => {
  const server = await startRaw(t, (socket, path) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${path.length}`));
  const session = await openSession(t);
  const path = '/'.padEnd(65_536 - server.origin.length, 'x');
  const response = await session.get(server.origin + path);
  assert.equal(Number(await response.text()), path.length);
});

// ---- Failures

for (const [what, url, code, exitCode] of [
  ['no scheme', 'example.com/', 'FL_EURLSCHEME', 3],
  ['an unknown scheme', 'ftp://example.com/', 'FL_EPROTOCOL', 1],
  ['a bad port', 'http://127.0.0.1:99999/', 'FL_EURLPORT', 3],
  ['a space', 'http://127.0.0.1/a b', 'FL_EURLCHAR', 3],
  ['too many bytes', `http://127.0.0.1/${'x'.repeat(65_536)}`, 'FL_EURLLONG', 3],
  ['a host that does not resolve', 'http://no-such-host.invalid/', 'FL_ERESOLVE', 6],
  ['a refused connection', `http://127.0.0.1:${await freePort()}/`, 'FL_ECONNECT', 7],
]) {
  test(`get() rejects for ${what} with ${code}, and the session goes on`, async (t) => {
    const session = await openSession(t);
    const error = await rejection(session.get(url));
    assert.ok(error instanceof ClientError && error instanceof Error, String(error));
    assert.deepEqual([error.name, error.code, error.exitCode, error.url], ['ClientError', code, exitCode, url]);
    assert.match(error.message, /^\S.*: \S/);
    assert.equal((await session.get(`${nginx.origin}/200`)).status, 200);
  });
}

test('a server that never answers is a timeout', async (t) => {
  const server = await startMute(t);
  const session = await openSession(t, { timeout: { attempt: 0.3 }, retry: false });
  const asked = performance.now();
  const error = await rejection(session.get(server.origin));
  assert.deepEqual([error.code, error.exitCode], ['FL_EATTEMPTTIMEOUT', 28]);
  assert.ok(performance.now() - asked >= 299, 'not before its time');
  await eventually(() => server.closed.size > 0); // its connection is not used again
});

test('a server that drips is a timeout too: the limit is for the whole', async (t) => {
  const server = await startRaw(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const timer = setInterval(() => socket.write('.'), 20);
    socket.on('close', () => clearInterval(timer));
  });
  const session = await openSession(t, { timeout: { attempt: 0.3 }, retry: false });
  assert.equal((await rejection(session.get(server.origin))).code, 'FL_EATTEMPTTIMEOUT');
  await eventually(() => server.closed.size > 0);
});

test('a handshake that never ends is a connect timeout', async (t) => {
  const server = await startMute(t);
  const session = await openSession(t, { timeout: { connect: 0.2 }, retry: false });
  const error = await rejection(session.get(`https://127.0.0.1:${server.port}/`));
  assert.deepEqual([error.code, error.exitCode], ['FL_ECONNECTTIMEOUT', 28]);
});

test('a connect timeout does not end a request whose connection stands', async (t) => {
  const server = await startCounting(t, { latency: 300 });
  const session = await openSession(t, { timeout: { connect: 0.1 } });
  assert.equal((await session.get(server.origin)).status, 200);
});

test('time in the queue does not count against the timeout', async (t) => {
  const server = await startCounting(t, { latency: 200 });
  const session = await openSession(t, { timeout: { attempt: 1 }, limit: 1 });
  const results = await collect(session.fetchAll(urlsOf(server.origin, 8)));
  assert.deepEqual(
    results.map((result) => result.status),
    Array(8).fill(200),
  );
});

for (const timeout of [Number.POSITIVE_INFINITY, 1e300, 1e10, 3_000_000]) {
  test(`a timeout of ${timeout} s does not end a request at once`, async (t) => {
    const server = await startCounting(t, { latency: 50 });
    const session = await openSession(t, { timeout: { attempt: timeout, connect: timeout } });
    assert.equal((await session.get(server.origin)).status, 200);
  });
}

test('a connection that the server closes between two requests costs no request', async (t) => {
  // 0 to 4 ms after its answer, without a word: often just when the next request is on its way.
  let answers = 0;
  const server = await startRaw(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi');
    setTimeout(() => socket.end(), answers++ % 5);
  });
  const session = await openSession(t);
  const results = await collect(session.fetchAll(urlsOf(server.origin, 300)));
  const failures = results.filter((result) => result.error);
  assert.equal(failures.length, 0, `of ${results.length} for one: ${failures[0]?.error.message}`);
});

// ---- Limits

test('the server never has more requests at once than limit', async (t) => {
  const server = await startCounting(t, { latency: 10 });
  const session = await openSession(t, { limit: 7, limitPerHost: 100 });
  await collect(session.fetchAll(urlsOf(server.origin, 100)));
  assert.equal(server.counts.peak, 7);
});

test('nor than limitPerHost, which another host does not share', async (t) => {
  const servers = [await startCounting(t, { latency: 10 }), await startCounting(t, { latency: 10 })];
  const session = await openSession(t, { limit: 100, limitPerHost: 3 });
  await collect(session.fetchAll(servers.flatMap((server) => urlsOf(server.origin, 30))));
  assert.deepEqual(
    servers.map((server) => server.counts.peak),
    [3, 3],
  );
});

test('the defaults are 50 at once and 6 a host', async (t) => {
  const server = await startCounting(t, { latency: 20 });
  const session = await openSession(t);
  assert.deepEqual([session.stats().limit, session.stats().limitPerHost], [50, 6]);
  await collect(session.fetchAll(urlsOf(server.origin, 40)));
  assert.equal(server.counts.peak, 6);

  const wide = await openSession(t, { limitPerHost: 1000 });
  await collect(wide.fetchAll(urlsOf(server.origin, 150)));
  assert.equal(server.counts.peak, 50);
});

test('limits hold for get() and two fetchAll() together', async (t) => {
  const server = await startCounting(t, { latency: 10 });
  const session = await openSession(t, { limit: 5, limitPerHost: 5 });
  await Promise.all([
    collect(session.fetchAll(urlsOf(server.origin, 40))),
    collect(session.fetchAll(urlsOf(server.origin, 40))),
    ...urlsOf(server.origin, 40).map((url) => session.get(url)),
  ]);
  assert.deepEqual([server.counts.peak, server.counts.paths.length], [5, 120]);
});

test('limits hold while requests fail, time out and are given up', async (t) => {
  let now = 0;
  let peak = 0;
  const server = await startRaw(t, (socket, path) => {
    peak = Math.max(peak, ++now);
    socket.on('close', () => now--);
    if (path === '/reset') setTimeout(() => socket.resetAndDestroy(), 5);
    if (path === '/half') setTimeout(() => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'), 5);
  });
  const session = await openSession(t, { limit: 4, limitPerHost: 4, timeout: 0.15 });
  const urls = Array.from({ length: 60 }, (_, i) => `${server.origin}/${['mute', 'reset', 'half'][i % 3]}`);
  const results = await collect(session.fetchAll(urls));
  assert.equal(results.length, 60);
  assert.equal(results.filter((result) => result.error).length, 60);
  // A server sees a client leave a moment after the client has left.
  assert.ok(peak <= 8, `${peak} at once`);
  assert.equal(session.stats().inFlight, 0);
});

test('requests to one host are sent in the order they were asked for', async (t) => {
  const server = await startCounting(t);
  const session = await openSession(t, { limitPerHost: 1 });
  const urls = urlsOf(server.origin, 50);
  await Promise.all(urls.map((url) => session.get(url)));
  assert.deepEqual(
    server.counts.paths,
    urls.map((url) => new URL(url).pathname),
  );
});

test('sessions share neither limits nor connections', async (t) => {
  const server = await startCounting(t, { latency: 50 });
  const sessions = await Promise.all([1, 2, 3].map(() => openSession(t, { limit: 2 })));
  await Promise.all(sessions.map((session) => collect(session.fetchAll(urlsOf(server.origin, 10)))));
  assert.equal(server.counts.peak, 6);
});

test('stats() counts', async (t) => {
  const server = await startCounting(t, { latency: 20 });
  const session = await openSession(t, { limit: 2 });
  await collect(session.fetchAll([...urlsOf(server.origin, 10), 'no-scheme', `http://127.0.0.1:${await freePort()}/`]));
  const { queued, inFlight, done, failed, busy, heldByLimit } = session.stats();
  assert.deepEqual({ queued, inFlight, done, failed }, { queued: 0, inFlight: 0, done: 12, failed: 2 });
  assert.ok(busy >= 10 * 19, `busy ${busy}`);
  assert.ok(heldByLimit > 0);
});

// ---- Cancelling

test('an aborted get() rejects with the reason, and its connection is closed', async (t) => {
  const server = await startCounting(t, { latency: 60_000 });
  const session = await openSession(t);
  const controller = new AbortController();
  const refused = rejection(session.get(server.origin, { signal: controller.signal }));
  await eventually(() => server.counts.now === 1);
  const reason = new Error('enough');
  controller.abort(reason);
  assert.equal(await refused, reason);
  await eventually(() => server.counts.gone === 1);
});

test('a get() that is aborted while it waits is never sent', async (t) => {
  const server = await startCounting(t, { latency: 100 });
  const session = await openSession(t, { limit: 1 });
  const first = session.get(`${server.origin}/first`);
  const controller = new AbortController();
  const refused = rejection(session.get(`${server.origin}/second`, { signal: controller.signal }));
  controller.abort();
  assert.equal((await refused).name, 'AbortError');
  await first;
  await session.get(`${server.origin}/third`);
  assert.deepEqual(server.counts.paths, ['/first', '/third']);
});

test('of all that one signal aborts, none is sent in the place of the one before', async (t) => {
  const server = await startMute(t);
  const session = await openSession(t, { limit: 2, limitPerHost: 2 });
  const controller = new AbortController();
  const all = Array.from({ length: 50 }, (_, i) =>
    session.delete(`${server.origin}/${i}`, { signal: controller.signal }),
  );
  await eventually(() => session.stats().inFlight === 2);
  controller.abort();
  for (const { status } of await Promise.allSettled(all)) assert.equal(status, 'rejected');
  assert.equal(session.stats().started, 2);
});

test('a get() with a signal that was aborted before is never sent', async (t) => {
  const server = await startCounting(t);
  const session = await openSession(t);
  const error = await rejection(session.get(server.origin, { signal: AbortSignal.abort() }));
  assert.equal(error.name, 'AbortError');
  assert.equal(server.counts.paths.length, 0);
});

test('one signal may be given to many requests: nobody is warned of a leak, and all are told', async (t) => {
  const server = await startMute(t);
  const { stdout, stderr, code } = await runModule(`
    import { ClientSession } from 'fetchloop';
    const session = await ClientSession.open();
    const controller = new AbortController();
    const { signal } = controller;
    const list = session.fetchAll(Array(100).fill('${server.origin}'), { signal });
    const single = Promise.allSettled(Array.from({ length: 100 }, (_, i) =>
      session.get('${server.origin}', i % 2 ? { signal } : { signal, priority: 1 })));
    setTimeout(() => controller.abort(new Error('enough')), 200);
    let told = 0;
    const count = (error) => {
      told += error.message === 'enough';
    };
    try {
      for await (const { error } of list) count(error);
    } catch (error) {
      count(error);
    }
    for (const { reason } of await single) told += reason.message === 'enough';
    console.log(told);
    await session.close();
  `);
  assert.deepEqual({ stdout, stderr, code }, { stdout: '201\n', stderr: '', code: 0 });
});

test('an abort may have any reason: what is none is told as FL_ECANCELLED', async (t) => {
  const server = await startMute(t);
  const streams = await startRaw(t, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
  const session = await openSession(t);
  for (const reason of [null, 0, false, '']) {
    const controller = new AbortController();
    const { signal } = controller;
    const stream = await session.get(streams.origin, { stream: true, signal });
    const told = [
      collect(session.fetchAll([server.origin], { signal })),
      stream.text(),
      session.get(server.origin, { signal }),
      session.get(server.origin, { signal, priority: 1 }),
    ].map((each) => assert.rejects(each, { code: 'FL_ECANCELLED' }));
    setTimeout(() => controller.abort(reason), 20);
    await Promise.all(told);
  }
});

test('a signal that aborts after the response changes nothing', async (t) => {
  const session = await openSession(t);
  const controller = new AbortController();
  const response = await session.get(`${nginx.origin}/x`, { signal: controller.signal });
  controller.abort();
  assert.equal(await response.text(), 'This is /x.\n');
});

test('close() ends what is in flight and what waits with FL_ECANCELLED, and closes the connections', async (t) => {
  const server = await startCounting(t, { latency: 60_000 });
  const session = await ClientSession.open({ limit: 3 });
  const refused = urlsOf(server.origin, 10).map((url) => rejection(session.get(url)));
  await eventually(() => server.counts.now === 3);
  await session.close();
  assert.deepEqual(
    (await Promise.all(refused)).map((error) => error.code),
    Array(10).fill('FL_ECANCELLED'),
  );
  await eventually(() => server.sockets.size === 0);
  assert.equal(server.counts.paths.length, 3);
});

test('close() closes idle connections', async (t) => {
  const server = await startCounting(t);
  const session = await ClientSession.open();
  await session.get(server.origin);
  assert.equal(server.sockets.size, 1);
  await session.close();
  await eventually(() => server.sockets.size === 0);
});

test('close() again is the same', async () => {
  const session = await ClientSession.open();
  assert.equal(session.close(), session.close());
  await session.close();
  await session.close();
});

test('a closed session takes nothing', async () => {
  const session = await ClientSession.open();
  await session.close();
  const error = await rejection(session.get(nginx.origin));
  assert.match(error.message, /closed/);
  assert.throws(() => session.fetchAll([nginx.origin]), /closed/);
});

test('Symbol.asyncDispose closes', async (t) => {
  const server = await startCounting(t, { latency: 60_000 });
  const session = await ClientSession.open();
  const refused = rejection(session.get(server.origin));
  await session[Symbol.asyncDispose]();
  assert.equal((await refused).code, 'FL_ECANCELLED');
});

test('a session that is closed leaves the others alone', async (t) => {
  const server = await startCounting(t, { latency: 100 });
  const [one, other] = [await openSession(t), await openSession(t)];
  const response = other.get(server.origin);
  const refused = rejection(one.get(server.origin));
  await one.close();
  assert.equal((await refused).code, 'FL_ECANCELLED');
  assert.equal((await response).status, 200);
});

// ---- Opening

for (const [options, said] of [
  [{ limit: 0 }, /limit .*0/],
  [{ limit: 1.5 }, /limit .*1\.5/],
  [{ limit: -1 }, /limit .*-1/],
  [{ limit: '5' }, /limit .*5/],
  [{ limit: Number.NaN }, /limit .*NaN/],
  [{ limit: 2 ** 32 }, /limit .*4294967296/],
  [{ limitPerHost: 0 }, /limitPerHost .*0/],
  [{ timeout: 0 }, /timeout .*0/],
  [{ timeout: -1 }, /timeout .*-1/],
  [{ timeout: Number.NaN }, /timeout .*NaN/],
  [{ timeout: { connect: -0.5 } }, /timeout\.connect .*-0\.5/],
  [{ limits: 5 }, /limits/],
]) {
  test(`open() refuses ${JSON.stringify(options)} by name`, async () => {
    await assert.rejects(ClientSession.open(options), said);
  });
}

test('options that are undefined are the defaults', async (t) => {
  const session = await openSession(t, { limit: undefined, limitPerHost: undefined, timeout: undefined });
  assert.deepEqual([session.stats().limit, session.stats().limitPerHost], [50, 6]);
});

test('options that are null are none, and a signal that is none is refused', async (t) => {
  const server = await startHttp(t, (_request, response) => response.writeHead(204).end());
  const session = await openSession(t);
  assert.equal((await session.get(server.origin, null)).status, 204);
  assert.equal((await session.get(server.origin, { signal: null })).status, 204);
  const [result] = await collect(session.fetchAll([server.origin], null));
  assert.equal(result.status, 204);
  await assert.rejects(session.get(server.origin, { signal: 'now' }), {
    name: 'TypeError',
    message: "signal must be an AbortSignal, not 'now'",
  });
});

test('100 sessions are opened, used and closed', async (t) => {
  const server = await startCounting(t);
  for (let i = 0; i < 100; i++) {
    const session = await ClientSession.open();
    assert.equal((await session.get(server.origin)).status, 200);
    await session.close();
  }
  await eventually(() => server.sockets.size === 0);
  assert.equal(server.counts.paths.length, 100);
});

test('100 sessions at once', async (t) => {
  const server = await startCounting(t);
  const sessions = await Promise.all(Array.from({ length: 100 }, () => ClientSession.open()));
  const responses = await Promise.all(sessions.map((session, i) => session.get(`${server.origin}/${i}`)));
  assert.deepEqual(
    await Promise.all(responses.map((response) => response.text())),
    responses.map((_, i) => `This is /${i}.\n`),
  );
  await Promise.all(sessions.map((session) => session.close()));
});

// ---- The process

test('a program ends by itself after close()', async () => {
  const ended = await runModule(`
    import { ClientSession } from 'fetchloop';
    const session = await ClientSession.open();
    console.log((await session.get('${nginx.origin}/200')).status);
    await session.close();
  `);
  assert.deepEqual(ended, { code: 0, signal: null, stdout: '200\n', stderr: '' });
});

test('a program ends by itself without close() when all is done', async () => {
  const ended = await runModule(`
    import { ClientSession } from 'fetchloop';
    const session = await ClientSession.open();
    for await (const { status } of session.fetchAll(['${nginx.origin}/200', 'http://127.0.0.1:1/'])) console.log(status);
  `);
  assert.deepEqual(
    { ...ended, stdout: ended.stdout.split('\n').sort().join(' ') },
    { code: 0, signal: null, stdout: ' 0 200', stderr: '' },
  );
});

test('a program ends by itself when it opens a session and does nothing', async () => {
  const ended = await runModule(`import { ClientSession } from 'fetchloop'; await ClientSession.open();`);
  assert.deepEqual(ended, { code: 0, signal: null, stdout: '', stderr: '' });
});

test('a program whose request is in flight does not end before it', async (t) => {
  const server = await startCounting(t, { latency: 500 });
  const ended = await runModule(`
    import { ClientSession } from 'fetchloop';
    const session = await ClientSession.open();
    session.get('${server.origin}/').then(async (response) => console.log(await response.text()));
  `);
  assert.deepEqual(ended, { code: 0, signal: null, stdout: 'This is /.\n\n', stderr: '' });
});

test('the module puts nothing on globalThis, and writes nothing', async () => {
  const ended = await runModule(`
    const before = new Set(Object.getOwnPropertyNames(globalThis));
    const { ClientSession } = await import('fetchloop');
    const session = await ClientSession.open();
    await session.get('${nginx.origin}/200');
    console.log(Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name)).join());
  `);
  assert.deepEqual(ended, { code: 0, signal: null, stdout: '\n', stderr: '' });
});
