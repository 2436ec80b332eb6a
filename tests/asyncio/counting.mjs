/** How often a task has been asked to be cancelled, and what scopes make of it: counting.py, line by line. */
import { CancelledError, TimeoutError } from 'fetchloop/loop';
import { only, str } from './python.mjs';

async function ended(task, log) {
  try {
    log(`result ${str(await task)}`);
  } catch (error) {
    only(error, CancelledError);
    log(`cancelled ${error.message === 'cancelled' ? '' : error.message}`);
  }
}

export async function aTimeoutAfterACancellationThatIsTakenBack(loop, log) {
  const task = loop.createTask(async (self) => {
    try {
      await loop.timeout(0.02, async () => {
        try {
          await loop.sleep(10);
        } catch (error) {
          only(error, CancelledError);
          log(`uncancel ${self.uncancel()}`);
        }
        await loop.sleep(10);
      });
    } catch (error) {
      only(error, TimeoutError);
      log('timed out');
    }
    await loop.sleep(0);
    return 'went on';
  });
  await loop.sleep(0);
  task.cancel();
  await ended(task, log);
}

export async function aGroupThatFailsAfterACancellationThatIsTakenBack(loop, log) {
  const fail = async () => {
    throw new RangeError('member');
  };
  const task = loop.createTask(async (self) => {
    try {
      await loop.taskGroup(async (group) => {
        try {
          await loop.sleep(10);
        } catch (error) {
          only(error, CancelledError);
          log(`uncancel ${self.uncancel()}`);
        }
        group.createTask(fail);
        await loop.sleep(10);
      });
    } catch (error) {
      only(error, AggregateError);
      log(error.errors[0].message);
    }
    await loop.sleep(0);
    return 'went on';
  });
  await loop.sleep(0);
  task.cancel();
  await ended(task, log);
}

export async function aTimeoutCountsAsARequest(loop, log) {
  await loop.createTask(async (self) => {
    try {
      await loop.timeout(0.01, async () => {
        try {
          await loop.sleep(10);
        } finally {
          log(`within ${self.cancelling()}`);
        }
      });
    } catch (error) {
      only(error, TimeoutError);
      log(`after ${self.cancelling()}`);
    }
  });
}

export async function aCancelledTaskWasAskedOnce(loop, log) {
  const task = loop.createTask(() => loop.sleep(10));
  await loop.sleep(0);
  task.cancel();
  await ended(task, log);
  log(`asked ${task.cancelling()}`);
}

export async function aGroupThatWaitsHearsWhatItsBodyDidNot(loop, log) {
  const member = async () => {
    try {
      await loop.sleep(10);
    } finally {
      log('member ends');
    }
  };
  const task = loop.createTask((self) =>
    loop.taskGroup(async (group) => {
      group.createTask(member);
      await loop.sleep(0);
      self.cancel('from within');
    }),
  );
  await ended(task, log);
}

export async function messagesArrive(loop, log) {
  const gathering = loop.createTask(() => loop.gather([() => loop.sleep(10), () => loop.sleep(10)]));
  await loop.sleep(0);
  gathering.cancel('why');
  await ended(gathering, log);
  const lastStep = loop.createTask(async (self) => {
    await loop.timeout(10, () => {
      self.cancel('in its last step');
    });
    await loop.sleep(0);
  });
  await ended(lastStep, log);
  const future = loop.createFuture();
  const waiting = loop.createTask(() => future.wait());
  await loop.sleep(0);
  waiting.cancel('asked');
  log(str(future.cancelled()));
  await ended(waiting, log);
}

export async function waitForWithoutTimeWaitsForTheEnd(loop, log) {
  const task = loop.createTask(async () => {
    try {
      await loop.sleep(10);
    } finally {
      await loop.sleep(0.02);
      log('inner has cleaned up');
    }
  });
  await loop.sleep(0);
  const waiting = loop.createTask(async () => {
    try {
      await loop.waitFor(task, 0);
    } catch (error) {
      only(error, CancelledError);
      log('wait_for is cancelled');
      throw error;
    }
  });
  await loop.sleep(0.01);
  waiting.cancel();
  await ended(waiting, log);
  await ended(task, log);
}
