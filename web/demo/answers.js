/**
 * How the page's server is to answer, or the simulated network; what isn't given is a 200 at once with a few bytes.
 * @typedef {object} Answer
 * @property {string} [name] in the path, for people
 * @property {number} [latency] milliseconds until the head
 * @property {number} [bytes] of the body
 * @property {number} [time] milliseconds that the body takes
 * @property {number} [status]
 * @property {number} [retryAfter] seconds
 * @property {boolean} [reset] the connection breaks in place of an answer
 * @property {boolean} [once] `status` or `reset` only the first time that this URL is asked for
 * @property {number} [failRate] how many of the requests, from 0 to 1, have their connection broken
 * @property {number} [busyRate] how many are answered by 429 with Retry-After: `retryAfter`, or 1
 * @property {number} [run] tells one URL from another that is answered alike
 */

/** @param {Answer} answer */
export function pathOf({ name = 'it', ...answer }) {
  const given = Object.entries(answer).filter(([, value]) => value !== undefined && value !== false);
  return `${encodeURIComponent(name)}?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
}

/** The same of another server. @param {string} url @param {string} origin */
export function atOrigin(url, origin) {
  return url.replace(/^https?:\/\/[^/]+/, origin);
}
