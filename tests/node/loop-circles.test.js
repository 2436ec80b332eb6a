/** Tasks that await themselves or each other: deadlocks, which a cancellation ends. */
import assert from 'node:assert/strict';
import { openLoop } from './support/loop.js';
import { test } from './support/test.js';

test('a task that awaits itself is told so', async (t) => {
  const loop = await openLoop(t);
  const explicit = loop.createTask(async (self) => await explicit.wait(self));
  await assert.rejects(async () => await explicit, { code: 'FL_EDEADLOCK' });
  const implicit = loop.createTask(async () => await implicit);
  await assert.rejects(async () => await implicit, { code: 'FL_EDEADLOCK' });
});

const ENDS = {
  'one is cancelled': (_loop, tasks) => tasks[tasks.length >> 1].cancel(),
  'the loop is closed': (loop) => loop.close(),
};
const AWAITS = {
  each: (_loop, next) => next,
  'each by a gather': (loop, next) => loop.gather([next, loop.sleep(60)]),
  'each within a time': (loop, next) => loop.timeout(60, () => next),
};

for (const [what, end] of Object.entries(ENDS)) {
  for (const [how, awaits] of Object.entries(AWAITS)) {
    test(`tasks that await each other in a circle, ${how}, all end when ${what}, however many they are`, async (t) => {
      for (const count of [2, 3, 31, 32, 33, 34, 64, 65, 1000]) {
        const loop = await openLoop(t);
        const tasks = Array.from({ length: count }, (_, i) =>
          loop.createTask(async () => {
            await loop.sleep(0);
            await awaits(loop, tasks[(i + 1) % count]);
          }),
        );
        await loop.sleep(0.01);
        await end(loop, tasks);
        await Promise.allSettled(tasks.map((task) => task.wait()));
        assert.ok(
          tasks.every((task) => task.cancelled()),
          `${count}`,
        );
      }
    });
  }
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
