/** What a program may get wrong when it calls the loop: the error names it, and says what to do. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { Cookies } from 'fetchloop';
import { Barrier, BoundedSemaphore, Condition, Event, EventLoop, Lock, Queue, Semaphore, Task } from 'fetchloop/loop';
import { openLoop } from './support/loop.js';
import { test } from './support/test.js';

for (const [what, call, error] of [
  ['a delay as a text', (loop) => loop.sleep('0.01'), /^a delay is a number of seconds, not '0\.01'$/],
  ['a value as a text', (loop) => new Semaphore(loop, '5'), /^value is a whole number from 0, not '5'$/],
  ['maxsize as an option', (loop) => new Queue(loop, { maxsize: 3 }), /^maxsize is .*, not an Object$/],
  ['no parties', (loop) => new Barrier(loop), /^parties is a whole number from 1, not undefined$/],
  [
    "a condition's lock that is none",
    (loop) => new Condition(loop, {}),
    /^a condition's lock is a Lock, not an Object$/,
  ],
  [
    'a handler that is none',
    (loop) => loop.setExceptionHandler(5),
    /^an exception handler is a function, or null, not 5$/,
  ],
  [
    'workers as a word',
    () => EventLoop.open({ executor: { workers: 'x' } }),
    /^workers is a whole number from 1, not 'x'$/,
  ],
  [
    'a task of a promise',
    (loop) => loop.createTask(Promise.resolve()),
    /not of a Promise: write createTask\(\(\) => f\(\)\)$/,
  ],
  ['a task of nothing', (loop) => loop.createTask(), /^a task is made of an async function, not of undefined$/],
  [
    'a task that is made with new',
    () => new Task(async () => {}),
    /^a task is made by its loop: loop\.createTask\(\)$/,
  ],
  ['a callback that is none', (loop) => loop.callSoon([]), /^a callback is a function, not an array of 0$/],
  [
    'a timeout without a function',
    (loop) => loop.timeout(1, Promise.resolve()),
    /takes an async function, not a Promise$/,
  ],
  ['wait() of a task', (loop) => loop.wait(loop.createTask(async () => {})), /given as one list, .* not a Task$/],
  ['wait() of nothing', (loop) => loop.wait([]), /^the list of what is waited for is empty$/],
  ['an argument that is no list', (loop) => loop.runInExecutor((n) => n, 4), /^the arguments must be an array, not 4$/],
  [
    "asyncio's executor",
    (loop) => loop.runInExecutor(null, (n) => n, 4),
    /: the function comes first, then \[its arguments\]$/,
  ],
  ['a lock that nobody holds', (loop) => new Lock(loop).release(), /^Lock is not acquired\.$/],
  ['a semaphore', (loop) => new BoundedSemaphore(loop).release(), /^BoundedSemaphore released too many times$/],
  ['notify() without the lock', (loop) => new Condition(loop).notify(), /^cannot notify on un-acquired lock$/],
  ['wait() without the lock', (loop) => new Condition(loop).wait(), /lock is not held$/],
  ['taskDone() of nothing', (loop) => new Queue(loop).taskDone(), /^task_done\(\) called too many times$/],
  ['cookies as an object', () => new Cookies({ a: '1' }), /^new Cookies\(\) takes nothing: jar\.store\(/],
]) {
  test(`${what}: the error says what is wrong`, async (t) => {
    const loop = await openLoop(t);
    await assert.rejects(async () => call(loop), { message: error });
  });
}

test('a group that has ended says so', async (t) => {
  const loop = await openLoop(t);
  const ended = await loop.taskGroup(async (group) => [group]);
  assert.throws(() => ended[0].createTask(async () => {}), { code: 'FL_ESTATE', message: 'the TaskGroup is finished' });
});

test("what belongs to the loop is shown without the module's memory", async (t) => {
  const loop = await openLoop(t);
  for (const thing of [
    loop,
    new Lock(loop),
    new Semaphore(loop),
    new Event(loop),
    new Queue(loop),
    new Barrier(loop, 2),
  ]) {
    const shown = inspect(thing);
    assert.ok(shown.length < 80, shown.slice(0, 200));
    assert.doesNotMatch(shown, /^_/);
  }
});
