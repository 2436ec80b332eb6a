/** Steps of tasks, callbacks, timers and futures, and whose turn it is: steps.py, line by line. */
import { Event } from 'fetchloop/loop';
import { only, str } from './python.mjs';

export async function stepsAndCallbacksTakeTurns(loop, log) {
  const worker = async (name) => {
    for (let i = 0; i < 3; i++) {
      log(`${name} ${i}`);
      await loop.sleep(0);
    }
  };
  loop.callSoon(log, 'soon 1');
  const [a, b] = [loop.createTask(() => worker('a')), loop.createTask(() => worker('b'))];
  loop.callSoon(log, 'soon 2');
  await a;
  log('a is done');
  await b;
}

export async function returningThroughManyFunctionsIsOneStep(loop, log) {
  const deep = async (name, depth) => {
    if (depth === 0) {
      await loop.sleep(0);
      log(`${name} bottom`);
      return depth;
    }
    const result = await deep(name, depth - 1);
    log(`${name} ${depth}`);
    return result + 1;
  };
  const tasks = [...'abc'].map((name) => loop.createTask(() => deep(name, 5)));
  for (const task of tasks) log(str(await task));
}

export async function callbacksBetweenTwoSteps(loop, log) {
  const event = new Event(loop);
  const waiter = async (name) => {
    await event.wait();
    log(`${name} goes on`);
    loop.callSoon(log, `soon by ${name}`);
  };
  const tasks = [...'ab'].map((name) => loop.createTask(() => waiter(name)));
  await loop.sleep(0);
  loop.callSoon(log, 'before');
  event.set();
  loop.callSoon(log, 'after');
  await loop.gather(tasks);
  await loop.sleep(0);
}

export async function timersByDeadline(loop, log) {
  for (const delay of [0.03, 0.01, 0.02]) loop.callLater(delay, log, `after ${delay}`);
  loop.callLater(0, log, 'at once');
  loop.callSoon(log, 'soon');
  const handle = loop.callLater(0.015, log, 'never');
  handle.cancel();
  await loop.sleep(0.04);
  log(str(handle.cancelled()));
}

export async function sleepZeroYieldsOnce(loop, log) {
  loop.callSoon(log, 'soon');
  log('before');
  await loop.sleep(0);
  log('after');
}

export async function aDoneTaskDoesNotWait(loop, log) {
  const task = loop.createTask(async () => 1);
  await task;
  loop.callSoon(log, 'soon');
  log(`again ${await task}`);
  await loop.sleep(0);
}

export async function doneCallbacksInOrder(loop, log) {
  const future = loop.createFuture();
  for (const name of 'abc') future.addDoneCallback((f) => log(`${name} ${f.result()}`));
  loop.callSoon(log, 'soon 1');
  future.setResult(7);
  loop.callSoon(log, 'soon 2');
  log('set');
  await loop.sleep(0);
  future.addDoneCallback(() => log('late'));
  log('added');
  await loop.sleep(0);
}

export async function removedDoneCallbacks(loop, log) {
  const future = loop.createFuture();
  const callback = () => log('never');
  future.addDoneCallback(callback);
  future.addDoneCallback(callback);
  log(str(future.removeDoneCallback(callback)));
  future.setResult(null);
  await loop.sleep(0);
}

export async function aFutureIsSetOnce(loop, log) {
  const future = loop.createFuture();
  try {
    future.result();
  } catch (error) {
    only(error, 'FL_EPENDING');
    log('not yet');
  }
  future.setResult(1);
  try {
    future.setResult(2);
  } catch (error) {
    only(error, 'FL_EDONE');
    log('no more');
  }
  log(str(future.cancel()));
  log(str(await future));
}
