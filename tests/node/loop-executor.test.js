/** runInExecutor(): worker threads. */
import assert from 'node:assert/strict';
import { threadId } from 'node:worker_threads';
import { EventLoop } from 'fetchloop/loop';
import { runCommand } from './support/command.js';
import { openLoop } from './support/loop.js';
import { eventually, test } from './support/test.js';

const WORK = new URL('./support/work.mjs', import.meta.url);

test('a function runs in a worker, with arguments and a result', async (t) => {
  const loop = await openLoop(t);
  assert.equal(await loop.runInExecutor((x, y) => x ** y, [2, 10]), 1024);
  assert.deepEqual(await loop.runInExecutor(async (map) => [...map.keys()], [new Map([['a', 1]])]), ['a']);
  assert.equal(
    await loop.runInExecutor(function named() {
      return 'named';
    }),
    'named',
  );
});

test('a module’s export runs in a worker, another thread', async (t) => {
  const loop = await openLoop(t);
  assert.equal(await loop.runInExecutor(WORK, [21]), 42);
  assert.notEqual(await loop.runInExecutor(WORK.href, [], { name: 'thread' }), threadId);
});

test('the loop goes on while a worker computes', async (t) => {
  const loop = await openLoop(t);
  let ticks = 0;
  const tick = () => {
    ticks++;
    timer = loop.callLater(0.001, tick);
  };
  let timer = loop.callSoon(tick);
  await loop.runInExecutor(
    (ms) => {
      const until = Date.now() + ms;
      while (Date.now() < until);
    },
    [200],
  );
  timer.cancel();
  assert.ok(ticks > 20, `${ticks} ticks`);
});

test('what is thrown there is thrown here', async (t) => {
  const loop = await openLoop(t);
  await assert.rejects(async () => await loop.runInExecutor(WORK, [], { name: 'fail' }), /^RangeError: in the worker$/);
  await assert.rejects(
    async () => await loop.runInExecutor(WORK, [], { name: 'nothing' }),
    /exports no function named nothing/,
  );
  await assert.rejects(async () => await loop.runInExecutor(new URL('./no.mjs', WORK)), /no\.mjs/);
  await assert.rejects(async () => await loop.runInExecutor(() => notDefined), /notDefined is not defined/);
});

