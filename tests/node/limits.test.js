/** Places, priorities, queues, rates and timeouts, as the server sees them. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHttp, startMute } from './support/odd-servers.js';
import { collect, eventually, openSession, test, urlsOf } from './support/test.js';

/** Answers after `latency` milliseconds; tells what came when. */
async function startSlow(t, latency, headers = () => ({})) {
  const asked = [];
  let now = 0;
  const server = await startHttp(t, (request, response) => {
    asked.push({ url: request.url, at: performance.now() });
    server.peak = Math.max(server.peak, ++now);
    setTimeout(() => {
      now--;
      response.writeHead(200, headers(asked.length)).end('ok');
    }, latency);
  });
  return Object.assign(server, { asked, peak: 0 });
}

const gaps = (asked) => asked.slice(1).map(({ at }, i) => at - asked[i].at);

test('requests start in the order in which they were asked for, to several hosts too', async (t) => {
  const started = [];
  const answer = (request, response) => {
    started.push(request.url);
    setTimeout(() => response.end(), 5);
  };
  const [one, two] = [await startHttp(t, answer), await startHttp(t, answer)];
  const session = await openSession(t, { limit: 1 });
  const urls = Array.from({ length: 20 }, (_, i) => `${i % 3 ? one.origin : two.origin}/${i}`);
  await Promise.all(urls.map((url) => session.get(url)));
  assert.deepEqual(
    started,
    Array.from({ length: 20 }, (_, i) => `/${i}`),
  );
});

test('a higher priority goes first, among those that wait', async (t) => {
  const server = await startSlow(t, 10);
  const session = await openSession(t, { limit: 1 });
  const priorities = [0, 0, -5, 7, 0, 7, 1];
  await Promise.all(priorities.map((priority, i) => session.get(`${server.origin}/${i}`, { priority })));
  assert.deepEqual(
    server.asked.map(({ url }) => url),
    ['/0', '/3', '/5', '/6', '/1', '/4', '/2'],
  );
});

test('queueLimit: one more is refused at once', async (t) => {
  const server = await startSlow(t, 20);
  const session = await openSession(t, { limit: 1, queueLimit: 2 });
  const ends = await Promise.allSettled(urlsOf(server.origin, 4).map((url) => session.get(url)));
  assert.deepEqual(
    ends.map(({ status, reason }) => reason?.code ?? status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'FL_EFULL'],
  );
});

test("queueLimit with whenFull: 'dropOldest': the one that has waited longest makes room", async (t) => {
  const server = await startSlow(t, 20);
  const session = await openSession(t, { limit: 1, queueLimit: 2, whenFull: 'dropOldest' });
  const ends = await Promise.allSettled(urlsOf(server.origin, 5).map((url) => session.get(url)));
  assert.deepEqual(
    ends.map(({ status, reason }) => reason?.code ?? status),
    ['fulfilled', 'FL_EFULL', 'FL_EFULL', 'fulfilled', 'fulfilled'],
  );
});

test('ratePerHost: never faster, as the server sees it', async (t) => {
  const server = await startSlow(t, 1);
  const session = await openSession(t, { ratePerHost: '50/s' });
  await collect(session.fetchAll(urlsOf(server.origin, 30)));
  const { asked } = server;
  const span = asked.at(-1).at - asked[0].at;
  assert.ok(span >= 29 * 20 - 15, `30 starts at 50/s take 580 ms, these took ${span}`);
  assert.ok(span < 1500);
});

test('rate: of all hosts together, with a burst', async (t) => {
  const servers = [await startSlow(t, 1), await startSlow(t, 1)];
  const session = await openSession(t, { rate: { requests: 50, per: 1, burst: 10 } });
  const begun = performance.now();
  await Promise.all(Array.from({ length: 30 }, (_, i) => session.get(servers[i % 2].origin)));
  const took = performance.now() - begun;
  assert.ok(took >= 20 * 20 - 15, `10 at once and 20 at 50/s take 400 ms, these took ${took}`);
});

test('a rate of one host holds up no other', async (t) => {
  const [slow, fast] = [await startSlow(t, 1), await startSlow(t, 1)];
  const started = [];
  const trace = ({ step, url, time }) => step === 'started' && url === slow.origin && started.push({ at: time });
  const session = await openSession(t, { limit: 4, trace });
  session.setCrawlDelay(slow.origin, 0.5);
  const waiting = [0, 1, 2].map(() => session.get(slow.origin));
  const begun = performance.now();
  await collect(session.fetchAll(urlsOf(fast.origin, 50)));
  assert.ok(performance.now() - begun < 900);
  await Promise.all(waiting);
  assert.deepEqual([started.length, slow.asked.length], [3, 3]);
  // The server sees the first one later, by what its connection takes.
  for (const gap of gaps(started)) assert.ok(gap >= 500, `${gap} ms between two, 500 were asked for`);
});

test('RateLimit: no more are sent than remain, until the reset', async (t) => {
  const server = await startSlow(t, 1, (n) => ({ ratelimit: `"default";r=${Math.max(0, 3 - n)};t=1` }));
  const session = await openSession(t, { limitPerHost: 1 });
  await Promise.all(urlsOf(server.origin, 5).map((url) => session.get(url)));
  assert.ok(server.asked[3].at - server.asked[2].at >= 990, 'the fourth waits for the reset');
  assert.ok(server.asked[2].at - server.asked[0].at < 900, 'the first three do not');
});

