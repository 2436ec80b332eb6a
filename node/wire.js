import { readFileSync } from 'node:fs';
import { Connections } from './connections.js';
import { ACCEPT_ENCODING } from './content-encoding.js';

export const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const HEADERS = Object.freeze({
  accept: '*/*',
  'accept-encoding': ACCEPT_ENCODING,
  'user-agent': `fetchloop/${version}`,
});

/**
 * One session's connections, and what goes with each of its requests.
 * @param {{ limit: number, limitPerHost: number }} limits
 * @param {object} [options] the session's: bodyMax, cookies, cache, and those of Connections
 * @returns {import('./xhr.js').Wire}
 */
export function makeWire(limits, { bodyMax, cookies, cache, ...options } = {}) {
  return { connections: new Connections(limits, options), headers: HEADERS, bodyMax, cookies, cache };
}
