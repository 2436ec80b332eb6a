/** Task groups and timeouts: scopes.py, line by line. */
import { CancelledError, TimeoutError } from 'fetchloop/loop';
import { only, str } from './python.mjs';

export async function aGroupWaits(loop, log) {
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

export async function aGroupFailsTogether(loop, log) {
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

export async function aGroupsBodyFails(loop, log) {
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

export async function aGroupIsCancelled(loop, log) {
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

export async function aTimeoutCancels(loop, log) {
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

export async function aTimeoutIsInTime(loop, log) {
  let scope;
  await loop.timeout(10, async (entered) => {
    scope = entered;
    await loop.sleep(0);
    log('in time');
  });
  log(str(scope.expired()));
}

export async function theInnerTimeoutFirst(loop, log) {
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

export async function theOuterTimeoutFirst(loop, log) {
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

export async function cancelledWithinATimeout(loop, log) {
  const task = loop.createTask(() => loop.timeout(10, () => loop.sleep(10)));
  await loop.sleep(0);
  task.cancel();
  await loop.wait([task]);
  log(str(task.cancelled()));
}

export async function aCancellationGoesOnAfterTheTimeout(loop, log) {
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

export async function waitForTooLong(loop, log) {
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

export async function aTimeoutSaysThatItWasOver(loop, log) {
  let swallowed;
  await loop.timeout(0.01, async (entered) => {
    swallowed = entered;
    try {
      await loop.sleep(1);
    } catch (error) {
      only(error, CancelledError);
      log('swallowed');
    }
  });
  log(str(swallowed.expired()));
  let other;
  try {
    await loop.timeout(0.01, async (entered) => {
      other = entered;
      try {
        await loop.sleep(1);
      } catch (error) {
        only(error, CancelledError);
        throw new RangeError('another');
      }
    });
  } catch (error) {
    only(error, RangeError);
    log(`${error.message} ${str(other.expired())}`);
  }
}
