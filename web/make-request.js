import { loadMore, more } from './later.js';

/**
 * A request as middleware has it. A task of the loop may be given for its signal, which it has from its class.
 * @param {string} method @param {string | URL} url @param {any} init
 */
export function makeRequest(method, url, init) {
  for (const name of ['method', 'url']) {
    if (init?.[name] !== undefined) throw new TypeError(`${name} is no option: request(method, url, init)`);
  }
  return { ...init, signal: init?.signal, method, url };
}

/**
 * What sends it, with the session's middleware around that. The arguments are compose()'s.
 * @param {import('./middleware.js').Middleware[] | undefined} middleware
 * @param {import('./middleware.js').Next} send
 * @param {AbortSignal} closed
 * @returns {import('./middleware.js').Next}
 */
export function withMiddleware(middleware, send, closed) {
  return middleware ? async (request) => (more ?? (await loadMore())).compose(middleware, send, closed)(request) : send;
}