test('what can’t be sent is refused at once', async (t) => {
  const loop = await openLoop(t);
  const methods = { method() {}, async() {} };
  const half = new Function('return "\ud800"');
  for (const what of [Math.max, methods.method, methods.async, (() => {}).bind(null), half]) {
    assert.throws(() => loop.runInExecutor(what), { name: 'TypeError', message: /can't be sent to a worker/ });
  }
  assert.throws(() => loop.runInExecutor((f) => f, [() => {}]), { name: 'DataCloneError' });
  assert.throws(() => loop.runInExecutor('./relative.js'), /new URL/);
});

test('null and undefined are thrown, and given, as anything else', async (t) => {
  const loop = await openLoop(t);
  for (const thrown of [null, undefined]) {
    const running = loop.runInExecutor(
      (what) => {
        throw what;
      },
      [thrown],
    );
    assert.equal(
      await running.then(
        () => 'nothing was thrown',
        (reason) => reason,
      ),
      thrown,
    );
    assert.equal(await loop.runInExecutor((what) => what, [thrown]), thrown);
  }
});

test('arguments are sent as they were at the call, to a worker that is free or not', async (t) => {
  const loop = await openLoop(t, { executor: { workers: 1 } });
  const args = [1];
  const running = [1, 2].map(() => loop.runInExecutor((x) => x[0], [args]));
  args[0] = 2;
  assert.deepEqual(await loop.gather(running), [1, 1]);
});

test('what is transferred is gone here', async (t) => {
  const loop = await openLoop(t);
  const buffer = new ArrayBuffer(1000);
  const running = loop.runInExecutor(WORK, [buffer], { name: 'bytes', transfer: [buffer] });
  assert.equal(buffer.byteLength, 0);
  assert.equal(await running, 1000);
});

test('cancelling ends a worker in the middle of a loop, and others are made', async (t) => {
  const loop = await openLoop(t, { executor: { workers: 1 } });
  const shared = new SharedArrayBuffer(8);
  const flag = new Int32Array(shared);
  const task = loop.createTask(() => loop.runInExecutor(WORK, [shared], { name: 'forever' }));
  await eventually(() => Atomics.load(flag, 0) === 1);
  task.cancel();
  await assert.rejects(async () => await task, { name: 'CancelledError' });
  await eventually(async () => {
    const at = Atomics.load(flag, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return Atomics.load(flag, 1) === at;
  });
  assert.equal(await loop.runInExecutor(WORK, [1]), 2);
});

test('a signal ends it, with its reason; a task stands for its own', async (t) => {
  const loop = await openLoop(t, { executor: { workers: 1 } });
  const shared = new SharedArrayBuffer(8);
  const controller = new AbortController();
  const running = loop.runInExecutor(WORK, [shared], { name: 'forever', signal: controller.signal });
  await eventually(() => Atomics.load(new Int32Array(shared), 0) === 1);
  const enough = new Error('enough');
  controller.abort(enough);
  await assert.rejects(async () => await running, enough);
  await assert.rejects(async () => await loop.runInExecutor(WORK, [1], { signal: controller.signal }), enough);
  const task = loop.createTask(() => loop.sleep(10));
  const its = loop.runInExecutor(WORK, [shared], { name: 'forever', signal: task.signal });
  task.cancel();
  await assert.rejects(async () => await its, { name: 'CancelledError' });
  await assert.rejects(async () => await task, { name: 'CancelledError' });
  assert.equal(await loop.runInExecutor(WORK, [1]), 2);
});

test('a gather that is cancelled ends what it has running in workers', async (t) => {
  const loop = await openLoop(t, { executor: { workers: 1 } });
  const shared = new SharedArrayBuffer(8);
  const running = loop.runInExecutor(WORK, [shared], { name: 'forever' });
  await eventually(() => Atomics.load(new Int32Array(shared), 0) === 1);
  await assert.rejects(
    loop.timeout(0.01, () => loop.gather([running, loop.sleep(10)])),
    { name: 'TimeoutError' },
  );
  assert.equal(running.cancelled(), true);
  assert.equal(await loop.runInExecutor(WORK, [2]), 4);
});

test('the number of workers is checked when the loop is opened', async (t) => {
  await assert.rejects(openLoop(t, { executor: { workers: 0 } }), RangeError);
});

test('one that waits for a worker is called off', async (t) => {
  const loop = await openLoop(t, { executor: { workers: 1 } });
  const first = loop.runInExecutor(WORK, [1]);
  const second = loop.runInExecutor(WORK, [2]);
  second.cancel();
  await assert.rejects(async () => await second, { name: 'CancelledError' });
  assert.equal(await first, 2);
});

test('closing the loop ends what runs in its workers', async () => {
  const loop = await EventLoop.open({ executor: { workers: 1 } });
  const shared = new SharedArrayBuffer(8);
  const running = loop.runInExecutor(WORK, [shared], { name: 'forever' });
  await eventually(() => Atomics.load(new Int32Array(shared), 0) === 1);
  await loop.close();
  assert.equal(running.cancelled(), true);
});

test('idle workers keep no process alive, and piscina is loaded only when it is used', async () => {
  const script = `
    import { EventLoop } from 'fetchloop/loop';
    import { createRequire } from 'node:module';
    const loop = await EventLoop.open();
    console.log(await loop.runInExecutor((x) => x + 1, [1]));`;
  const program = [process.execPath, '--input-type=module', '-e', script];
  const cwd = new URL('../..', import.meta.url).pathname;
  const began = performance.now();
  const { stdout, stderr, code } = await runCommand([], { program, cwd });
  assert.deepEqual({ stdout, stderr, code }, { stdout: '2\n', stderr: '', code: 0 });
  assert.ok(performance.now() - began < 10_000);
});

test('what cannot be passed between threads, and a DOMException, fail with words', async (t) => {
  const loop = await openLoop(t);
  await assert.rejects(
    loop.runInExecutor(() => () => {}),
    (error) => error instanceof Error && error.message !== '',
  );
  const aborted = loop.runInExecutor(() => AbortSignal.abort().throwIfAborted());
  await assert.rejects(aborted, { message: /^AbortError: .*aborted/ });
});

test('what a call left behind fails no later one', async (t) => {
  const loop = await openLoop(t, { executor: { workers: 1 } });
  const leave = () => {
    setTimeout(() => {
      throw new Error('left behind');
    }, 10);
  };
  await loop.runInExecutor(leave);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(await loop.runInExecutor(() => 'well'), 'well');
});
