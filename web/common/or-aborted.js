import { forgetAborted, onceAborted } from './aborts.js';

/**
 * What becomes of a promise, unless the signal aborts before: then it rejects with the reason.
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | null | undefined} signal
 * @returns {Promise<T>}
 */
export async function orAborted(promise, signal) {
  if (!(signal instanceof AbortSignal)) return promise;
  let tell = () => {};
  const aborted = new Promise((_, reject) => {
    tell = () => reject(signal.reason);
    onceAborted(signal, tell);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    forgetAborted(signal, tell);
  }
}
