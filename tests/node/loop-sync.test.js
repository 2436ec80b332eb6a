/** Locks and queues of the loop from JavaScript: what asyncio 3.11 hasn't, what is JavaScript's, and that nothing leaks. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { BoundedSemaphore, Condition, Event, Lock, PriorityQueue, Queue, Semaphore } from 'fetchloop/loop';
import { runCommand } from './support/command.js';
import { openLoop } from './support/loop.js';
import { eventually, test } from './support/test.js';

const NOTHING = { calls: 0, waits: 0, bodies: 0, items: 0 };
const shutDown = { code: 'FL_ESHUTDOWN' };

test('a queue that is shut down gives what is in it, and wakes who waits', async (t) => {
  const loop = await openLoop(t);
  const queue = new Queue(loop, 1);
  await queue.put('a');
  const putter = queue.put('b');
  queue.shutdown();
  await assert.rejects(putter, shutDown);
  assert.equal(await queue.get(), 'a');
  await assert.rejects(queue.get(), shutDown);
  assert.throws(() => queue.putNowait('c'), shutDown);
  assert.deepEqual(loop.bridge.counts(), NOTHING);
});

test('a queue that is shut down at once forgets what is in it, and whoever joins it goes on', async (t) => {
  const loop = await openLoop(t);
  const queue = new Queue(loop, 3);
  for (const item of 'abc') queue.putNowait(item);
  const joined = queue.join();
  const putter = queue.put('d');
  queue.shutdown(true);
  await joined;
  await assert.rejects(putter, shutDown);
  assert.equal(queue.qsize(), 0);
  assert.deepEqual(loop.bridge.counts(), NOTHING);
});

test('a put or a get that is cancelled leaves nothing behind', async (t) => {
  const loop = await openLoop(t);
  const queue = new Queue(loop, 1);
  queue.putNowait(1);
  const putter = loop.createTask(() => queue.put(2));
  await loop.sleep(0.001);
  putter.cancel();
  await assert.rejects(async () => await putter, { name: 'CancelledError' });
  assert.equal(await queue.get(), 1);
  assert.equal(queue.empty(), true);
  assert.deepEqual(loop.bridge.counts(), NOTHING);
});

test('a queue takes undefined, null and 0', async (t) => {
  const loop = await openLoop(t);
  const queue = new Queue(loop);
  for (const item of [undefined, null, 0, '']) queue.putNowait(item);
  assert.deepEqual(
    [await queue.get(), await queue.get(), queue.getNowait(), queue.getNowait()],
    [undefined, null, 0, ''],
  );
});

test('a priority queue compares numbers, texts and tuples, or as it is told', async (t) => {
  const loop = await openLoop(t);
  const drain = (queue) => Array.from({ length: queue.qsize() }, () => queue.getNowait());
  const tuples = new PriorityQueue(loop);
  for (const item of [[10, 'b'], [9, 'z'], [10, 'a'], [9]]) tuples.putNowait(item);
  assert.deepEqual(drain(tuples), [[9], [9, 'z'], [10, 'a'], [10, 'b']]);
  const longest = new PriorityQueue(loop, 0, (a, b) => b.length - a.length);
  for (const item of ['a', 'ccc', 'bb']) longest.putNowait(item);
  assert.deepEqual(drain(longest), ['ccc', 'bb', 'a']);
  const close = new PriorityQueue(loop, 0, (a, b) => a - b);
  for (const item of [0.3, 0.1, 0.2]) close.putNowait(item);
  assert.deepEqual(drain(close), [0.1, 0.2, 0.3]);
});

test('a compare function that throws is reported, and loses no item', async (t) => {
  const loop = await openLoop(t);
  const reports = [];
  loop.setExceptionHandler((_loop, report) => reports.push(report));
  const queue = new PriorityQueue(loop, 0, () => {
    throw new Error('no order');
  });
  queue.putNowait(1);
  queue.putNowait(2);
  assert.deepEqual([queue.getNowait(), queue.getNowait()].sort(), [1, 2]);
  assert.equal(reports[0].exception.message, 'no order');
});

test('use() releases whatever comes, and gives what its function gives', async (t) => {
  const loop = await openLoop(t);
  for (const held of [new Lock(loop), new Semaphore(loop, 1), new Condition(loop)]) {
    assert.equal(await held.use(() => 'given'), 'given');
    await assert.rejects(
      held.use(() => Promise.reject(new Error('bad'))),
      /bad/,
    );
    assert.equal(held.locked(), false);
  }
});

test('what acquire() gives is disposed of by `using`', async (t) => {
  const loop = await openLoop(t);
  const lock = new Lock(loop);
  const held = await lock.acquire();
  assert.equal(lock.locked(), true);
  held[Symbol.dispose]();
  assert.equal(lock.locked(), false);
});

test('1,000 waiters of a semaphore are served in the order of their coming, every third cancelled', async (t) => {
  const loop = await openLoop(t);
  const semaphore = new BoundedSemaphore(loop, 2);
  const served = [];
  const tasks = Array.from({ length: 1000 }, (_, i) =>
    loop.createTask(() =>
      semaphore.use(async () => {
        served.push(i);
        await loop.sleep(0);
      }),
    ),
  );
  await loop.sleep(0);
  for (let i = 2; i < 1000; i += 3) tasks[i].cancel();
  await loop.wait(tasks);
  assert.deepEqual(
    served,
    Array.from({ length: 1000 }, (_, i) => i).filter((i) => i % 3 !== 2),
  );
  assert.equal(semaphore.locked(), false);
});

test('what extends a BoundedSemaphore is bounded', async (t) => {
  const loop = await openLoop(t);
  class Own extends BoundedSemaphore {}
  assert.throws(() => new Own(loop).release(), { code: 'FL_ESTATE' });
});

test('an event that is waited for by none is set and cleared', async (t) => {
  const loop = await openLoop(t);
  const event = new Event(loop);
  event.set();
  assert.equal(await event.wait(), true);
  event.clear();
  assert.equal(event.isSet(), false);
});

test('callbacks and tasks see the AsyncLocalStorage of who made them', async (t) => {
  const loop = await openLoop(t);
  const storage = new AsyncLocalStorage();
  const seen = [];
  await storage.run('mine', async () => {
    loop.callSoon(() => seen.push(storage.getStore()));
    loop.callLater(0.001, () => seen.push(storage.getStore()));
    await loop.createTask(async () => {
      await loop.sleep(0.003);
      seen.push(storage.getStore());
      loop.callSoon(() => seen.push(loop.currentTask()));
    });
  });
  storage.run('other', () => loop.callSoon(() => seen.push(storage.getStore())));
  await eventually(() => seen.length === 5);
  assert.deepEqual(seen, ['mine', 'mine', 'mine', null, 'other']);
});

test(
  '10,000 tasks with awaits of every kind leave nothing in the heap',
  async (t) => {
    const loop = await openLoop(t);
    const { wasm } = loop.bridge;
    const queue = new Queue(loop, 10);
    const semaphore = new Semaphore(loop, 50);
    const event = new Event(loop);
    const play = async () => {
      event.clear();
      const tasks = Array.from({ length: 10_000 }, (_, i) =>
        loop.createTask(async () => {
          await loop.sleep(0);
          if (i % 5 === 0) await loop.timeout(0.001, () => event.wait());
          if (i % 5 === 1) await loop.taskGroup((group) => group.createTask(() => semaphore.use(() => loop.sleep(0))));
          if (i % 5 === 2) await queue.put(i);
          if (i % 5 === 3) await queue.get();
          if (i % 5 === 4) throw new Error('fails');
        }),
      );
      tasks[7].cancel();
      queue.putNowait(0); // for the one that was cancelled
      await loop.gather(tasks, { returnExceptions: true });
    };
    await play(); // what it keeps for the next tasks
    const before = wasm._fl__js_heap_used();
    for (let i = 0; i < 3; i++) await play();
    assert.equal(wasm._fl__js_heap_used(), before);
    assert.deepEqual(loop.bridge.counts(), NOTHING);
  },
  { timeout: 60_000 },
);

test('locks, queues and futures that are collected are freed', async () => {
  const script = `
    import { EventLoop, Lock, Queue } from 'fetchloop/loop';
    const loop = await EventLoop.open();
    const used = () => loop.bridge.wasm._fl__js_heap_used();
    const make = (count) => {
      for (let i = 0; i < count; i++) {
        new Lock(loop);
        new Queue(loop).putNowait({});
        loop.createFuture();
      }
    };
    const collect = async (done) => {
      for (let i = 0; i < 200 && !done(); i++) {
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    make(10_000); // the memory of futures is kept for others
    await collect(() => loop.bridge.counts().items === 0);
    const before = used();
    make(10_000);
    const grown = used() - before;
    await collect(() => loop.bridge.counts().items === 0 && used() <= before);
    console.log(grown > 100_000, used() <= before, loop.bridge.counts().items);`;
  const program = [process.execPath, '--expose-gc', '--input-type=module', '-e', script];
  const { stdout, stderr } = await runCommand([], { program, cwd: new URL('../..', import.meta.url).pathname });
  assert.deepEqual({ stdout, stderr }, { stdout: 'true true 0\n', stderr: '' });
});
