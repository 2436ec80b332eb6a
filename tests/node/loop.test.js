/** The loop from JavaScript: callbacks, errors that nobody asked for, and its end. Its order is loop-asyncio.test.js's. */
import assert from 'node:assert/strict';
import { ClientSession, EventLoop, Future, Lock, Queue } from 'fetchloop/loop';
import { runCommand } from './support/command.js';
import { openLoop, reportsOf } from './support/loop.js';
import { eventually, test } from './support/test.js';

// ---- Callbacks

test('the promises of a turn of callbacks go on before the next turn', async (t) => {
  const loop = await openLoop(t);
  const said = [];
  loop.callSoon(() => {
    Promise.resolve().then(() => said.push('promise'));
    loop.callSoon(() => said.push('next turn'));
    said.push('first');
  });
  loop.callSoon(() => said.push('second'));
  await eventually(() => said.length === 4);
  assert.deepEqual(said, ['first', 'second', 'promise', 'next turn']);
});

test('a callback that throws is reported once, and the next one runs', async (t) => {
  const loop = await openLoop(t);
  const reports = reportsOf(loop);
  const error = new Error('thrown');
  const handle = loop.callSoon(() => {
    throw error;
  });
  await new Promise((resolve) => loop.callSoon(resolve));
  assert.deepEqual(reports, [{ message: 'Exception in callback', exception: error, handle }]);
});

test('an exception handler that throws stops nothing', async (t) => {
  const loop = await openLoop(t);
  const logged = t.mock.method(console, 'error', () => {});
  loop.setExceptionHandler(() => {
    throw new Error('worse');
  });
  loop.callSoon(() => {
    throw new Error('bad');
  });
  await new Promise((resolve) => loop.callSoon(resolve));
  assert.equal(logged.mock.callCount(), 1);
});

test('a callback may cancel its neighbour, and schedule itself again', async (t) => {
  const loop = await openLoop(t);
  const said = [];
  loop.callSoon(() => neighbour.cancel());
  const neighbour = loop.callSoon(() => said.push('never'));
  const again = (left) => {
    said.push(left);
    if (left > 0) loop.callSoon(again, left - 1);
  };
  loop.callSoon(again, 2);
  await eventually(() => said.includes(0));
  assert.deepEqual(said, [2, 1, 0]);
  assert.equal(neighbour.cancelled(), true);
});

test('1,000 timers run in the order of their deadlines, then of their making', async (t) => {
  const loop = await openLoop(t);
  const ran = [];
  const now = loop.time();
  const timers = Array.from({ length: 1000 }, (_, i) => ({ i, when: now + ((i * 7919) % 40) / 1000 }));
  for (const timer of timers) loop.callAt(timer.when, () => ran.push(timer));
  await eventually(() => ran.length === timers.length);
  assert.deepEqual(
    ran,
    timers.toSorted((a, b) => a.when - b.when || a.i - b.i),
  );
});

test('a timer is never early by the loop’s own clock', async (t) => {
  const loop = await openLoop(t);
  for (const delay of [0.001, 0.0015, 0.01, 0.0333]) {
    const began = loop.time();
    await loop.sleep(delay);
    assert.ok(loop.time() - began >= delay - 2e-6, `${loop.time() - began} of ${delay}`); // microseconds, rounded
  }
});

test('what is no number of seconds, and no function, is refused', async (t) => {
  const loop = await openLoop(t);
  assert.throws(() => loop.callLater('1', () => {}), TypeError);
  assert.throws(() => loop.callAt(Number.NaN, () => {}), TypeError);
  assert.throws(() => loop.sleep(undefined), TypeError);
  assert.throws(() => loop.timeout(Number.NaN, () => {}), TypeError);
  assert.throws(() => loop.callSoon('text'), TypeError);
  assert.throws(() => loop.createTask(Promise.resolve()), TypeError);
  assert.throws(() => loop.timeout(1, 'text'), TypeError);
  assert.throws(() => new Queue(loop, -1), RangeError);
  assert.throws(() => loop.sleep(1, { signal: 'text' }), TypeError);
  await assert.rejects(loop.wait([], {}), { code: 'FL_EINVAL' });
  assert.deepEqual(loop.bridge.counts(), { calls: 0, waits: 0, bodies: 0, items: 0 });
});

// ---- Errors that nobody asked for

test('an exception that nobody retrieves is reported once, when the loop closes', async () => {
  const loop = await EventLoop.open();
  const reports = reportsOf(loop);
  const error = new Error('lost');
  const fail = async () => {
    throw error;
  };
  const lost = loop.createTask(fail, { name: 'lost' });
  const asked = loop.createTask(fail);
  const awaited = loop.createTask(fail);
  await assert.rejects(async () => await awaited, error);
  loop.ensureFuture(Promise.reject(error));
  await eventually(() => asked.done() && lost.done());
  assert.equal(asked.exception(), error);
  await loop.close();
  await loop.close();
  assert.deepEqual(reports, [
    { message: 'Task exception was never retrieved', exception: error, name: 'lost' },
    { message: 'Future exception was never retrieved', exception: error },
  ]);
});

