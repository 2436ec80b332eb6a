/** What JavaScript has and Python has not: awaits that are begun and not awaited, scopes side by side, a turn that takes long. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { Queue } from 'fetchloop/loop';
import { cancelled, openLoop, reportsOf, timedOut } from './support/loop.js';
import { test } from './support/test.js';

const run = promisify(execFile);
const script = (body) => [
  '--input-type=module',
  '-e',
  `import { EventLoop } from 'fetchloop/loop'; const loop = await EventLoop.open(); ${body}`,
];
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const busy = (ms) => {
  for (const end = performance.now() + ms; performance.now() < end; );
};

test('an eager task is cancelled at its first await', async (t) => {
  const loop = await openLoop(t);
  const queue = new Queue(loop);
  for (const wait of [() => loop.sleep(10), () => queue.get(), () => loop.timeout(10, () => loop.sleep(10))]) {
    const task = loop.createTask(async () => await wait(), { eager: true });
    await loop.sleep(0);
    assert.equal(task.cancel(), true);
    await assert.rejects(task, cancelled);
  }
  const itself = loop.createTask(
    async (self) => {
      self.cancel();
      await loop.sleep(0);
    },
    { eager: true },
  );
  await assert.rejects(itself, cancelled);
});

test('an eager member of a group ends with it', async (t) => {
  const loop = await openLoop(t);
  const queue = new Queue(loop);
  const group = loop.taskGroup((members) => {
    members.createTask(() => queue.get(), { eager: true });
    members.createTask(async () => {
      throw new Error('member');
    });
  });
  await assert.rejects(group, { code: 'FL_EGROUP' });
});

test('a scope that outlives its task does no harm to another', async (t) => {
  const loop = await openLoop(t);
  for (let i = 0; i < 20; i++) {
    const task = loop.createTask(() =>
      Promise.all([loop.timeout(10, () => later(20)), loop.taskGroup(() => later(20)), loop.sleep(10)]),
    );
    await loop.sleep(0);
    task.cancel();
    await assert.rejects(task, cancelled);
    const other = loop.createTask(async () => {
      await later(30);
      await loop.sleep(0);
      return 'fine';
    });
    assert.equal(await other, 'fine');
  }
});

test('scopes side by side in one task end each by its own rule, and leave nothing to the task', async (t) => {
  const loop = await openLoop(t);
  const expires = (seconds) => loop.timeout(seconds, () => loop.sleep(10));
  const slow = async () => {
    await loop.sleep(10).catch(() => {});
    await loop.sleep(0.02).catch(() => {});
    throw new RangeError('slow');
  };
  const fails = () =>
    loop.taskGroup((group) => {
      group.createTask(async () => {
        throw new Error('member');
      });
      return loop.sleep(10);
    });
  for (const [begin, expected] of [
    [() => [expires(0.01), expires(0.01), expires(0.01)], ['FL_ETIMEOUT', 'FL_ETIMEOUT', 'FL_ETIMEOUT']],
    [() => [loop.timeout(0.01, slow), expires(0.02)], [undefined, 'FL_ETIMEOUT']],
    [() => [fails(), fails()], ['FL_EGROUP', 'FL_EGROUP']],
    [() => [expires(0), fails()], ['FL_ETIMEOUT', 'FL_EGROUP']],
  ]) {
    const task = loop.createTask(async (self) => {
      const ended = await Promise.allSettled(begin());
      assert.equal(self.cancelling(), 0);
      await loop.sleep(0);
      return ended.map(({ reason }) => reason.code);
    });
    assert.deepEqual(await task, expected);
  }
});

test('a scope that its signal has ended was no request to cancel its task', async (t) => {
  const loop = await openLoop(t);
  for (const scope of [
    (signal) => loop.timeout(10, () => loop.sleep(5), { signal }),
    (signal) => loop.taskGroup(() => loop.sleep(5), { signal }),
    (signal) => loop.waitFor(() => loop.sleep(5), 10, { signal }),
  ]) {
    const task = loop.createTask(async (self) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new RangeError('enough')), 5);
      await assert.rejects(scope(controller.signal), RangeError);
      assert.equal(self.cancelling(), 0);
      const group = loop.taskGroup((members) => {
        members.createTask(async () => {
          throw new Error('member');
        });
      });
      await assert.rejects(group, { code: 'FL_EGROUP' });
      await loop.sleep(0);
    });
    await task;
  }
});

test('what takes a request back takes back no abort', async (t) => {
  const loop = await openLoop(t);
  await loop.createTask(async (self) => {
    const controller = new AbortController();
    const sleeping = loop.sleep(0, { signal: controller.signal });
    controller.abort();
    assert.equal(self.uncancel(), 0);
    await assert.rejects(sleeping, { name: 'AbortError' });
  });
});

test('a group whose body awaits what isn’t the loop’s is cancelled while it waits for its tasks', async (t) => {
  const loop = await openLoop(t);
  const member = loop.createFuture();
  const task = loop.createTask(() =>
    loop.taskGroup(async (group) => {
      group.createTask(() => member.wait());
      await later(20);
    }),
  );
  await loop.sleep(0);
  task.cancel('why');
  await assert.rejects(task, { ...cancelled, message: 'why' });
  assert.equal(member.cancelled(), true);
});

test('a request that was caught, and counts still, is told once more after a group has failed', async (t) => {
  const loop = await openLoop(t);
  const said = [];
  const task = loop.createTask(async (self) => {
    await loop.sleep(10).catch(() => said.push(self.cancelling()));
    const group = loop.taskGroup((members) => {
      members.createTask(async () => {
        throw new Error('member');
      });
    });
    await group.catch((error) => said.push(error.code));
    await loop.sleep(0).catch((error) => said.push(error.code));
  });
  await loop.sleep(0);
  task.cancel();
  await task;
  assert.deepEqual(said, [1, 'FL_EGROUP', 'FL_ECANCELLED']);
});

test('a request that is taken back before it is heard isn’t heard, as from Python 3.13 on', async (t) => {
  const loop = await openLoop(t);
  const task = loop.createTask(() => loop.sleep(0).then(() => 'went on'));
  await loop.sleep(0);
  assert.deepEqual([task.cancel(), task.uncancel()], [true, 0]);
  assert.equal(await task, 'went on');
  const within = loop.createTask(async (self) => {
    self.cancel();
    await loop.taskGroup(() => void self.uncancel());
    await loop.sleep(0);
    return 'went on';
  });
  assert.equal(await within, 'went on');
});

test('a cancellation of what a task has begun, and doesn’t await, ends no process', async () => {
  const { stdout } = await run(process.execPath, [
    ...script(`
      const task = loop.createTask(async () => {
        const all = [loop.sleep(1), loop.sleep(2), loop.createFuture().wait(), loop.gather([loop.createFuture()]),
          loop.wait([loop.createFuture()]), loop.timeout(1, () => loop.sleep(2)), loop.taskGroup(() => loop.sleep(2))];
        await all[0];
      });
      await loop.sleep(0);
      task.cancel();
      await task.catch((error) => console.log(error.code));
      await loop.close();
    `),
  ]);
  assert.equal(stdout, 'FL_ECANCELLED\n');
});

test('an exception that nobody has retrieved is told when the program ends', () => {
  const fails = "loop.createTask(async () => { throw new Error('lost'); }); await loop.sleep(0.01);";
  const { stderr, status } = spawnSync(process.execPath, script(fails), { encoding: 'utf8' });
  assert.match(stderr, /^Task exception was never retrieved: Task-1: Error: lost/);
  assert.equal(status, 0);
  const caught = `const task = loop.createTask(async () => { throw new Error('caught'); }); await task.catch(() => {});`;
  assert.equal(spawnSync(process.execPath, script(caught), { encoding: 'utf8' }).stderr, '');
});

test('close() ends what is awaited outside of tasks: nothing keeps the process', async (t) => {
  const loop = await openLoop(t);
  const never = loop.createFuture();
  const awaits = [
    loop.sleep(100),
    loop.timeout(100, () => never.wait()),
    loop.taskGroup(() => loop.sleep(100)),
    loop.wait([never], { timeout: 100 }),
  ];
  await loop.sleep(0);
  await loop.close();
  for (const each of awaits) await assert.rejects(each, { ...cancelled, message: 'the loop is closed' });
  const started = performance.now();
  await run(process.execPath, script('loop.sleep(100); loop.timeout(100, () => loop.sleep(100)); await loop.close();'));
  assert.ok(performance.now() - started < 50_000);
});

test('a delay counts from when it is asked for, however long the turn has taken', async (t) => {
  const loop = await openLoop(t);
  await loop.createTask(async () => {
    const started = performance.now();
    busy(60);
    await loop.sleep(0.05);
    assert.ok(performance.now() - started >= 109, `${performance.now() - started} ms`);
  });
  await loop.createTask(async () => {
    const before = loop.time();
    busy(60);
    assert.ok(loop.time() - before >= 0.059);
    await loop.timeout(0.05, () => loop.sleep(0.001));
  });
});

test('the message of a cancellation is a text, or none', async (t) => {
  const loop = await openLoop(t);
  const task = loop.createTask(() => loop.sleep(10));
  const future = loop.createFuture();
  const wrong = { name: 'TypeError', message: 'the message of a cancellation is a text, not an Error' };
  for (const each of [task, future]) assert.throws(() => each.cancel(/** @type {any} */ (new Error('why'))), wrong);
  assert.equal(task.cancel(/** @type {any} */ (null)), true);
  await assert.rejects(task, { ...cancelled, message: 'cancelled' });
});

