/** Locks, events, conditions, semaphores, barriers and queues: sync.py, line by line. */
import { Barrier, BoundedSemaphore, Condition, Event, LifoQueue, Lock, PriorityQueue, Queue } from 'fetchloop/loop';
import { only, str } from './python.mjs';

export async function aLockIsFair(loop, log) {
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

export async function aLockSurvivesCancellation(loop, log) {
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

export async function anEventWakesAll(loop, log) {
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

export async function aConditionIsNotified(loop, log) {
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

export async function aSemaphoreLimits(loop, log) {
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

export async function aBarrierFalls(loop, log) {
  const barrier = new Barrier(loop, 3);
  const party = async (name) => {
    const index = await barrier.wait();
    log(`${name} ${index}`);
  };
  await loop.gather([...'abc'].map((name) => () => party(name)));
  log(str(barrier.nWaiting));
}

export async function aBarrierBreaks(loop, log) {
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

export async function aQueueIsBounded(loop, log) {
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

export async function aQueueSurvivesCancellation(loop, log) {
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

export async function otherQueues(loop, log) {
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
