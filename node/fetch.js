import { fetchBy as fetchAnywhere } from '../web/fetch.js';

/** fetch()'s `cache`, as a request's headers say it: to the session's cache, and to any on the way. */
const DIRECTIVES = {
  'no-store': 'no-cache, no-store',
  reload: 'no-cache',
  'no-cache': 'no-cache',
  'force-cache': 'max-stale=2147483648',
};

/**
 * session.fetch() in Node. Its own fetch() has a `dispatcher`, too.
 * @type {typeof fetchAnywhere}
 */
export async function fetchBy(client, input, init) {
  if (init && 'dispatcher' in init && init.dispatcher !== undefined) {
    throw new TypeError("a session's fetch() has no dispatcher: how it connects, the session's options say");
  }
  const request = (method, url, { cache, ...own }) =>
    client.request(method, url, { ...own, headers: withDirective(own.headers, cache) });
  return fetchAnywhere(/** @type {any} */ ({ request }), input, init, ['credentials', 'cache']);
}

function withDirective(headers, cache) {
  if (cache === 'only-if-cached') throw new TypeError("a session's fetch() has no cache 'only-if-cached'");
  const directive = DIRECTIVES[cache];
  return directive ? [...(headers ?? []), ['cache-control', directive]] : headers;
}
