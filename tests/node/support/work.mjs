/** What loop-executor.test.js has run in workers. */
import { threadId } from 'node:worker_threads';

export default (x) => x * 2;
export const thread = () => threadId;
export const fail = () => {
  throw new RangeError('in the worker');
};
export const bytes = (buffer) => buffer.byteLength;
export function forever(shared) {
  const flag = new Int32Array(shared);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
  for (;;) Atomics.add(flag, 1, 1);
}
