/** What JavaScript itself has, measured in Node: javascript.mjs MEASURE promise|microtask|immediate|timeout|limit. Prints one line of JSON. */

const BATCH = 1000;
const TIMERS = 100_000;
const SLEEPS = 200_000;

const delay = () => 1 + Math.random() * 999;

async function timed(play, count) {
  await play(count / 10);
  const began = performance.now();
  await play(count);
  return { ns: ((performance.now() - began) * 1e6) / count };
}

const inPairs = (player) => (count) => Promise.all([player(count / 2, 0), player(count / 2, 1)]);

// Switches

async function yieldByPromise(left) {
  for (; left > 0; left--) await null;
}

async function yieldByImmediate(left) {
  for (; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
}

/** An event as one makes it of promises: who waits leaves a resolver. */
class Event {
  _set = false;
  _resolve = null;

  wait() {
    if (this._set) return null;
    return new Promise((resolve) => {
      this._resolve = resolve;
    });
  }

  set() {
    this._set = true;
    this._resolve?.();
    this._resolve = null;
  }

  clear() {
    this._set = false;
  }
}

function playEvents(count) {
  const events = [new Event(), new Event()];
  const player = async (mine, other) => {
    for (let left = count / 2; left > 0; left--) {
      await mine.wait();
      mine.clear();
      other.set();
    }
  };
  events[0].set();
  return Promise.all([player(events[0], events[1]), player(events[1], events[0])]);
}

// A queue of one place, as one makes it of promises, and p-limit

class PromiseQueue {
  _items = [];
  _getters = [];
  _putters = [];

  async put(item) {
    while (this._items.length > 0) await new Promise((resolve) => this._putters.push(resolve));
    this._items.push(item);
    this._getters.shift()?.();
  }

  async get() {
    while (this._items.length === 0) await new Promise((resolve) => this._getters.push(resolve));
    const item = this._items.shift();
    this._putters.shift()?.();
    return item;
  }
}

function playQueue(count) {
  const queue = new PromiseQueue();
  const putter = async () => {
    for (let left = count; left > 0; left--) await queue.put(left);
  };
  const getter = async () => {
    for (let left = count; left > 0; left--) await queue.get();
  };
  return Promise.all([putter(), getter()]);
}

async function playLimit(count) {
  const { default: pLimit } = await import('p-limit');
  const limit = pLimit(10);
  const worker = async () => {
    await null;
  };
  return Promise.all(Array.from({ length: count }, () => limit(worker)));
}

// call_soon

const chains = (schedule, number) => (count) =>
  new Promise((resolve) => {
    let running = number;
    for (let chain = 0; chain < number; chain++) {
      let left = count / number;
      const link = () => {
        if (--left > 0) schedule(link);
        else if (--running === 0) resolve();
      };
      schedule(link);
    }
  });

// Timers: 100,000 pending

const clearAll = (timers) => timers.forEach(clearTimeout);
const armAll = (callback) => Array.from({ length: TIMERS }, () => setTimeout(callback, 10_000 + delay()));

function arm() {
  let spent = 0;
  for (let attempt = 0; attempt < 4; attempt++) {
    const began = performance.now();
    const timers = armAll(() => {});
    if (attempt > 0) spent += performance.now() - began;
    clearAll(timers);
  }
  return { ns: (spent * 1e6) / (3 * TIMERS) };
}

function cancel() {
  const timers = armAll(() => {});
  const some = TIMERS / 100;
  let spent = 0;
  for (let round = 0; round < 200; round++) {
    const chosen = Array.from({ length: some }, () => Math.floor(Math.random() * TIMERS));
    const began = performance.now();
    for (const index of chosen) clearTimeout(timers[index]);
    spent += performance.now() - began;
    for (const index of chosen) timers[index] = setTimeout(() => {}, 10_000 + delay());
  }
  clearAll(timers);
  return { ns: (spent * 1e6) / (200 * some) };
}

/** All are due, for the process was held up for a second; each arms itself again. */
function fire() {
  return new Promise((resolve) => {
    let fired = 0;
    let began;
    const again = () => {
      fired++;
      setTimeout(again, 10_000 + delay());
      if (fired === TIMERS) resolve({ ns: ((performance.now() - began) * 1e6) / TIMERS });
    };
    for (let timer = 0; timer < TIMERS; timer++) setTimeout(again, 500 + delay());
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1600);
    began = performance.now();
  });
}

// Tasks

const shortTask = async () => {
  await null;
  return 1;
};

async function task(count) {
  for (let done = 0; done < count; done += BATCH) {
    let last;
    for (let index = 0; index < BATCH; index++) last = shortTask();
    await last;
  }
}

async function gather(count) {
  for (let done = 0; done < count; done += BATCH) await Promise.all(Array.from({ length: BATCH }, shortTask));
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sleeper = async (ms) => {
  await sleep(ms);
};

function sleepingMemory() {
  const rss = () => process.memoryUsage().rss;
  const before = rss();
  const promises = Array.from({ length: SLEEPS }, () => sleeper(10_000 + delay()));
  return { bytes: (rss() - before) / promises.length };
}

async function sleeps() {
  const before = process.resourceUsage().maxRSS;
  const began = performance.now();
  await Promise.all(Array.from({ length: SLEEPS }, () => sleeper(delay())));
  return { seconds: (performance.now() - began) / 1000, rss: (process.resourceUsage().maxRSS - before) * 1024 };
}

const MEASURES = {
  switch: {
    promise: () => timed(inPairs(yieldByPromise), 2_000_000),
    immediate: () => timed(inPairs(yieldByImmediate), 200_000),
  },
  event: { promise: () => timed(playEvents, 1_000_000) },
  queue: { promise: () => timed(playQueue, 1_000_000) },
  semaphore: { limit: () => timed(playLimit, 200_000) },
  'call-soon': {
    microtask: () => timed(chains(queueMicrotask, BATCH), 2_000_000),
    immediate: () => timed(chains(setImmediate, BATCH), 1_000_000),
    timeout: () => timed(chains(setTimeout, BATCH), 200_000),
  },
  'call-soon-alone': {
    microtask: () => timed(chains(queueMicrotask, 1), 2_000_000),
    immediate: () => timed(chains(setImmediate, 1), 200_000),
  },
  arm: { timeout: arm },
  fire: { timeout: fire },
  cancel: { timeout: cancel },
  task: { promise: () => timed(task, 1_000_000) },
  gather: { promise: () => timed(gather, 1_000_000) },
  memory: { timeout: sleepingMemory },
  sleeps: { timeout: sleeps },
};

const [measure, by] = process.argv.slice(2);
const result = await MEASURES[measure][by]();
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit()); // what is still armed would hold it up
