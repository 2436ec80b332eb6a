/** The loop from JavaScript: callbacks, tasks and what becomes of errors. Its order is loop-asyncio.test.js's. */
import assert from 'node:assert/strict';
import { ClientSession, EventLoop, Lock, Queue } from 'fetchloop/loop';
import { runCommand } from './support/command.js';
import { startHttp, startMute } from './support/odd-servers.js';
import { eventually, test } from './support/test.js';

async function openLoop(t, options) {
  const loop = await EventLoop.open(options);
  t.after(() => loop.close());
  return loop;
}

/** What the loop's exception handler is told. */
function reportsOf(loop) {
  const reports = [];
  loop.setExceptionHandler((_loop, report) => reports.push(report));
  return reports;
}

const cancelled = { name: 'CancelledError', code: 'FL_ECANCELLED' };
const timedOut = { name: 'TimeoutError', code: 'FL_ETIMEOUT' };

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

// ---- Tasks

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

// ---- Where an await belongs

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
  await loop.sleep(0).then(() => loop.callLater(0.001, () => said.push('never')));
  timer.cancel();
  await loop.close();
  assert.equal(task.cancelled(), true);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(said, ['tidied']);
  assert.throws(() => loop.callSoon(() => {}), TypeError);
  assert.throws(() => loop.createTask(async () => {}), TypeError);
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

test('a task that awaits itself is told so', async (t) => {
  const loop = await openLoop(t);
  const explicit = loop.createTask(async (self) => await explicit.wait(self));
  await assert.rejects(async () => await explicit, { code: 'FL_EDEADLOCK' });
  const implicit = loop.createTask(async () => await implicit);
  await assert.rejects(async () => await implicit, { code: 'FL_EDEADLOCK' });
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

for (const [what, end] of [
  ['one is cancelled', (_loop, [a]) => a.cancel()],
  ['the loop is closed', (loop) => loop.close()],
]) {
  test(`tasks that await each other in a circle all end when ${what}`, async (t) => {
    const loop = await openLoop(t);
    const tasks = [];
    for (let i = 0; i < 3; i++) {
      tasks[i] = loop.createTask(async () => {
        await loop.sleep(0);
        await tasks[(i + 1) % 3];
      });
    }
    await loop.sleep(0.01);
    await end(loop, tasks);
    await Promise.allSettled(tasks.map((task) => task.wait()));
    assert.ok(tasks.every((task) => task.cancelled()));
  });
}

test('a timeout around a wait that leads back to it ends the circle', async (t) => {
  const loop = await openLoop(t);
  const one = loop.createTask(async () => {
    await loop.sleep(0);
    await two;
  });
  const two = loop.createTask(async () => {
    await loop.sleep(0);
    return loop.waitFor(one, 0.02);
  });
  await Promise.allSettled([one.wait(), two.wait()]);
  assert.ok(one.done() && two.done());
});

test('what is awaited together is one list: the arguments of Python are refused', async (t) => {
  const loop = await openLoop(t);
  for (const call of [loop.gather, loop.asCompleted]) {
    await assert.rejects(async () => call.call(loop, loop.sleep(0), loop.sleep(0)), {
      message: /one list, such as an array/,
    });
  }
});

test('what is made by hand and not opened, or without its loop, says what it needs', () => {
  const made = [
    [() => new EventLoop(), /await EventLoop\.open\(\)/],
    [() => new ClientSession(), /await ClientSession\.open\(\)/],
    [() => new Lock(), /its loop comes first/],
    [() => new Queue(5), /its loop comes first.*not 5/],
  ];
  for (const [make, message] of made) assert.throws(make, { name: 'TypeError', message });
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
