/** What is awaited of the loop: whose signal, scope and time an await has. */
import assert from 'node:assert/strict';
import { ClientSession, EventLoop, Lock } from 'fetchloop/loop';
import { cancelled, openLoop, timedOut } from './support/loop.js';
import { startMute } from './support/odd-servers.js';
import { eventually, test } from './support/test.js';

test('an AbortSignal of any other cancels an await with its own reason', async (t) => {
  const loop = await openLoop(t);
  const controller = new AbortController();
  const lock = new Lock(loop);
  await lock.acquire();
  const reason = new Error('mine');
  const awaits = [
    loop.sleep(10, controller),
    lock.acquire(controller),
    loop.timeout(9, () => loop.sleep(9), controller),
  ];
  setTimeout(() => controller.abort(reason), 5);
  for (const each of awaits) await assert.rejects(each, reason);
  await assert.rejects(loop.sleep(1, controller), reason);
  assert.deepEqual(loop.bridge.counts(), { calls: 0, waits: 0, bodies: 0, items: 0 });
});

test('two timeouts side by side in one task each cancel their own', async (t) => {
  const loop = await openLoop(t);
  const settled = await loop.runUntilComplete(() =>
    Promise.allSettled([
      loop.timeout(0.01, () => loop.sleep(10)),
      loop.timeout(10, async () => {
        await loop.sleep(0.03);
        return 'in time';
      }),
      loop.sleep(0.02).then(() => 'outside'),
    ]),
  );
  assert.deepEqual(
    settled.map(({ value, reason }) => value ?? reason.name),
    ['TimeoutError', 'in time', 'outside'],
  );
});

test('a task that is given stands for the innermost scope that is open in it', async (t) => {
  const loop = await openLoop(t);
  const outcome = await loop.runUntilComplete((task) =>
    loop.timeout(0.01, () => loop.sleep(10, task)).catch((error) => error.name),
  );
  assert.equal(outcome, 'TimeoutError');
});

test('a timeout is rescheduled, and one that expired is not', async (t) => {
  const loop = await openLoop(t);
  const began = loop.time();
  await assert.rejects(
    loop.timeout(Number.POSITIVE_INFINITY, async (scope) => {
      assert.equal(scope.when(), Number.POSITIVE_INFINITY);
      scope.reschedule(loop.time() + 0.01);
      try {
        await loop.sleep(10);
      } finally {
        assert.equal(scope.expired(), true);
        assert.throws(() => scope.reschedule(loop.time() + 1), { code: 'FL_ESTATE' });
      }
    }),
    timedOut,
  );
  assert.ok(loop.time() - began < 5);
});

test('waitFor() of a promise gives up, and of a task cancels it', async (t) => {
  const loop = await openLoop(t);
  await assert.rejects(loop.waitFor(new Promise(() => {}), 0.005), timedOut);
  const task = loop.createTask(() => loop.sleep(10));
  await assert.rejects(loop.waitFor(task, 0.005), timedOut);
  assert.equal(task.cancelled(), true);
  assert.equal(await loop.waitFor(async () => 'in time', 1), 'in time');
});

test('asCompleted() gives failed tasks like others, ends early, and is over in time', async (t) => {
  const loop = await openLoop(t);
  const fail = async () => {
    await loop.sleep(0.002);
    throw new Error('bad');
  };
  const outcomes = [];
  for await (const task of loop.asCompleted([fail, async () => 1])) outcomes.push(task.exception() ?? task.result());
  assert.deepEqual(outcomes, [1, new Error('bad')]);
  const slow = loop.createTask(() => loop.sleep(10));
  for await (const task of loop.asCompleted([slow, async () => 1])) {
    assert.equal(await task, 1);
    break;
  }
  await assert.rejects(async () => {
    for await (const task of loop.asCompleted([slow], { timeout: 0.005 })) await task;
  }, timedOut);
  assert.equal(slow.done(), false);
  slow.cancel();
  await loop.wait([slow]);
  assert.deepEqual(loop.bridge.counts(), { calls: 0, waits: 0, bodies: 0, items: 0 });
});

