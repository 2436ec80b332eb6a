import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * What the server has seen since it was last asked; milliseconds.
 * @typedef {object} Counts
 * @property {number} peak the most requests that were in flight at a time
 * @property {number} inFlight now
 * @property {{ peak: number, starts: number[], early: number[] }[]} hosts `early`: of each request that came before a
 *   Retry-After was over, how long after it was told
 * @property {[string, { reused: boolean }[]][]} attempts path by path; `reused`: over a connection that had been used
 */

/**
 * @typedef {object} Farm
 * @property {(seed: number, count: number, hosts: number) => string[]} urls taking turns among the hosts
 * @property {() => Promise<Counts>} counts
 * @property {() => void} stop
 */

/** @returns {Promise<Farm>} */
export async function startFarm() {
  const child = fork(new URL('./server.js', import.meta.url), { execArgv: [] });
  const [{ port }] = await once(child, 'message');
  return {
    urls: (seed, count, hosts) =>
      Array.from({ length: count }, (_, i) => `http://127.0.0.${1 + (i % hosts)}:${port}/${seed}/${i}`),
    async counts() {
      child.send('counts');
      const [counts] = await once(child, 'message');
      return counts;
    },
    stop: () => child.kill(),
  };
}
