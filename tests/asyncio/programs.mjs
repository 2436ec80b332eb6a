/** programs.py, line by line: what differs is how JavaScript writes `async with`, `str()` and keyword arguments. */
import {
  Barrier,
  BoundedSemaphore,
  CancelledError,
  Condition,
  Event,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
  TimeoutError,
} from 'fetchloop/loop';

/** As Python's str() has it. */
const str = (value) => (typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value));

/** `except kind:` @param {unknown} error @param {any} kind a class, or a code */
function only(error, kind) {
  if (typeof kind === 'string' ? error.code !== kind : !(error instanceof kind)) throw error;
}

async function stepsAndCallbacksTakeTurns(loop, log) {
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

async function returningThroughManyFunctionsIsOneStep(loop, log) {
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

async function callbacksBetweenTwoSteps(loop, log) {
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

async function timersByDeadline(loop, log) {
  for (const delay of [0.03, 0.01, 0.02]) loop.callLater(delay, log, `after ${delay}`);
  loop.callLater(0, log, 'at once');
  loop.callSoon(log, 'soon');
  const handle = loop.callLater(0.015, log, 'never');
  handle.cancel();
  await loop.sleep(0.04);
  log(str(handle.cancelled()));
}

async function sleepZeroYieldsOnce(loop, log) {
  loop.callSoon(log, 'soon');
  log('before');
  await loop.sleep(0);
  log('after');
}

async function aDoneTaskDoesNotWait(loop, log) {
  const task = loop.createTask(async () => 1);
  await task;
  loop.callSoon(log, 'soon');
  log(`again ${await task}`);
  await loop.sleep(0);
}

async function doneCallbacksInOrder(loop, log) {
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

async function removedDoneCallbacks(loop, log) {
  const future = loop.createFuture();
  const callback = () => log('never');
  future.addDoneCallback(callback);
  future.addDoneCallback(callback);
  log(str(future.removeDoneCallback(callback)));
  future.setResult(null);
  await loop.sleep(0);
}

async function aFutureIsSetOnce(loop, log) {
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

async function cancelBeforeItBegins(loop, log) {
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

async function cancelAtASleep(loop, log) {
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

async function cancelledWithAMessage(loop, log) {
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

async function aCancellationIsCaught(loop, log) {
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

async function aCancellationIsAwaitedInFinally(loop, log) {
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

async function whoCancelsItself(loop, log) {
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

async function cancelledInItsLastStep(loop, log) {
  const task = loop.createTask(async (self) => {
    self.cancel();
    return 1;
  });
  await loop.wait([task]);
  log(str(task.cancelled()));
}

async function cancelGoesDownAChain(loop, log) {
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

async function cancelAndResultInOneTurn(loop, log) {
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

async function uncancel(loop, log) {
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

async function gatherGivesResultsInOrder(loop, log) {
  const after = async (turns, value) => {
    for (let i = 0; i < turns; i++) await loop.sleep(0);
    log(`${value}`);
    return value;
  };
  const results = await loop.gather([() => after(3, 1), () => after(1, 2), () => after(2, 3)]);
  log(str(results.reduce((sum, each) => sum + each, 0)));
}

async function gatherFailsAtOnce(loop, log) {
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

async function gatherWithExceptions(loop, log) {
  const fail = async () => {
    throw new RangeError('bad');
  };
  const cancelled = async () => {
    throw new CancelledError();
  };
  const results = await loop.gather([fail, cancelled, async () => 'fine'], { returnExceptions: true });
  log(results.map((result) => result.message ?? result).join(', '));
}

async function gatherIsCancelled(loop, log) {
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

async function gatherOfDoneOnes(loop, log) {
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

async function gatherOfNothing(loop, log) {
  log(str((await loop.gather([])).length));
}

async function waitForTheFirst(loop, log) {
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

async function waitForAnException(loop, log) {
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

async function waitInVain(loop, log) {
  const task = loop.createTask(() => loop.sleep(10));
  const [done, pending] = await loop.wait([task], { timeout: 0.01 });
  log(`${done.size} ${pending.size} ${str(task.done())}`);
  task.cancel();
}

async function aShieldHolds(loop, log) {
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

async function aLockIsFair(loop, log) {
  const lock = new Lock(loop);
  const worker = async (name) => {
    for (let i = 0; i < 2; i++) {
      await lock.use(async () => {
        log(`${name} ${i}`);
        await loop.sleep(0);
      });
    }
  };
  await loop.gather([() => worker('a'), () => worker('b'), () => worker('c')]);
  log(str(lock.locked()));
}

async function aLockSurvivesCancellation(loop, log) {
  const lock = new Lock(loop);
  const worker = (name) => lock.use(() => log(name));
  await lock.acquire();
  const tasks = [...'abc'].map((name) => loop.createTask(() => worker(name)));
  await loop.sleep(0);
  lock.release();
  tasks[0].cancel();
  await loop.wait(tasks);
  log(`${str(tasks[0].cancelled())} ${str(lock.locked())}`);
}

async function anEventWakesAll(loop, log) {
  const event = new Event(loop);
  const waiter = async (name) => {
    await event.wait();
    log(name);
  };
  const tasks = [...'abc'].map((name) => loop.createTask(() => waiter(name)));
  await loop.sleep(0);
  tasks[1].cancel();
  event.set();
  event.clear();
  await loop.wait(tasks);
  log(str(event.isSet()));
}

async function aConditionIsNotified(loop, log) {
  const condition = new Condition(loop);
  const items = [];
  const consumer = (name) =>
    condition.use(async () => {
      await condition.waitFor(() => items.length > 0);
      log(`${name} takes ${items.shift()}`);
    });
  const tasks = [...'abc'].map((name) => loop.createTask(() => consumer(name)));
  for (let i = 0; i < 3; i++) {
    await loop.sleep(0);
    await condition.use(() => {
      items.push(i);
      condition.notify();
      log(`put ${i}`);
    });
  }
  await loop.wait(tasks);
  try {
    condition.notify();
  } catch (error) {
    only(error, 'FL_ESTATE');
    log('not without the lock');
  }
}

async function aSemaphoreLimits(loop, log) {
  const semaphore = new BoundedSemaphore(loop, 2);
  const worker = (name) =>
    semaphore.use(async () => {
      log(`${name} in`);
      await loop.sleep(0);
      log(`${name} out`);
    });
  await loop.gather([...'abcd'].map((name) => () => worker(name)));
  try {
    semaphore.release();
  } catch (error) {
    only(error, 'FL_ESTATE');
    log('too often');
  }
}

async function aBarrierFalls(loop, log) {
  const barrier = new Barrier(loop, 3);
  const party = async (name) => {
    const index = await barrier.wait();
    log(`${name} ${index}`);
  };
  await loop.gather([...'abc'].map((name) => () => party(name)));
  log(str(barrier.nWaiting));
}

async function aBarrierBreaks(loop, log) {
  const barrier = new Barrier(loop, 2);
  const task = loop.createTask(async () => {
    try {
      await barrier.wait();
    } catch (error) {
      only(error, 'FL_EBROKEN');
      log('broken');
    }
  });
  await loop.sleep(0);
  await barrier.abort();
  await task;
  log(str(barrier.broken));
}

async function aQueueIsBounded(loop, log) {
  const queue = new Queue(loop, 2);
  const producer = async () => {
    for (let i = 0; i < 5; i++) {
      await queue.put(i);
      log(`put ${i}`);
    }
  };
  const consumer = async (name) => {
    for (;;) {
      const item = await queue.get();
      log(`${name} got ${item}`);
      queue.taskDone();
    }
  };
  const consumers = [...'ab'].map((name) => loop.createTask(() => consumer(name)));
  await producer();
  await queue.join();
  log(`joined ${queue.qsize()}`);
  for (const task of consumers) task.cancel();
  await loop.wait(consumers);
}

async function aQueueSurvivesCancellation(loop, log) {
  const queue = new Queue(loop);
  const getter = async (name) => log(`${name} got ${await queue.get()}`);
  const tasks = [...'ab'].map((name) => loop.createTask(() => getter(name)));
  await loop.sleep(0);
  queue.putNowait(1);
  tasks[0].cancel();
  await loop.wait(tasks);
  log(`${str(tasks[0].cancelled())} ${str(queue.empty())}`);
  try {
    queue.getNowait();
  } catch (error) {
    only(error, 'FL_EQUEUEEMPTY');
    log('empty');
  }
}

async function otherQueues(loop, log) {
  const [stack, heap] = [new LifoQueue(loop), new PriorityQueue(loop)];
  const items = [
    [10, 'c'],
    [2, 'b'],
    [2, 'a'],
  ];
  for (const item of items) {
    stack.putNowait(item);
    heap.putNowait(item);
  }
  while (!stack.empty()) log(`${stack.getNowait()[1]} ${heap.getNowait()[1]}`);
}

async function aGroupWaits(loop, log) {
  const member = async (name, turns) => {
    for (let i = 0; i < turns; i++) await loop.sleep(0);
    log(name);
    return name;
  };
  let a;
  await loop.taskGroup((group) => {
    a = group.createTask(() => member('a', 3));
    group.createTask(() => member('b', 1));
    log('body');
  });
  log(`left ${a.result()}`);
}

async function aGroupFailsTogether(loop, log) {
  const fail = async (text) => {
    await loop.sleep(0);
    throw new RangeError(text);
  };
  const sibling = async () => {
    try {
      await loop.sleep(10);
    } finally {
      log('sibling cancelled');
    }
  };
  try {
    await loop.taskGroup(async (group) => {
      group.createTask(sibling);
      group.createTask(() => fail('one'));
      group.createTask(() => fail('two'));
      try {
        await loop.sleep(10);
      } finally {
        log('body cancelled');
      }
    });
  } catch (error) {
    only(error, AggregateError);
    log(`${error.message.replace(/ \(.*/, '')}: ${error.errors.map((each) => each.message).join(', ')}`);
  }
}

async function aGroupsBodyFails(loop, log) {
  const member = async () => {
    try {
      await loop.sleep(10);
    } finally {
      log('member cancelled');
    }
  };
  try {
    await loop.taskGroup(async (group) => {
      group.createTask(member);
      await loop.sleep(0);
      throw new RangeError('body');
    });
  } catch (error) {
    only(error, AggregateError);
    log(error.errors.map((each) => each.message).join(', '));
  }
}

async function aGroupIsCancelled(loop, log) {
  const left = [];
  const member = async (name) => {
    try {
      await loop.sleep(10);
    } finally {
      left.push(name);
    }
  };
  const task = loop.createTask(() =>
    loop.taskGroup((group) => {
      group.createTask(() => member('a'));
      group.createTask(() => member('b'));
    }),
  );
  await loop.sleep(0);
  await loop.sleep(0);
  task.cancel();
  await loop.wait([task]);
  log(`${left.sort().join('')} ${str(task.cancelled())}`);
}

async function aTimeoutCancels(loop, log) {
  try {
    await loop.timeout(0.01, async () => {
      try {
        await loop.sleep(10);
      } catch (error) {
        only(error, CancelledError);
        log('cancelled inside');
        throw error;
      }
    });
  } catch (error) {
    only(error, TimeoutError);
    log('timed out');
  }
  await loop.sleep(0);
  log(str(loop.currentTask().cancelling()));
}

async function aTimeoutIsInTime(loop, log) {
  let scope;
  await loop.timeout(10, async (entered) => {
    scope = entered;
    await loop.sleep(0);
    log('in time');
  });
  log(str(scope.expired()));
}

async function theInnerTimeoutFirst(loop, log) {
  try {
    await loop.timeout(0.05, async () => {
      try {
        await loop.timeout(0.01, () => loop.sleep(10));
      } catch (error) {
        only(error, TimeoutError);
        log('inner');
      }
      await loop.sleep(10);
    });
  } catch (error) {
    only(error, TimeoutError);
    log('outer');
  }
}

async function theOuterTimeoutFirst(loop, log) {
  try {
    await loop.timeout(0.01, async () => {
      try {
        await loop.timeout(0.5, () => loop.sleep(10));
      } catch (error) {
        only(error, CancelledError);
        log('inner is cancelled');
        throw error;
      }
    });
  } catch (error) {
    only(error, TimeoutError);
    log('outer');
  }
}

async function cancelledWithinATimeout(loop, log) {
  const task = loop.createTask(() => loop.timeout(10, () => loop.sleep(10)));
  await loop.sleep(0);
  task.cancel();
  await loop.wait([task]);
  log(str(task.cancelled()));
}

async function aCancellationGoesOnAfterTheTimeout(loop, log) {
  const task = loop.createTask(async (self) => {
    await loop.timeout(10, async () => {
      self.cancel();
    });
    log('after the scope');
    await loop.sleep(0.001);
    log('never');
  });
  await loop.wait([task]);
  log(str(task.cancelled()));
}

async function waitForTooLong(loop, log) {
  const task = loop.createTask(async () => {
    try {
      await loop.sleep(10);
    } finally {
      log('cancelled');
    }
  });
  try {
    await loop.waitFor(task, 0.01);
  } catch (error) {
    only(error, TimeoutError);
    log(`timed out ${str(task.cancelled())}`);
  }
}

async function asTheyComplete(loop, log) {
  const after = async (delay) => {
    await loop.sleep(delay);
    return delay;
  };
  for await (const nextOne of loop.asCompleted([() => after(0.03), () => after(0.01), () => after(0.02)])) {
    log(str(await nextOne));
  }
}

/** Three tasks go through everything; the second is cancelled after so many turns, once, twice, or till it ends. */
async function cancelledAtEachTurn(loop, log) {
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

/** By their names in programs.py. */
export const PROGRAMS = Object.fromEntries(
  [
    stepsAndCallbacksTakeTurns,
    returningThroughManyFunctionsIsOneStep,
    callbacksBetweenTwoSteps,
    timersByDeadline,
    sleepZeroYieldsOnce,
    aDoneTaskDoesNotWait,
    doneCallbacksInOrder,
    removedDoneCallbacks,
    aFutureIsSetOnce,
    cancelBeforeItBegins,
    cancelAtASleep,
    cancelledWithAMessage,
    aCancellationIsCaught,
    aCancellationIsAwaitedInFinally,
    whoCancelsItself,
    cancelledInItsLastStep,
    cancelGoesDownAChain,
    cancelAndResultInOneTurn,
    uncancel,
    gatherGivesResultsInOrder,
    gatherFailsAtOnce,
    gatherWithExceptions,
    gatherIsCancelled,
    gatherOfDoneOnes,
    gatherOfNothing,
    waitForTheFirst,
    waitForAnException,
    waitInVain,
    aShieldHolds,
    aLockIsFair,
    aLockSurvivesCancellation,
    anEventWakesAll,
    aConditionIsNotified,
    aSemaphoreLimits,
    aBarrierFalls,
    aBarrierBreaks,
    aQueueIsBounded,
    aQueueSurvivesCancellation,
    otherQueues,
    aGroupWaits,
    aGroupFailsTogether,
    aGroupsBodyFails,
    aGroupIsCancelled,
    aTimeoutCancels,
    aTimeoutIsInTime,
    theInnerTimeoutFirst,
    theOuterTimeoutFirst,
    cancelledWithinATimeout,
    aCancellationGoesOnAfterTheTimeout,
    waitForTooLong,
    asTheyComplete,
    cancelledAtEachTurn,
  ].map((program) => [program.name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), program]),
);
