/** What a session offers besides requests: one-shot helpers, map(), tasks(), stats(), fetch() for other libraries. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { fetchAll, get } from 'fetchloop';
import { cancelled, openLoop } from './support/loop.js';
import { startHttp, startMute } from './support/odd-servers.js';
import { collect, eventually, openSession, test, urlsOf } from './support/test.js';

/** Answers with the path, after as many milliseconds as `?ms=` says. */
function startPaths(t) {
  return startHttp(t, (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://any');
    setTimeout(() => response.end(pathname), Number(searchParams.get('ms') ?? 0));
  });
}

test('get() asks once, and leaves no connection', async (t) => {
  const server = await startPaths(t);
  const response = await get(`${server.origin}/one`, { headers: { 'x-a': 'b' } });
  assert.equal(await response.text(), '/one');
  await eventually(() => server.sockets.size === 0);
});

test('get(url, null) is get(url)', async (t) => {
  const server = await startPaths(t);
  assert.equal((await get(server.origin, null)).status, 200);
});

test('get(url, task) is cancelled with the task', async (t) => {
  const server = await startMute(t);
  const loop = await openLoop(t);
  const task = loop.createTask((self) => get(server.origin, self));
  await eventually(() => server.sockets.size === 1);
  task.cancel();
  await assert.rejects(async () => await task, cancelled);
  await eventually(() => server.sockets.size === 0);
});

test('method and url are no options: they are given before them', async (t) => {
  const session = await openSession(t);
  for (const init of [{ method: 'DELETE' }, { url: 'http://127.0.0.1/' }]) {
    await assert.rejects(session.get('http://127.0.0.1:1/', init), { name: 'TypeError', message: /is no option/ });
  }
});

test('get() refuses to stream, for its session ends with it', async () => {
  await assert.rejects(get('http://127.0.0.1/', { stream: true }), {
    name: 'TypeError',
    message: /ClientSession\.open/,
  });
});

test('fetchAll() gives all results, takes session options, and closes when it is left', async (t) => {
  const server = await startPaths(t);
  const results = await collect(fetchAll(urlsOf(server.origin, 20), { limit: 3 }));
  assert.deepEqual(
    results.map(({ index }) => index).sort((a, b) => a - b),
    [...Array(20).keys()],
  );
  for await (const { status } of fetchAll(urlsOf(server.origin, 20))) {
    assert.equal(status, 200);
    break;
  }
  await eventually(() => server.sockets.size === 0);
});

test('map() gives what the function makes of each response, and its errors as results', async (t) => {
  const server = await startPaths(t);
  const session = await openSession(t);
  const urls = [...urlsOf(server.origin, 30), 'no-url'];
  const results = await collect(
    session.map(urls, async (response, { index }) => {
      if (index === 7) throw new Error('seven');
      return (await response.text()).length;
    }),
  );
  const byIndex = results.sort((a, b) => a.index - b.index);
  assert.deepEqual(
    byIndex.map(({ value }) => value),
    [...urls.slice(0, 30).map((_, i) => (i === 7 ? undefined : `/${i}`.length)), undefined],
  );
  assert.equal(byIndex[7].error.message, 'seven');
  assert.equal(byIndex[30].error.code, 'FL_EURLSCHEME');
});

test('a function of map() that throws nothing has failed all the same', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end());
  const session = await openSession(t);
  const results = await collect(session.map([server.origin], () => Promise.reject()));
  assert.deepEqual(
    results.map(({ error }) => error.message),
    ['fn threw undefined'],
  );
});

test('map() of a session without a limit is not without a bound on what it begins at once', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('x'));
  const session = await openSession(t, { limit: Infinity });
  const values = [];
  for await (const { value } of session.map([server.origin, server.origin], (page) => page.text())) values.push(value);
  assert.deepEqual(values, ['x', 'x']);
});

test('map() without a function is refused at once', async (t) => {
  const session = await openSession(t);
  assert.throws(() => session.map([], undefined), {
    name: 'TypeError',
    message: 'fn must be a function, not undefined',
  });
});

