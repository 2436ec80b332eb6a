import { orAborted } from './common/or-aborted.js';

/**
 * What goes around a request: it may change the request, answer it itself, or send it several times, and see what came.
 * @typedef {{ method: string, url: string | URL } & import('./given.js').RequestInit} MiddlewareRequest
 * @typedef {(request: MiddlewareRequest) => Promise<Response>} Next
 * @typedef {(request: MiddlewareRequest, next: Next) => Promise<Response> | Response} Middleware
 */

/**
 * The first is the outermost. Who asks waits for none of them once the request's signal or `closed` has aborted.
 * @param {Middleware[]} middleware
 * @param {Next} send
 * @param {AbortSignal} closed the session's
 * @returns {Next}
 */
export function compose(middleware, send, closed) {
  /** @type {(next: Next, layer: Middleware) => Next} */
  const around = (next, layer) => async (request) => layer(request, next);
  const ask = middleware.reduceRight(around, send);
  return (request) => orAborted(orAborted(ask(request), request.signal), closed);
}
