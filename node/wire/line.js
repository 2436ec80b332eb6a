/**
 * A connection, or the place of one that is being made, as a request sees it.
 * @typedef {object} Line
 * @property {import('./connector.js').Connection | null} connection of the request that goes over it next
 * @property {Error | null} [error] what broke the connection
 * @property {number} [stoodAt] when last a connection stood, and the request waited for room on it; 0: not yet
 * @property {(request: object) => void} cancel the request is given up: no more of it is told
 * @property {(request: object) => void} release it has ended
 */

/** The XMLHttpRequest that a handler is, or is of. (Not in `options`: cycles through those cost V8 a third more garbage.) */
export function requestOf(handler) {
  return handler.request ?? handler;
}
