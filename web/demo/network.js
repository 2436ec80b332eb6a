/**
 * The network that the page's requests go over: real HTTP to the server that the page came from, or, in the page that opens
 * from a file, a simulated one (simulated/network.js).
 * @typedef {object} Network
 * @property {'http' | 'simulated'} kind
 * @property {string} label for people
 * @property {() => number} now milliseconds on the clock that its results are told by
 * @property {(options?: object) => Promise<import('../session.js').Session>} openSession
 * @property {(answer: import('./answers.js').Answer) => string} urlOf a URL that is answered so
 * @property {() => Promise<{ cors: string, noCors: string } | null>} origins of two other servers that answer so, too; null:
 *   there are none
 */
import { ClientSession } from 'fetchloop';
import { pathOf } from './answers.js';

/** @returns {Promise<Network>} */
export async function openNetwork() {
  return {
    kind: 'http',
    label: `real HTTP, from ${location.host}`,
    now: () => performance.now(),
    openSession: (options) => ClientSession.open(options),
    urlOf: (answer) => new URL(`answer/${pathOf(answer)}`, location.href).href,
    origins: async () => (await fetch('origins.json')).json(),
  };
}
