/** Tasks of the loop: what they are, and cancelling them. */
import assert from 'node:assert/strict';
import { ClientSession, Future, Queue, Task } from 'fetchloop/loop';
import { cancelled, openLoop, timedOut } from './support/loop.js';
import { startHttp, startMute } from './support/odd-servers.js';
import { eventually, test } from './support/test.js';

test('a task is awaited as often as you like, and has name, state, result', async (t) => {
  const loop = await openLoop(t);
  const task = loop.createTask(async () => 42, { name: 'answer' });
  assert.deepEqual([task.done(), task.name, String(task)], [false, 'answer', '<Task answer anonymous pending>']);
  assert.throws(() => task.result(), { code: 'FL_EPENDING' });
  assert.deepEqual([...loop.allTasks()], [task]);
  assert.deepEqual(await Promise.all([task, task, task.then((value) => value + 1)]), [42, 42, 43]);
  assert.deepEqual([task.done(), task.cancelled(), task.result(), task.exception()], [true, false, 42, null]);
  assert.equal(loop.allTasks().size, 0);
  assert.equal(task.cancel(), false);
});

test('a task is a future, as one that the loop makes is', async (t) => {
  const loop = await openLoop(t);
  const futures = [loop.createTask(async () => {}), loop.createFuture(), loop.ensureFuture(Promise.resolve())];
  assert.deepEqual(
    futures.map((future) => [future instanceof Future, future instanceof Task]),
    [
      [true, true],
      [true, false],
      [true, false],
    ],
  );
});

test('an eager task has run to its first await when it is made', async (t) => {
  const loop = await openLoop(t);
  const said = [];
  const task = loop.createTask(
    async () => {
      said.push('in');
      await loop.sleep(0);
      said.push('out');
    },
    { eager: true },
  );
  said.push('made');
  await task;
  assert.deepEqual(said, ['in', 'made', 'out']);
});

test('the current task is known across awaits of all kinds, and is none in a callback', async (t) => {
  const loop = await openLoop(t);
  const seen = [];
  const task = loop.createTask(async () => {
    const see = () => seen.push(loop.currentTask());
    see();
    await loop.sleep(0);
    see();
    await new Promise((resolve) => setTimeout(resolve, 1));
    see();
    await loop.createTask(async () => {});
    see();
    await loop.timeout(1, async () => see());
    await loop.taskGroup(async () => see());
  });
  await task;
  assert.equal(seen.length, 6);
  assert.ok(seen.every((each) => each === task));
  assert.equal(loop.currentTask(), null);
});

test('cancelling a task cancels all that it awaits at once, and its signal', async (t) => {
  const loop = await openLoop(t);
  const queue = new Queue(loop);
  const event = [];
  const task = loop.createTask(async (self) => {
    self.signal.addEventListener('abort', () => event.push(self.signal.reason ?? 'another'));
    return await Promise.allSettled([queue.get(), loop.sleep(10), loop.createTask(() => loop.sleep(10))]);
  });
  await loop.sleep(0.01);
  const { signal } = task;
  task.cancel();
  const settled = await task;
  assert.deepEqual(
    settled.map(({ reason }) => reason.name),
    ['CancelledError', 'CancelledError', 'CancelledError'],
  );
  assert.equal(signal.aborted, true);
  assert.equal(signal.reason.code, 'FL_ECANCELLED');
  assert.equal(event.length, 1);
  assert.deepEqual(loop.bridge.counts(), { calls: 0, waits: 0, bodies: 0, items: 0 });
});

for (const [how, make] of Object.entries({
  'returned by a function': (_loop, task) => () => task,
  'returned by an async function': (_loop, task) => async () => task,
  'awaited in an async function that is awaited': (_loop, task) => async () => await (async () => await task)(),
  'gathered and returned': (loop, task) => () => loop.gather([task]),
  'awaited by Promise.race()': (loop, task) => () => Promise.race([task, loop.sleep(20)]),
})) {
  test(`a cancellation reaches a task that is ${how}`, async (t) => {
    const loop = await openLoop(t);
    const inner = loop.createTask(() => loop.sleep(10));
    const outer = loop.createTask(make(loop, inner));
    await loop.sleep(0.005);
    outer.cancel();
    await assert.rejects(async () => await outer, cancelled);
    assert.equal(inner.cancelled(), true);
  });
}

test('the signal of a task that is cancelled before it begins aborts, too', async (t) => {
  const loop = await openLoop(t);
  const task = loop.createTask(() => assert.fail('it began'));
  const { signal } = task;
  task.cancel();
  await assert.rejects(async () => await task, cancelled);
  await eventually(() => signal.aborted);
  assert.equal(signal.reason.code, 'FL_ECANCELLED');
});

test('a task that caught its cancellation has a new signal', async (t) => {
  const loop = await openLoop(t);
  const signals = [];
  const task = loop.createTask(async (self) => {
    for (let i = 0; i < 2; i++) {
      signals.push(self.signal);
      await loop.sleep(10).catch(() => {});
    }
    return self.signal.aborted;
  });
  for (let i = 0; i < 2; i++) {
    await loop.sleep(0.005);
    task.cancel();
  }
  assert.equal(await task, false);
  assert.notEqual(signals[0], signals[1]);
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, true],
  );
});

test('a cancellation that finds nothing of the loop’s reaches the signal, and the next await', async (t) => {
  const loop = await openLoop(t);
  const task = loop.createTask(async (self) => {
    const { signal } = self;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    assert.equal(self.signal.aborted || signal.aborted, true);
    await loop.sleep(10);
  });
  await loop.sleep(0.005);
  task.cancel();
  await assert.rejects(async () => await task, cancelled);
});

test('fetches of a session are cancelled with the task whose signal they have', async (t) => {
  const loop = await openLoop(t);
  const mute = await startMute(t);
  const session = await ClientSession.open();
  t.after(() => session.close());
  const task = loop.createTask((self) => session.get(mute.origin, { signal: self.signal }));
  await eventually(() => session.stats().inFlight === 1);
  task.cancel();
  await assert.rejects(async () => await task, cancelled);
  assert.equal(task.cancelled(), true);
  await eventually(() => session.stats().inFlight === 0);
});

test('fetch() takes a task for its init', async (t) => {
  const loop = await openLoop(t);
  const mute = await startMute(t);
  await assert.rejects(
    loop.timeout(0.05, (scope) => fetch(mute.origin, { signal: scope.signal })),
    timedOut,
  );
});

test('a session and the loop share a module: both go on in one program', async (t) => {
  const loop = await openLoop(t);
  const server = await startHttp(t, (_request, response) => response.end('here'));
  const session = await ClientSession.open();
  t.after(() => session.close());
  const texts = await loop.gather(
    Array.from({ length: 20 }, (_, i) => async () => {
      await loop.sleep(i / 1000);
      return await (await session.get(server.origin)).text();
    }),
  );
  assert.deepEqual(texts, Array(20).fill('here'));
});
