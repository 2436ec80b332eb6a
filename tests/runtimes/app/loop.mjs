/** What the loop does, in whichever runtime: each behaviour by its name. */
import assert from 'node:assert/strict';

const WORK = new URL('./work.mjs', import.meta.url);

/** @param {typeof import('fetchloop/loop')} fetchloop @param {{ own: string }} sites */
export const makeLoopBehaviours = ({ ClientSession, EventLoop, Queue }, sites) => {
  const withLoop = async (body) => {
    const loop = await EventLoop.open();
    try {
      return await body(loop);
    } finally {
      await loop.close();
    }
  };

  return {
    'callbacks run first in, first out, timers when they are due': () =>
      withLoop(async (loop) => {
        const said = [];
        loop.callLater(0.02, () => said.push('later'));
        loop.callSoon(() => said.push('first'));
        loop.callSoon(() => said.push('second'));
        await loop.sleep(0.05);
        assert.deepEqual(said, ['first', 'second', 'later']);
      }),

    'tasks wait for each other': () =>
      withLoop(async (loop) => {
        const queue = new Queue(loop, 2);
        const producer = loop.createTask(async () => {
          for (let i = 0; i < 10; i++) await queue.put(i);
        });
        const consumer = loop.createTask(async () => {
          let sum = 0;
          for (let i = 0; i < 10; i++) sum += await queue.get();
          return sum;
        });
        assert.deepEqual(await loop.gather([producer, consumer]), [undefined, 45]);
      }),

    'an await knows its task, and is cancelled with it, after awaits of others too': () =>
      withLoop(async (loop) => {
        const said = [];
        const task = loop.createTask(async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          try {
            await loop.sleep(60);
          } catch (error) {
            said.push(error.name);
            throw error;
          }
        });
        await loop.sleep(0.05);
        task.cancel();
        await assert.rejects(async () => await task, { name: 'CancelledError' });
        assert.deepEqual(said, ['CancelledError']);
      }),

    'a task group: one fails, the others are cancelled': () =>
      withLoop(async (loop) => {
        const session = await ClientSession.open();
        let other;
        const group = loop.taskGroup(async (group) => {
          other = group.createTask((task) => session.get(`${sites.own}/never`, { signal: task.signal }));
          group.createTask(async () => {
            await loop.sleep(0.02);
            throw new RangeError('one');
          });
        });
        await assert.rejects(group, ({ errors }) => errors.length === 1 && errors[0] instanceof RangeError);
        assert.equal(other.cancelled(), true);
        await session.close();
      }),

    'a timeout ends what waits within': () =>
      withLoop((loop) =>
        assert.rejects(
          loop.timeout(0.02, () => loop.sleep(60)),
          { name: 'TimeoutError' },
        ),
      ),

    'runInExecutor(): a function and a module’s export, in another thread': () =>
      withLoop(async (loop) => {
        assert.equal(await loop.runInExecutor((x, y) => x ** y, [2, 10]), 1024);
        assert.equal(await loop.runInExecutor(WORK, [21]), 42);
        await assert.rejects(async () => await loop.runInExecutor(WORK, [], { name: 'fail' }), /in the worker/);
      }),

    'runInExecutor(): cancelling ends a worker that never ends by itself': () =>
      withLoop(async (loop) => {
        const shared = new Int32Array(new SharedArrayBuffer(4));
        const task = loop.createTask(() => loop.runInExecutor(WORK, [shared], { name: 'forever' }));
        while (Atomics.load(shared, 0) === 0) await loop.sleep(0.01);
        task.cancel();
        await assert.rejects(async () => await task, { name: 'CancelledError' });
        assert.equal(await loop.runInExecutor(WORK, [1]), 2);
      }),
  };
};
