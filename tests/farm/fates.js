/**
 * What becomes of each request to the farm: chosen by hash, so that the server, the test and the simulated optimum know it
 * without telling each other.
 */

/** @typedef {{ kind: 'ok' | 'reset' | '503' | 'stall', latency: number, within: boolean, date: boolean }} Fate */

/** Evenly in [0, 1), from numbers. */
function chance(...numbers) {
  let hash = 2166136261;
  for (const number of numbers) hash = Math.imul(hash ^ number, 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

export const LATENCY_MS = { least: 20, most: 120 };

/** What a Retry-After makes a client wait that never undercuts it. A date has whole seconds, and so has the server's Date
 * that it counts from: one that is at least a second ahead is two after it. */
export const RETRY_AFTER_S = { seconds: 1, date: 2 };

/**
 * @param {number} seed
 * @param {number} url
 * @param {number} attempt from 0
 * @returns {Fate}
 */
export function fateOf(seed, url, attempt) {
  const roll = chance(seed, url, attempt, 1);
  const kind = roll < 0.05 ? 'reset' : roll < 0.1 ? '503' : roll < 0.12 ? 'stall' : 'ok';
  const latency = LATENCY_MS.least + chance(seed, url, attempt, 2) * (LATENCY_MS.most - LATENCY_MS.least);
  return { kind, latency, within: chance(seed, url, attempt, 3) < 0.5, date: chance(seed, url, attempt, 4) < 0.5 };
}
