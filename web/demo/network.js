/**
 * The network that the page's requests go over: real HTTP to the server that the page came from, or a simulated one.
 * @typedef {object} Network
 * @property {'http' | 'simulated'} kind
 * @property {string} label for people
 * @property {(options?: object) => Promise<import('../browser/index.js').ClientSession>} openSession
 * @property {() => number} now milliseconds on the clock that its results are told by
 * @property {(answer: Answer) => string} urlOf a URL that is answered so
 *
 * How the server is to answer; what isn't given is a 200 at once with a few bytes.
 * @typedef {object} Answer
 * @property {string} [name] in the path, for people
 * @property {number} [latency] milliseconds until the head
 * @property {number} [bytes] of the body
 * @property {number} [time] milliseconds that the body takes
 * @property {number} [status]
 * @property {number} [retryAfter] seconds
 * @property {boolean} [reset] the connection breaks in place of an answer
 * @property {number} [run] tells one URL from another that is answered alike
 * @property {boolean} [once] `status` or `reset` only the first time that this URL is asked for
 */

import { ClientSession } from 'fetchloop';

/** @returns {Network} */
export function openNetwork() {
  return {
    kind: 'http',
    label: `real HTTP, from ${location.host}`,
    openSession: (options) => ClientSession.open(options),
    now: () => performance.now(),
    urlOf: (answer) => new URL(`answer/${pathOf(answer)}`, location.href).href,
  };
}

/** @param {Answer} answer */
export function pathOf({ name = 'it', ...answer }) {
  const query = new URLSearchParams(Object.entries(answer).map(([key, value]) => [key, String(value)]));
  return `${encodeURIComponent(name)}?${query}`;
}
