import { ACCEPT_ENCODING } from '../body/content-encoding.js';
import { Cookies } from '../cookies.js';
import { version } from '../version.js';
import { Connections } from './connections.js';

const HEADERS = Object.freeze({
  accept: '*/*',
  'accept-encoding': ACCEPT_ENCODING,
  'user-agent': `fetchloop/${version}`,
});

/** @typedef {Parameters<typeof import('../cache.js').makeCache>[0]} CacheOption */

/**
 * What a session with these options needs besides: undici's cache takes 60 ms to load.
 * @param {{ cache?: CacheOption }} options
 * @returns {Promise<{ makeCache: typeof import('../cache.js').makeCache }>}
 */
export async function loadParts({ cache }) {
  return { makeCache: cache ? (await import('../cache.js')).makeCache : () => undefined };
}

/**
 * One session's connections, and what goes with each of its requests.
 * @param {{ limit: number, limitPerHost: number }} limits
 * @param {import('./wire-options.js').ReadWireOptions & { bodyMax?: number, discardBodies?: boolean, omitHeaders?: string[], cookies?: boolean | Cookies, cache?: CacheOption }} [options]
 *   the session's
 * @param {Awaited<ReturnType<typeof loadParts>>} [parts]
 * @returns {import('../xhr.js').Wire & { connections: Connections, close: () => Promise<void> }}
 */
export function makeWire(limits, options = {}, { makeCache } = NO_PARTS) {
  const { bodyMax, discardBodies, cookies, cache: cacheOption, omitHeaders, ...connecting } = options;
  const connections = new Connections(limits, connecting);
  const cache = makeCache(cacheOption);
  return {
    connections,
    dispatcher: cache?.wrap(connections) ?? connections,
    headers: omitHeaders ? headersWithout(omitHeaders) : HEADERS,
    bodyMax,
    discardBodies,
    cookies: cookies === true ? new Cookies() : cookies || undefined,
    async close() {
      cache?.close();
      await connections.destroy();
    },
  };
}

/** Those that each request has, unless it has its own. @param {string[]} [omitted] */
export function headersWithout(omitted = []) {
  const names = new Set(omitted.map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(HEADERS).filter(([name]) => !names.has(name)));
}

/** @type {Awaited<ReturnType<typeof loadParts>>} */
const NO_PARTS = { makeCache: () => undefined };
