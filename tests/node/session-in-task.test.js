/** What a session does in a task of the loop is cancelled with it, without being told: as aiohttp's requests in asyncio's tasks. */
import assert from 'node:assert/strict';
import { get } from 'fetchloop/loop';
import { cancelled, openLoop } from './support/loop.js';
import { startHttp } from './support/odd-servers.js';
import { eventually, openSession, test } from './support/test.js';

/** Answers at /quick, and nowhere else. */
async function start(t) {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/quick') response.end('quick');
    else if (request.url === '/slow-body') response.writeHead(200).write('begun');
  });
  return {
    quick: `${server.origin}/quick`,
    mute: `${server.origin}/mute`,
    slowBody: `${server.origin}/slow-body`,
    server,
  };
}

/** Whatever ends it, the session has nothing left to do. */
const isIdle = (session) => () => session.tasks().length === 0;

for (const [what, ask] of Object.entries({
  'get()': (session, { mute }) => session.get(mute),
  'a request with a body': (session, { mute }) => session.post(mute, { json: { a: 1 } }),
  'fetch()': (session, { mute }) => session.fetch(mute),
  'a request that has a signal besides': (session, { mute }) =>
    session.get(mute, { signal: new AbortController().signal }),
  'fetchAll()': async (session, { mute }) => {
    for await (const result of session.fetchAll(Array(10).fill(mute))) assert.fail(`${result.status}`);
  },
  'map()': async (session, { mute }) => {
    for await (const result of session.map(Array(10).fill(mute), (page) => page.text()))
      assert.fail(`${result.status}`);
  },
  'the one-shot get()': (_session, { mute }) => get(mute),
})) {
  test(`${what} in a task that is cancelled, out of time, or of a group that fails, ends at once`, async (t) => {
    const urls = await start(t);
    const loop = await openLoop(t);
    const session = await openSession(t, { retry: false });
    const task = loop.createTask(() => ask(session, urls));
    await eventually(() => urls.server.sockets.size > 0);
    task.cancel('enough');
    await assert.rejects(async () => await task, cancelled);
    await eventually(isIdle(session));

    const timedOut = { name: 'TimeoutError', code: 'FL_ETIMEOUT' };
    await assert.rejects(
      loop.waitFor(() => ask(session, urls), 0.05),
      timedOut,
    );
    await assert.rejects(
      loop.timeout(0.05, () => ask(session, urls)),
      timedOut,
    );
    const lost = new Error('lost');
    const group = loop.taskGroup(async (group) => {
      group.createTask(() => ask(session, urls));
      await loop.sleep(0.05);
      throw lost;
    });
    await assert.rejects(group, ({ errors }) => errors.length === 1 && errors[0] === lost);
    await eventually(isIdle(session));
    await eventually(() => urls.server.sockets.size === 0);
    assert.deepEqual(loop.bridge.counts(), { calls: 0, waits: 0, bodies: 0, items: 0 });
  });
}

test('a cancellation that a task caught at its request is not told to it again', async (t) => {
  const { quick, mute } = await start(t);
  const loop = await openLoop(t);
  const session = await openSession(t);
  const task = loop.createTask(async () => {
    await assert.rejects(session.get(mute), { ...cancelled, message: 'once' });
    return (await session.get(quick)).text();
  });
  await eventually(() => session.tasks().length === 1);
  task.cancel('once');
  assert.equal(await task, 'quick');
});

test('signal: null makes a request nobody’s but the session’s; a shielded task goes on', async (t) => {
  const { mute } = await start(t);
  const loop = await openLoop(t);
  const session = await openSession(t);
  const ended = [];
  const tell = (promise) => promise.catch(({ code }) => ended.push(code));
  await assert.rejects(
    loop.timeout(0.03, (scope) => loop.ensureFuture(tell(session.get(mute, { signal: null }))).wait(scope)),
    { code: 'FL_ETIMEOUT' },
  );
  await assert.rejects(
    loop.timeout(0.03, () => loop.shield(() => tell(session.get(mute)))),
    { code: 'FL_ETIMEOUT' },
  );
  assert.equal(session.tasks().length, 2);
  assert.deepEqual(ended, []);
  await session.close();
  await eventually(() => ended.length === 2);
});

test('a streamed body that is read in a task ends with it', async (t) => {
  const { slowBody } = await start(t);
  const loop = await openLoop(t);
  const session = await openSession(t);
  const late = loop.timeout(0.1, async () => {
    const response = await session.get(slowBody, { stream: true });
    return response.text();
  });
  await assert.rejects(late, { code: 'FL_ETIMEOUT' });
  await eventually(isIdle(session));
});

test('a signal that is none rejects in a task, too', async (t) => {
  const { quick } = await start(t);
  const loop = await openLoop(t);
  const session = await openSession(t);
  const task = loop.createTask(() => session.get(quick, { signal: 'now' }).catch((error) => error));
  assert.equal((await task).name, 'TypeError');
});

test('a cancellation that reaches the functions of map() leaves its list', async (t) => {
  const { quick } = await start(t);
  const loop = await openLoop(t);
  const session = await openSession(t, { limit: 2 });
  let calls = 0;
  const ask = async () => {
    const wait = async () => {
      calls++;
      await loop.sleep(9);
    };
    for await (const result of session.map(Array(10).fill(quick), wait)) assert.fail(`${result.status}`);
  };
  await assert.rejects(loop.timeout(0.1, ask), { name: 'TimeoutError' });
  const task = loop.createTask(ask);
  await eventually(() => calls === 4);
  task.cancel();
  await assert.rejects(async () => await task, cancelled);
  await eventually(isIdle(session));
  assert.equal(calls, 4, 'and calls none of them any more');
});