test('a group takes no tasks when it has ended, nor while it shuts down', async (t) => {
  const loop = await openLoop(t);
  let group;
  await loop.taskGroup((entered) => {
    group = entered;
  });
  assert.throws(() => group.createTask(async () => {}), { code: 'FL_ESTATE' });
  await assert.rejects(
    loop.taskGroup(async (failing) => {
      failing.createTask(async () => {
        throw new Error('first');
      });
      try {
        await loop.sleep(10);
      } finally {
        assert.throws(() => failing.createTask(async () => {}), { code: 'FL_ESTATE' });
      }
    }),
    ({ code, errors }) => code === 'FL_EGROUP' && errors.length === 1 && errors[0].message === 'first',
  );
});

test('waitFor() without time gives what is done, and begins nothing', async (t) => {
  const loop = await openLoop(t);
  const done = loop.createFuture();
  done.setResult(3);
  assert.equal(await loop.waitFor(done, 0), 3);
  for (const limit of [0, -1]) {
    await assert.rejects(
      loop.waitFor(() => assert.fail('it began'), limit),
      { name: 'TimeoutError' },
    );
  }
});

test('a task may be given wherever a signal may: to fetch() and to a session', async (t) => {
  const loop = await openLoop(t);
  const server = await startMute(t);
  const session = await ClientSession.open({ retry: false });
  t.after(() => session.close());
  const url = server.origin;
  const ends = [];
  const end = (promise) => promise.then(String, ({ name }) => ends.push(name));
  const list = async (task) => {
    for await (const { error } of session.fetchAll([url], task)) throw error;
  };
  const task = loop.createTask((self) => {
    for (const asked of [
      fetch(url, self),
      session.get(url, self),
      session.put(url, self),
      session.fetch(url, self),
      list(self),
    ])
      end(asked);
    return loop.timeout(10, (scope) =>
      Promise.all([end(fetch(url, scope)), end(session.get(url, scope)), loop.sleep(10)]),
    );
  });
  await loop.sleep(0.05);
  task.cancel();
  await assert.rejects(async () => await task, cancelled);
  await eventually(() => ends.length === 7);
  assert.deepEqual(ends, Array(7).fill('CancelledError'));
});

test('what is awaited together is one list: the arguments of Python are refused', async (t) => {
  const loop = await openLoop(t);
  for (const call of [loop.gather, loop.asCompleted]) {
    await assert.rejects(async () => call.call(loop, loop.sleep(0), loop.sleep(0)), {
      message: /one list, such as an array/,
    });
  }
});

test('an option that there is not is refused by name, and so is what is no task nor { signal }', async (t) => {
  const loop = await openLoop(t);
  const unknown = (name) => ({ name: 'TypeError', message: new RegExp(`^unknown option ${name}: there are \\w`) });
  const { signal } = new AbortController();
  const wrong = [
    [() => loop.gather([], { return_exceptions: true }), unknown('return_exceptions')],
    [() => loop.wait([], { timeOut: 1 }), unknown('timeOut')],
    [() => loop.asCompleted([], { limit: 1 }), unknown('limit')],
    [() => loop.createTask(async () => {}, { nam: 'a' }), unknown('nam')],
    [() => loop.taskGroup((group) => group.createTask(async () => {}, { Name: 'a' })), { code: 'FL_EGROUP' }],
    [() => loop.runInExecutor(() => {}, [], { timeout: 1 }), unknown('timeout')],
    [() => EventLoop.open({ workers: 1 }), unknown('workers')],
    [() => EventLoop.open({ executor: { threads: 1 } }), unknown('threads')],
    [() => loop.sleep(1, { abort: signal }), unknown('abort')],
    [() => new Lock(loop).acquire(5), { name: 'TypeError', message: /is a task, or \{ signal \}, not 5/ }],
    [() => loop.sleep(1, signal), { name: 'TypeError', message: /not an AbortSignal/ }],
    [() => loop.createTask(async () => {}, null), { name: 'TypeError', message: /options are an object, not null/ }],
  ];
  for (const [call, error] of wrong) await assert.rejects(async () => call(), error);
  await eventually(() => Object.values(loop.bridge.counts()).every((count) => count === 0));
});

test('a task may be given to the executor, too', async (t) => {
  const loop = await openLoop(t);
  const task = loop.createTask((self) => loop.runInExecutor((x) => x + 1, [1], self));
  assert.equal(await task, 2);
});
