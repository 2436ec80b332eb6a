/** fetchloop's loop as JavaScript has it: fetchloop_js.mjs MEASURE. Prints one line of JSON. */
import { Event, EventLoop, Lock, Queue, Semaphore } from 'fetchloop/loop';

const BATCH = 1000;
const TIMERS = 100_000;

const loop = await EventLoop.open();
const delay = () => (1 + Math.random() * 999) / 1000;

async function timed(play, count) {
  await play(count / 10);
  const began = performance.now();
  await play(count);
  return { ns: ((performance.now() - began) * 1e6) / count };
}

const inPairs = (player) => (count) => loop.gather([0, 1].map((index) => () => player(count / 2, index)));

async function switches(left) {
  for (; left > 0; left--) await loop.sleep(0);
}

function events(count) {
  const both = [new Event(loop), new Event(loop)];
  both[0].set();
  return inPairs(async (left, index) => {
    for (; left > 0; left--) {
      await both[index].wait();
      both[index].clear();
      both[1 - index].set();
    }
  })(count);
}

function locks(count) {
  const lock = new Lock(loop);
  return inPairs(async (left) => {
    for (; left > 0; left--) {
      await lock.acquire();
      await loop.sleep(0); // so that the other waits
      lock.release();
    }
  })(count);
}

function semaphores(count) {
  const semaphore = new Semaphore(loop, 10);
  const worker = async () => {
    await semaphore.acquire();
    await loop.sleep(0);
    semaphore.release();
  };
  return loop.gather(Array.from({ length: count }, () => worker));
}

function queues(count) {
  const queue = new Queue(loop, 1);
  const putter = async () => {
    for (let left = count; left > 0; left--) await queue.put(left);
  };
  const getter = async () => {
    for (let left = count; left > 0; left--) await queue.get();
  };
  return loop.gather([putter, getter]);
}

const chains = (number) => (count) =>
  new Promise((resolve) => {
    let running = number;
    for (let chain = 0; chain < number; chain++) {
      let left = count / number;
      const link = () => {
        if (--left > 0) loop.callSoon(link);
        else if (--running === 0) resolve();
      };
      loop.callSoon(link);
    }
  });

const arm = () => loop.callLater(10 + delay(), () => {});
const armAll = () => Array.from({ length: TIMERS }, arm);

function arming() {
  let spent = 0;
  for (let attempt = 0; attempt < 4; attempt++) {
    const began = performance.now();
    const timers = armAll();
    if (attempt > 0) spent += performance.now() - began;
    for (const timer of timers) timer.cancel();
  }
  return { ns: (spent * 1e6) / (3 * TIMERS) };
}

function cancelling() {
  const timers = armAll();
  const some = TIMERS / 100;
  let spent = 0;
  for (let round = 0; round < 200; round++) {
    const chosen = Array.from({ length: some }, () => Math.floor(Math.random() * TIMERS));
    const began = performance.now();
    for (const index of chosen) timers[index].cancel();
    spent += performance.now() - began;
    for (const index of chosen) timers[index] = arm();
  }
  return { ns: (spent * 1e6) / (200 * some) };
}

const shortTask = async () => {
  await loop.sleep(0);
  return 1;
};

async function gathering(count) {
  for (let done = 0; done < count; done += BATCH) await loop.gather(Array.from({ length: BATCH }, () => shortTask));
}

async function tasks(count) {
  for (let done = 0; done < count; done += BATCH) {
    let last;
    for (let index = 0; index < BATCH; index++) last = loop.createTask(shortTask);
    await last;
  }
}

const MEASURES = {
  switch: () => timed(inPairs(switches), 200_000),
  event: () => timed(events, 200_000),
  lock: () => timed(locks, 100_000),
  semaphore: () => timed(semaphores, 20_000),
  queue: () => timed(queues, 100_000),
  'call-soon': () => timed(chains(BATCH), 500_000),
  'call-soon-alone': () => timed(chains(1), 200_000),
  arm: arming,
  cancel: cancelling,
  task: () => timed(tasks, 100_000),
  gather: () => timed(gathering, 100_000),
};

const result = await MEASURES[process.argv[2]]();
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