test('gather() gives the cancellation of a future that another gather was cancelled with', async (t) => {
  const loop = await openLoop(t);
  const future = loop.createFuture();
  const waiting = loop.createTask(() => loop.gather([future], { returnExceptions: true }));
  const other = loop.createTask(() => loop.gather([future]));
  await loop.sleep(0);
  other.cancel('why');
  const [error] = await waiting;
  assert.deepEqual([error.code, error.message], ['FL_ECANCELLED', 'why']);
  await assert.rejects(other, cancelled);
});

test('asCompleted() is iterated either way, by as many as like', async (t) => {
  const loop = await openLoop(t);
  const after = (seconds, value) => async () => {
    await loop.sleep(seconds);
    return value;
  };
  const results = [];
  for (const next of loop.asCompleted([after(0.03, 'b'), after(0.01, 'a')])) results.push(await next);
  assert.deepEqual(results, ['a', 'b']);
  const one = loop.asCompleted([after(0, 'one')]);
  const [first, second] = await Promise.all([one.next(), one.next()]);
  assert.deepEqual([await first.value, second.done], ['one', true]);
  const left = loop.asCompleted([after(10, 'late')]);
  const waiting = left.next();
  await left.return();
  assert.equal((await waiting).done, true);
  const failing = loop.asCompleted([
    async () => {
      throw new RangeError('failed');
    },
  ]);
  for (const next of failing) await assert.rejects(next, RangeError);
  const never = [loop.createFuture(), loop.createFuture(), after(0, 'in time')];
  const ended = await Promise.allSettled(loop.asCompleted(never, { timeout: 0.01 }));
  assert.deepEqual(
    ended.map(({ value, reason }) => value ?? reason.code),
    ['in time', 'FL_ETIMEOUT', 'FL_ETIMEOUT'],
  );
});

test('asCompleted() whose time is over as one is done reports nothing of its own', async (t) => {
  const loop = await openLoop(t);
  const reports = reportsOf(loop);
  const waiting = () => loop.createTask(() => loop.wait([loop.createFuture()], { timeout: 0.02 }));
  for (let i = 0; i < 5; i++) {
    const all = loop.asCompleted([waiting(), waiting()], { timeout: 0.02 });
    await assert.rejects(async () => {
      for (;;) if ((await all.next()).done) throw await loop.timeout(0, () => loop.sleep(1));
    }, timedOut);
  }
  await loop.sleep(0.05);
  assert.deepEqual(reports, []);
});

test('a timeout of null is told how none is written', async (t) => {
  const loop = await openLoop(t);
  const none = /** @type {any} */ (null);
  const message = 'a timeout is a number of seconds (Infinity: none), not null';
  assert.throws(() => loop.timeout(none, async () => {}), { message });
});
