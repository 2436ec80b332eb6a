/** What loop.mjs has run in workers. */
export default (x) => x * 2;

export function fail() {
  throw new RangeError('in the worker');
}

export function forever(flag) {
  Atomics.store(flag, 0, 1);
  for (;;);
}
