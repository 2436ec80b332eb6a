/** Whoever is told of a step may call the request off there and then, close the session, or ask it for more. */
import assert from 'node:assert/strict';
import { startHttp } from './support/odd-servers.js';
import { eventually, openSession, test } from './support/test.js';

/** Redirects /redirect, and is busy at first at /retry. */
async function start(t) {
  const asked = [];
  const server = await startHttp(t, (request, response) => {
    asked.push(request.url);
    if (request.url === '/redirect') response.writeHead(307, { location: '/there' });
    else if (request.url === '/retry' && asked.length === 1) response.writeHead(503);
    response.end('here');
  });
  return { ...server, asked };
}

const STEPS = {
  queued: '/',
  started: '/',
  connected: '/',
  headers: '/',
  chunk: '/',
  redirect: '/redirect',
  retry: '/retry',
};

for (const [step, path] of Object.entries(STEPS)) {
  for (const stream of [false, true]) {
    test(`aborted at step ${step}, ${stream ? 'streamed' : 'whole'}: it ends with the reason, and nothing more is asked`, async (t) => {
      const server = await start(t);
      const reason = new Error('not that way');
      const controller = new AbortController();
      const session = await openSession(t, {
        retry: { backoff: 0.001 },
        trace: (event) => event.step === step && controller.abort(reason),
      });
      const read = async () => (await session.get(server.origin + path, { signal: controller.signal, stream })).text();
      await assert.rejects(read(), reason);
      await eventually(() => session.tasks().length === 0);
      assert.equal((await session.get(server.origin)).status, 200);
      assert.ok(server.asked.length <= 2 && !server.asked.includes('/there'), `${server.asked}`);
    });
  }

  test(`closed at step ${step}: the request ends, and so does the session`, async (t) => {
    const server = await start(t);
    let closed;
    const session = await openSession(t, {
      retry: { backoff: 0.001 },
      trace: (event) => {
        if (event.step === step) closed = session.close();
      },
    });
    await assert.rejects(session.get(server.origin + path), { code: 'FL_ECANCELLED' });
    await closed;
    assert.ok(!server.asked.includes('/there'));
  });
}

for (const [how, ask] of [
  ['get()', (session, url) => session.get(url)],
  ['post()', (session, url) => session.post(url, { json: 1 })],
  ['a list', (session, url) => session.fetchAll([url]).next()],
]) {
  test(`what a trace function asks its own session for, by ${how}, is not traced`, async (t) => {
    const server = await start(t);
    const steps = [];
    const asked = [];
    const session = await openSession(t, {
      limitPerHost: 100,
      trace({ step }) {
        steps.push(step);
        asked.push(ask(session, `${server.origin}/log`));
      },
    });
    await Promise.all(Array.from({ length: 20 }, async () => (await session.get(server.origin)).text()));
    await Promise.all(asked);
    assert.equal(steps.length, 20 * 6, `${new Set(steps)}`); // of the 20 alone: queued, started, connected, headers, chunk, end
    assert.equal(server.asked.filter((url) => url === '/log').length, asked.length);
  });
}