test('a lost task is reported when it is collected', async () => {
  const script = `
    import { EventLoop } from 'fetchloop/loop';
    const loop = await EventLoop.open();
    let told = false;
    loop.setExceptionHandler((_, { message, name }) => { console.log(message, name); told = true; });
    (() => { loop.createTask(async () => { throw new Error('lost'); }, { name: 'A' }); })();
    await loop.sleep(0.01);
    for (let i = 0; i < 100 && !told; i++) { globalThis.gc(); await new Promise((resolve) => setTimeout(resolve, 5)); }
    console.log('end');
    await loop.close();`;
  const program = [process.execPath, '--expose-gc', '--input-type=module', '-e', script];
  const { stdout, stderr, code } = await runCommand([], { program, cwd: new URL('../..', import.meta.url).pathname });
  assert.deepEqual(
    { stdout, stderr, code },
    { stdout: 'Task exception was never retrieved A\nend\n', stderr: '', code: 0 },
  );
});

for (const thrown of [undefined, null, 0, false, '']) {
  test(`a failure may be of any value: ${JSON.stringify(thrown) ?? 'undefined'}`, async (t) => {
    const loop = await openLoop(t);
    const fail = () => {
      throw thrown;
    };
    const future = loop.createFuture();
    future.setException(/** @type {any} */ (thrown));
    const done = loop.createTask(fail);
    await loop.wait([done]);
    const controller = new AbortController();
    const nothing = loop.timeout(5, (scope) => scope.sleep(5), { signal: controller.signal });
    controller.abort(thrown ?? null);
    const outcomes = await Promise.allSettled([
      loop.createTask(fail).wait(),
      loop.timeout(1, fail),
      loop.waitFor(fail, 1),
      loop.waitFor(Promise.reject(thrown), 1),
      loop.gather([Promise.reject(thrown)]),
      loop.gather([done, loop.sleep(0.01)]),
      future.wait(),
      (async () => done.result())(),
      nothing,
    ]);
    for (const [i, outcome] of outcomes.entries()) {
      const reason = i === outcomes.length - 1 ? (thrown ?? null) : thrown;
      assert.deepEqual(outcome, { status: 'rejected', reason }, `${i}`);
    }
    assert.deepEqual(await loop.gather([Promise.reject(thrown)], { returnExceptions: true }), [thrown]);
    for (const body of [fail, (group) => group.createTask(fail)]) {
      await assert.rejects(loop.taskGroup(body), ({ errors }) => errors.length === 1 && errors[0] === thrown);
    }
  });
}

// ---- The end

test('closing cancels tasks, calls timers off, and refuses what comes after', async () => {
  const loop = await EventLoop.open();
  const said = [];
  const task = loop.createTask(async () => {
    try {
      await loop.sleep(10);
    } finally {
      await loop.sleep(0);
      said.push('tidied');
    }
  });
  const timer = loop.callLater(0, () => said.push('never'));
  loop.callLater(0.1, () => said.push('never')); // not while the task tidies up, either
  timer.cancel();
  await loop.sleep(0);
  await loop.close();
  assert.equal(task.cancelled(), true);
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.deepEqual(said, ['tidied']);
  for (const use of [
    () => loop.callSoon(() => {}),
    () => loop.createTask(async () => {}),
    () => loop.sleep(0),
    () => loop.gather([]),
    () => loop.wait([task]),
    () => loop.asCompleted([task]),
    () => loop.shield(task),
    () => loop.waitFor(task, 1),
    () => loop.timeout(1, () => {}),
    () => loop.taskGroup(() => {}),
  ])
    assert.throws(use, { name: 'TypeError', message: 'the loop is closed' });
});

test('a task may close its own loop', async () => {
  const loop = await EventLoop.open();
  const other = loop.createTask(() => loop.sleep(10));
  const closer = loop.createTask(async () => {
    await loop.close();
    return 'closed';
  });
  assert.equal(await closer, 'closed');
  assert.equal(other.cancelled(), true);
});

test('a loop on which nothing is pending keeps no process alive; a pending timer does', async () => {
  const script = `
    import { EventLoop, Lock } from 'fetchloop/loop';
    const loop = await EventLoop.open();
    const lock = new Lock(loop);
    await lock.acquire();
    lock.acquire(); // for ever
    loop.callLater(60, () => {}).cancel();
    loop.callLater(0.02, () => console.log('timer'));
    console.log('end');`;
  const program = [process.execPath, '--input-type=module', '-e', script];
  const { stdout, stderr, code } = await runCommand([], { program, cwd: new URL('../..', import.meta.url).pathname });
  assert.deepEqual({ stdout, stderr, code }, { stdout: 'end\ntimer\n', stderr: '', code: 0 });
});

test('a task that close() cancels may begin others in its end, and await them', async () => {
  const loop = await EventLoop.open();
  const told = [];
  loop.createTask(async () => {
    try {
      await loop.sleep(60);
    } finally {
      told.push(await loop.createTask(async () => 'a task'));
      told.push(...(await loop.gather([async () => 'gathered'])));
      await new Promise((resolve) => loop.callLater(0.01, resolve));
      told.push('a timer');
    }
  });
  await loop.sleep(0);
  await loop.close();
  assert.deepEqual(told, ['a task', 'gathered', 'a timer']);
  assert.throws(() => loop.createTask(async () => {}), { message: 'the loop is closed' });
});

test('what is made by hand and not opened, or without its loop, says what it needs', () => {
  const made = [
    [() => new EventLoop(), /await EventLoop\.open\(\)/],
    [() => new ClientSession(), /await ClientSession\.open\(\)/],
    [() => new Future(), /loop\.createFuture\(\)/],
    [() => new Lock(), /its loop comes first/],
    [() => new Queue(5), /its loop comes first.*not 5/],
  ];
  for (const [make, message] of made) assert.throws(make, { name: 'TypeError', message });
});
