import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * @typedef {object} Farm
 * @property {(seed: number, count: number, hosts: number) => string[]} urls taking turns among the hosts
 * @property {() => Promise<{ peak: number, inFlight: number, hosts: { peak: number, starts: number[], early: number }[] }>} counts
 *   `early`: how many came, at most, after a Retry-After and before its end: those that were on their way already
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
