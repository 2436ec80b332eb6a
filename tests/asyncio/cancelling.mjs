/** Tasks that are cancelled: cancelling.py, line by line. */
import { CancelledError, Condition, Lock, Queue, Semaphore } from 'fetchloop/loop';
import { only, str } from './python.mjs';

export async function cancelBeforeItBegins(loop, log) {
  const task = loop.createTask(async () => log('never'));
  log(str(task.cancel()));
  log(str(task.done()));
  try {
    await task;
  } catch (error) {
    only(error, CancelledError);
    log('cancelled');
  }
  log(str(task.cancelled()));
}

export async function cancelAtASleep(loop, log) {
  const task = loop.createTask(async () => {
    try {
      await loop.sleep(10);
    } finally {
      log('finally');
    }
  });
  await loop.sleep(0);
  task.cancel();
  loop.callSoon(log, 'soon');
  log(str(task.done()));
  try {
    await task;
  } catch (error) {
    only(error, CancelledError);
    log('cancelled');
  }
}

export async function cancelledWithAMessage(loop, log) {
  const task = loop.createTask(async () => {
    try {
      await loop.sleep(10);
    } catch (error) {
      only(error, CancelledError);
      log(error.message);
      throw error;
    }
  });
  await loop.sleep(0);
  task.cancel('enough');
  await loop.wait([task]);
  log(str(task.cancelled()));
}

export async function aCancellationIsCaught(loop, log) {
  const task = loop.createTask(async () => {
    for (let i = 0; i < 3; i++) {
      try {
        await loop.sleep(10);
      } catch (error) {
        only(error, CancelledError);
        log(`no ${i}`);
      }
    }
    await loop.sleep(0);
    return 'my way';
  });
  for (let i = 0; i < 3; i++) {
    await loop.sleep(0);
    task.cancel();
    log(`cancelling ${task.cancelling()}`);
  }
  log(await task);
}

export async function aCancellationIsAwaitedInFinally(loop, log) {
  const task = loop.createTask(async () => {
    try {
      await loop.sleep(10);
    } finally {
      await loop.sleep(0);
      log('tidied');
    }
  });
  await loop.sleep(0);
  task.cancel();
  try {
    await task;
  } catch (error) {
    only(error, CancelledError);
    log('cancelled');
  }
}

export async function whoCancelsItself(loop, log) {
  await loop.createTask(async (task) => {
    task.cancel();
    log('still here');
    try {
      await loop.sleep(0.001);
    } catch (error) {
      only(error, CancelledError);
      log('now');
    }
    await loop.sleep(0);
    log('and on');
  });
}

export async function cancelledInItsLastStep(loop, log) {
  const task = loop.createTask(async (self) => {
    self.cancel();
    return 1;
  });
  await loop.wait([task]);
  log(str(task.cancelled()));
}

export async function cancelGoesDownAChain(loop, log) {
  const inner = async () => {
    try {
      await loop.sleep(10);
    } finally {
      log('inner');
    }
  };
  const outer = async (task) => {
    try {
      await task;
    } finally {
      log('outer');
    }
  };
  const a = loop.createTask(() => inner());
  const b = loop.createTask(() => outer(a));
  const c = loop.createTask(() => outer(b));
  await loop.sleep(0);
  await loop.sleep(0);
  c.cancel();
  await loop.wait([a, b, c]);
  log(`${str(a.cancelled())} ${str(b.cancelled())} ${str(c.cancelled())}`);
}

export async function cancelAndResultInOneTurn(loop, log) {
  const future = loop.createFuture();
  const task = loop.createTask(async () => {
    try {
      log(`got ${await future}`);
    } catch (error) {
      only(error, CancelledError);
      log('cancelled all the same');
    }
  });
  await loop.sleep(0);
  future.setResult(1);
  task.cancel();
  await task;
}

export async function uncancel(loop, log) {
  const task = loop.createTask(async (self) => {
    try {
      await loop.sleep(10);
    } catch (error) {
      only(error, CancelledError);
      log(str(self.uncancel()));
    }
    await loop.sleep(0);
    log(str(self.cancelling()));
  });
  await loop.sleep(0);
  task.cancel();
  await task;
}

/** Three tasks go through everything; the second is cancelled after so many turns, once, twice, or till it ends. */
export async function cancelledAtEachTurn(loop, log) {
  const child = async (name, turns) => {
    try {
      for (let i = 0; i < turns; i++) await loop.sleep(0);
      log(`${name} done`);
      return name;
    } catch (error) {
      only(error, CancelledError);
      log(`${name} cancelled`);
      throw error;
    }
  };
  const gauntlet = async (name, lock, queue, semaphore, condition) => {
    try {
      await lock.use(async () => {
        log(`${name} has the lock`);
        await loop.sleep(0);
      });
      await queue.put(name);
      log(`${name} has put`);
      log(`${name} got ${await queue.get()}`);
      await semaphore.use(async () => {
        log(`${name} is in`);
        await loop.sleep(0);
      });
      await condition.use(async () => {
        condition.notifyAll();
        try {
          await loop.timeout(10, () => condition.wait());
        } finally {
          log(`${name} locked ${str(condition.locked())}`);
          condition.notifyAll();
        }
      });
      await loop.taskGroup(async (group) => {
        group.createTask(() => child(`${name} member`, 2));
        await loop.sleep(0);
        log(`${name} leaves`);
      });
      log((await loop.gather([() => child(`${name} 1`, 1), () => child(`${name} 2`, 2)])).join(' '));
      await loop.wait([loop.createTask(() => child(`${name} waited for`, 1))]);
      log(await loop.shield(() => child(`${name} shielded`, 2)));
    } catch (error) {
      only(error, CancelledError);
      log(`${name} is cancelled`);
      throw error;
    } finally {
      await loop.sleep(0);
      log(`${name} ends`);
    }
  };
  const rescue = async (condition) => {
    for (;;) {
      await loop.sleep(0);
      if (!condition.locked()) await condition.use(() => condition.notifyAll());
    }
  };
  for (const again of [0, 1, 100]) {
    for (let turns = 0; turns < 40; turns++) {
      log(`-- after ${turns} turns, and ${again}`);
      const condition = new Condition(loop);
      const shared = [new Lock(loop), new Queue(loop, 1), new Semaphore(loop, 1), condition];
      const tasks = [...'abc'].map((name) => loop.createTask(() => gauntlet(name, ...shared)));
      const rescuer = loop.createTask(() => rescue(condition));
      for (let i = 0; i < turns; i++) await loop.sleep(0);
      for (let i = 0; i <= again; i++) {
        tasks[1].cancel();
        await loop.sleep(0);
      }
      await loop.wait(tasks);
      rescuer.cancel();
      await loop.wait([rescuer]);
      log(tasks.map((task) => (task.cancelled() ? 'cancelled' : 'done')).join(' '));
    }
  }
}

export async function whoAwaitsACancelledTaskIsToldItsMessage(loop, log) {
  const sleeper = async () => {
    await loop.sleep(5);
  };
  const thrower = async () => {
    throw new CancelledError('thrown');
  };
  const task = loop.createTask(sleeper);
  await loop.sleep(0);
  task.cancel('asked for');
  for (const awaited of [task, loop.createTask(thrower)]) {
    try {
      await awaited;
    } catch (error) {
      only(error, CancelledError);
      log(error.message);
    }
  }
}