test('map() runs as many functions at once as requests, no more', async (t) => {
  const server = await startPaths(t);
  const session = await openSession(t, { limit: 4 });
  let running = 0;
  let peak = 0;
  const work = async () => {
    peak = Math.max(peak, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
  };
  await collect(session.map(urlsOf(server.origin, 40), work));
  assert.equal(peak, 4);
});

test('map() that is left cancels the rest', async (t) => {
  const server = await startPaths(t);
  const session = await openSession(t, { limit: 2 });
  for await (const { value } of session.map(urlsOf(server.origin, 1000), (response) => response.text())) {
    assert.match(value, /^\/\d+$/);
    break;
  }
  await eventually(() => session.stats().inFlight === 0 && session.stats().queued === 0);
});

test("map()'s source that throws, throws there, after the results of what it gave before", async (t) => {
  const server = await startPaths(t);
  const session = await openSession(t);
  const source = function* () {
    yield `${server.origin}/1`;
    throw new RangeError('no more');
  };
  const values = [];
  await assert.rejects(
    async () => {
      for await (const { value } of session.map(source(), (response) => response.text())) values.push(value);
    },
    { name: 'RangeError', message: 'no more' },
  );
  assert.deepEqual(values, ['/1']);
});

test('tasks() tells of each request that has not ended what it waits for', async (t) => {
  const server = await startPaths(t);
  const session = await openSession(t, { limit: 1, ratePerHost: '1/h' });
  const controller = new AbortController();
  const asked = ['/first?ms=500', '/second'].map((path) =>
    session.get(server.origin + path, { signal: controller.signal }).catch(({ name }) => name),
  );
  await eventually(() => session.tasks()[0]?.state === 'waiting');
  const [first, second] = session.tasks();
  assert.deepEqual(
    [first.method, first.url, first.retries, second.url, second.state, second.attemptAge],
    ['GET', `${server.origin}/first?ms=500`, 0, `${server.origin}/second`, 'held back', null],
  );
  assert.ok(first.attemptAge >= 0 && first.age >= first.attemptAge);
  controller.abort();
  assert.deepEqual(await Promise.all(asked), ['AbortError', 'AbortError']);
  await eventually(() => session.tasks().length === 0);
});

test('stats() counts bytes, and tells percentiles of the responses', async (t) => {
  const server = await startPaths(t);
  const session = await openSession(t);
  assert.deepEqual(session.stats().latency, { p50: null, p90: null, p99: null, max: null });
  await collect(session.fetchAll([...urlsOf(server.origin, 9), `${server.origin}/slow?ms=300`]));
  const { bytes, latency, done } = session.stats();
  assert.equal(bytes, 9 * 2 + '/slow'.length);
  assert.equal(done, 10);
  assert.ok(latency.p50 > 0 && latency.p50 <= latency.p90 && latency.p90 <= latency.p99 && latency.p99 <= latency.max);
  assert.ok(latency.max >= 300 && latency.p50 < 300, JSON.stringify(latency));
});

test('a session that is paused starts nothing, lets go on what is in flight, and goes on when it is resumed', async (t) => {
  const server = await startPaths(t);
  const session = await openSession(t, { limit: 1 });
  const first = session.get(`${server.origin}/first?ms=50`);
  await eventually(() => session.stats().inFlight === 1);
  session.pause();
  session.pause();
  const second = session.get(`${server.origin}/second`);
  assert.equal(await (await first).text(), '/first');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([session.stats().inFlight, session.tasks().map(({ state }) => state)], [0, ['queued']]);
  session.resume();
  assert.equal(await (await second).text(), '/second');
});

test('a session that is paused can be closed', async (t) => {
  const server = await startPaths(t);
  const session = await openSession(t);
  session.pause();
  const asked = session.get(server.origin).catch(({ code }) => code);
  await session.close();
  assert.equal(await asked, 'FL_ECANCELLED');
});

test('map() can be left while its next result is waited for: what is in flight is cancelled', async (t) => {
  const server = await startMute(t);
  const session = await openSession(t);
  const mapped = session.map(urlsOf(server.origin, 3), (response) => response.text());
  const next = mapped.next();
  await eventually(() => session.stats().inFlight === 3);
  assert.equal((await mapped.return()).done, true);
  assert.equal((await next).done, true);
  await eventually(() => session.stats().inFlight === 0);
  const source = Readable.from(session.map(urlsOf(server.origin, 3), (response) => response.text()));
  source.on('error', () => {}).resume();
  await eventually(() => session.stats().inFlight === 3);
  source.destroy();
  await eventually(() => session.stats().inFlight === 0);
});

test('and while its function takes its time', async (t) => {
  const server = await startPaths(t);
  const session = await openSession(t);
  const mapped = session.map([server.origin], () => new Promise(() => {}));
  const next = mapped.next();
  await eventually(() => session.stats().done === 1);
  assert.equal((await mapped.return()).done, true);
  assert.equal((await next).done, true);
});
