import { readFileSync } from 'node:fs';
import { Agent } from 'undici';
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
 * One session's connections, and what goes with each of its requests. Timeouts are the C core's: undici's are off.
 * undici looks at a connection once more before it uses it again, so without a limit of its own it opens a second one for
 * the request that takes a finished one's place.
 * @param {number} [connections] to one host at most
 * @returns {import('./xhr.js').Wire}
 */
export function makeWire(connections) {
  const dispatcher = new Agent({ connections, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } });
  return { dispatcher, headers: HEADERS, redirectsMax: REDIRECTS_MAX, bodyBytesMax: BODY_BYTES_MAX };
}