test('RateLimit: it is obeyed from the head on, while the body comes, and when it breaks', async (t) => {
  const asked = [];
  const server = await startHttp(t, (_request, response) => {
    asked.push(performance.now());
    const isFirst = asked.length === 1;
    response.writeHead(200, { 'content-length': 8, ratelimit: `"default";r=${isFirst ? 0 : 9};t=1` }).write('half');
    setTimeout(() => (isFirst ? response.destroy() : response.end('more')), 400);
  });
  const session = await openSession(t, { retry: { backoff: 0.001 } });
  const broken = session.get(server.origin);
  await eventually(() => session.tasks()[0].state === 'downloading');
  const second = session.get(server.origin);
  assert.deepEqual([await (await broken).text(), await (await second).text()], ['halfmore', 'halfmore']);
  assert.ok(asked[1] - asked[0] >= 990, 'both wait for the reset');
});

test('X-RateLimit-Remaining: 0 stops the next until X-RateLimit-Reset, an epoch', async (t) => {
  const reset = Math.ceil(Date.now() / 1000) + 1;
  const server = await startSlow(t, 1, () => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) }));
  const session = await openSession(t);
  await session.get(server.origin);
  await session.get(server.origin);
  assert.ok(Date.now() / 1000 >= reset);
});

test('X-RateLimit-Remaining: 0 for longer than retryAfterMax: what waits ends; other hosts are asked', async (t) => {
  const server = await startSlow(t, 50, () => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3600' }));
  const other = await startSlow(t, 1);
  const session = await openSession(t, { limitPerHost: 1, retry: { retryAfterMax: 10 } });
  const [first, ...waiting] = await Promise.allSettled(urlsOf(server.origin, 3).map((url) => session.get(url)));
  assert.equal(first.value.status, 200);
  for (const { reason } of waiting) assert.equal(reason.code, 'FL_EPARKED');
  await assert.rejects(session.get(server.origin), { code: 'FL_EPARKED' });
  assert.deepEqual([server.asked.length, (await session.get(other.origin)).status], [1, 200]);
});

test('a 429 of which nothing remains for longer than retryAfterMax is the response, and not tried again', async (t) => {
  const server = await startHttp(t, (_request, response) => {
    response.writeHead(429, { ratelimit: '"default";r=0;t=3600' }).end('no more');
  });
  const session = await openSession(t);
  const response = await session.get(server.origin);
  assert.deepEqual([response.status, await response.text()], [429, 'no more']);
});

test('ignoreRateLimit: it is not obeyed', async (t) => {
  const server = await startSlow(t, 1, () => ({ ratelimit: '"default";r=0;t=60' }));
  const session = await openSession(t, { ignoreRateLimit: true });
  await session.get(server.origin);
  assert.equal((await session.get(server.origin)).status, 200);
});

for (const [which, timeout, code] of [
  ['total', { total: 0.2 }, 'FL_ETOTALTIMEOUT'],
  ['attempt', { attempt: 0.2 }, 'FL_EATTEMPTTIMEOUT'],
  ['read', { read: 0.2 }, 'FL_EREADTIMEOUT'],
]) {
  test(`timeout.${which}: of a server that never answers, ${code}`, async (t) => {
    const server = await startMute(t);
    const session = await openSession(t, { retry: false });
    const begun = performance.now();
    await assert.rejects(session.get(server.origin, { timeout }), { code, exitCode: 28 });
    const took = performance.now() - begun;
    assert.ok(took >= 195 && took < 2000, `${took} ms`);
  });
}

test('timeout.queue: of one that waits for its place too long', async (t) => {
  const server = await startSlow(t, 600);
  const session = await openSession(t, { limit: 1 });
  const first = session.get(server.origin);
  await assert.rejects(session.get(server.origin, { timeout: { queue: 0.2 } }), { code: 'FL_EQUEUETIMEOUT' });
  assert.equal((await first).status, 200);
  assert.equal(server.asked.length, 1);
});

test('timeout.read is between two arrivals, and not for the whole', async (t) => {
  const server = await startHttp(t, async (_request, response) => {
    for (let i = 0; i < 6; i++) {
      response.write('.');
      await sleep(100);
    }
    response.end();
  });
  const session = await openSession(t, { timeout: { read: 0.4 } });
  assert.equal(await (await session.get(server.origin)).text(), '......');
});

test('timeout.total covers retries and the waiting between them', async (t) => {
  const server = await startSlow(t, 1);
  const failing = await startHttp(t, (_request, response) => response.writeHead(503, { 'retry-after': '30' }).end());
  const session = await openSession(t);
  const begun = performance.now();
  await assert.rejects(session.get(failing.origin, { timeout: { total: 0.3 } }), { code: 'FL_ETOTALTIMEOUT' });
  assert.ok(performance.now() - begun < 2000);
  assert.equal((await session.get(server.origin)).status, 200);
});

test('an abort while backing off ends it at once', async (t) => {
  const failing = await startHttp(t, (_request, response) => response.writeHead(503, { 'retry-after': '30' }).end());
  const session = await openSession(t);
  const controller = new AbortController();
  const request = session.get(failing.origin, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 100);
  await assert.rejects(request, /enough/);
  assert.deepEqual([session.stats().backingOff, session.stats().inFlight], [0, 0]);
});
