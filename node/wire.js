import { Connections } from './connections.js';
import { ACCEPT_ENCODING } from './content-encoding.js';
import { Cookies } from './cookies.js';
import { version } from './version.js';

const HEADERS = Object.freeze({
  accept: '*/*',
  'accept-encoding': ACCEPT_ENCODING,
  'user-agent': `fetchloop/${version}`,
});

/** What a session with these options needs besides: undici's cache takes 60 ms to load. */
export async function loadParts({ cache }) {
  return { makeCache: cache ? (await import('./cache.js')).makeCache : () => undefined };
}

/**
 * One session's connections, and what goes with each of its requests.
 * @param {{ limit: number, limitPerHost: number }} limits
 * @param {object} [options] the session's: bodyMax, discardBodies, cookies, cache, and those of Connections
 * @param {Awaited<ReturnType<typeof loadParts>>} [parts]
 * @returns {import('./xhr.js').Wire & { close: () => Promise<void> }}
 */
export function makeWire(limits, options = {}, { makeCache } = NO_PARTS) {
  const { bodyMax, discardBodies, cookies, cache: cacheOption, ...connecting } = options;
  const connections = new Connections(limits, connecting);
  const cache = makeCache(cacheOption);
  return {
    connections,
    dispatcher: cache?.wrap(connections) ?? connections,
    headers: HEADERS,
    bodyMax,
    discardBodies,
    cookies: cookies === true ? new Cookies() : cookies || undefined,
    async close() {
      cache?.close();
      await connections.destroy();
    },
  };
}

const NO_PARTS = { makeCache: () => undefined };
