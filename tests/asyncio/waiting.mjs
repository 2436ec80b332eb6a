/** Waiting for several: gather, wait, as_completed; and shield: waiting.py, line by line. */
import { CancelledError } from 'fetchloop/loop';
import { only, str } from './python.mjs';

export async function gatherGivesResultsInOrder(loop, log) {
  const after = async (turns, value) => {
    for (let i = 0; i < turns; i++) await loop.sleep(0);
    log(`${value}`);
    return value;
  };
  const results = await loop.gather([() => after(3, 1), () => after(1, 2), () => after(2, 3)]);
  log(str(results.reduce((sum, each) => sum + each, 0)));
}

export async function gatherFailsAtOnce(loop, log) {
  const fail = async () => {
    await loop.sleep(0);
    throw new RangeError('bad');
  };
  const runOn = async () => {
    for (let i = 0; i < 4; i++) {
      await loop.sleep(0);
      log(`on ${i}`);
    }
  };
  try {
    await loop.gather([fail, runOn]);
  } catch (error) {
    only(error, RangeError);
    log(`failed: ${error.message}`);
  }
  await loop.sleep(0);
  await loop.sleep(0);
  await loop.sleep(0);
}

export async function gatherWithExceptions(loop, log) {
  const fail = async () => {
    throw new RangeError('bad');
  };
  const cancelled = async () => {
    throw new CancelledError();
  };
  const results = await loop.gather([fail, cancelled, async () => 'fine'], { returnExceptions: true });
  log(results.map((result) => result.message ?? result).join(', '));
}

export async function gatherIsCancelled(loop, log) {
  const sleeper = async (name) => {
    try {
      await loop.sleep(10);
    } finally {
      log(name);
    }
  };
  const task = loop.createTask(() => loop.gather([() => sleeper('a'), () => sleeper('b')]));
  for (let i = 0; i < 3; i++) await loop.sleep(0);
  task.cancel();
  try {
    await task;
  } catch (error) {
    only(error, CancelledError);
    log('gathered');
  }
}

export async function gatherOfDoneOnes(loop, log) {
  const future = loop.createFuture();
  future.setResult(1);
  const other = loop.createFuture();
  other.setException(new RangeError('old'));
  loop.callSoon(log, 'soon');
  try {
    await loop.gather([future, other]);
  } catch (error) {
    only(error, RangeError);
    log(error.message);
  }
}

export async function gatherOfNothing(loop, log) {
  log(str((await loop.gather([])).length));
}

export async function waitForTheFirst(loop, log) {
  const after = async (turns) => {
    for (let i = 0; i < turns; i++) await loop.sleep(0);
    return turns;
  };
  const tasks = [5, 1, 3].map((turns) => loop.createTask(() => after(turns)));
  let [done, pending] = await loop.wait(tasks, { returnWhen: 'firstCompleted' });
  log(`${done.size} ${pending.size} ${[...done][0].result()}`);
  [done, pending] = await loop.wait(pending);
  log(`${done.size} ${pending.size}`);
}

export async function waitForAnException(loop, log) {
  const fail = async () => {
    await loop.sleep(0);
    throw new RangeError('bad');
  };
  const after = async (turns) => {
    for (let i = 0; i < turns; i++) await loop.sleep(0);
  };
  const tasks = [loop.createTask(() => after(1)), loop.createTask(fail), loop.createTask(() => after(9))];
  const [done, pending] = await loop.wait(tasks, { returnWhen: 'firstException' });
  log(`${done.size} ${pending.size}`);
  for (const task of pending) task.cancel();
  tasks[1].exception();
}

export async function waitInVain(loop, log) {
  const task = loop.createTask(() => loop.sleep(10));
  const [done, pending] = await loop.wait([task], { timeout: 0.01 });
  log(`${done.size} ${pending.size} ${str(task.done())}`);
  task.cancel();
}

export async function aShieldHolds(loop, log) {
  const task = loop.createTask(async () => {
    await loop.sleep(0.01);
    log('inner goes on');
    return 1;
  });
  const shielded = loop.createTask(async () => {
    try {
      await loop.shield(task);
    } catch (error) {
      only(error, CancelledError);
      log('outer cancelled');
    }
  });
  await loop.sleep(0);
  shielded.cancel();
  await shielded;
  log(str(await task));
}

export async function asTheyComplete(loop, log) {
  const after = async (delay) => {
    await loop.sleep(delay);
    return delay;
  };
  for await (const nextOne of loop.asCompleted([() => after(0.03), () => after(0.01), () => after(0.02)])) {
    log(str(await nextOne));
  }
}
