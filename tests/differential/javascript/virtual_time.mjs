/** A clock that stands still while anything can run, and then goes to the next timer. */

let now = 1_000_000; // ms
let made = 0;
let timers = [];
let immediates = 0;
const platformImmediate = setImmediate;

performance.now = () => now;
globalThis.setTimeout = /** @type {any} */ (
  (callback, ms = 0, ...args) => {
    made++;
    const timer = { at: now + Math.max(ms, 0), number: made, run: () => callback(...args) };
    timers.push(timer);
    return timer;
  }
);
globalThis.clearTimeout = /** @type {any} */ (
  (gone) => {
    timers = timers.filter((timer) => timer !== gone);
  }
);
globalThis.setImmediate = /** @type {any} */ (
  (callback, ...args) => {
    immediates++;
    return platformImmediate(() => {
      immediates--;
      callback(...args);
    });
  }
);

/** Nothing runs, and no promise goes on. */
async function untilQuiet() {
  for (let quiet = 0; quiet < 2; quiet = immediates > 0 ? 0 : quiet + 1) {
    await new Promise((resolve) => platformImmediate(resolve));
  }
}

/** All timers have run, too. */
export async function untilIdle() {
  for (;;) {
    await untilQuiet();
    if (timers.length === 0) return;
    const next = timers.reduce((a, b) => (b.at < a.at || (b.at === a.at && b.number < a.number) ? b : a));
    timers = timers.filter((timer) => timer !== next);
    now = Math.max(now, next.at);
    next.run();
  }
}

export function nextSecond() {
  now = Math.ceil(now) + 1000;
}
