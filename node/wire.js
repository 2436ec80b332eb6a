import { readFileSync } from 'node:fs';
import { Connections } from './connections.js';
import { ACCEPT_ENCODING } from './content-encoding.js';

export const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const HEADERS = Object.freeze({
  accept: '*/*',
  'accept-encoding': ACCEPT_ENCODING,
  'user-agent': `fetchloop/${version}`,
});
const REDIRECTS_MAX = 10;
const BODY_BYTES_MAX = 100 * 1024 * 1024;

/**
 * One session's connections, and what goes with each of its requests.
 * @param {{ limit: number, limitPerHost: number }} limits
 * @returns {import('./xhr.js').Wire}
 */
export function makeWire(limits) {
  const connections = new Connections(limits);
  return { connections, headers: HEADERS, redirectsMax: REDIRECTS_MAX, bodyBytesMax: BODY_BYTES_MAX };
}
