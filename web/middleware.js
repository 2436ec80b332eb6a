/**
 * What goes around a request: it may change the request, answer it itself, or send it several times, and see what came.
 * @typedef {{ method: string, url: string | URL } & import('./session.js').RequestInit} MiddlewareRequest
 * @typedef {(request: MiddlewareRequest) => Promise<Response>} Next
 * @typedef {(request: MiddlewareRequest, next: Next) => Promise<Response> | Response} Middleware
 */

/**
 * The first is the outermost.
 * @param {Middleware[]} middleware
 * @param {Next} send
 * @returns {Next}
 */
export function compose(middleware, send) {
  /** @type {(next: Next, layer: Middleware) => Next} */
  const around = (next, layer) => async (request) => layer(request, next);
  return middleware.reduceRight(around, send);
}

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
