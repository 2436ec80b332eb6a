import { forgetAborted, onceAborted } from './aborts.js';
/** Equal GETs in flight: the first goes out, those that come before its end share its response. */
export class Joins {
  #open = new Map(); // what was asked for -> Flight

  /**
   * @param {import('./request-init.js').MadeRequest} made a GET without a body
   * @param {AbortSignal | undefined} signal of this one; what is shared is cancelled when all are
   * @param {(signal: AbortSignal) => Promise<Response>} send
   * @returns {Promise<Response>} its own copy
   */
  async join({ url, headers }, signal, send) {
    signal?.throwIfAborted();
    const key = JSON.stringify([url, headers]);
    const flight = this.#open.get(key) ?? this.#begin(key, send);
    flight.waiting++;
    const leave = () => {
      if (--flight.waiting === 0) flight.controller.abort(signal?.reason);
    };
    const left = aborted(signal);
    try {
      const response = await Promise.race([flight.response, ...(left ? [left.promise] : [])]);
      return response.clone();
    } finally {
      left?.forget();
      leave();
    }
  }

  #begin(key, send) {
    const controller = new AbortController();
    const response = send(controller.signal).finally(() => this.#open.delete(key));
    const flight = { controller, response, waiting: 0 };
    this.#open.set(key, flight);
    return flight;
  }
}

/** A promise that rejects when it aborts. */
function aborted(signal) {
  if (!signal) return null;
  let onAbort;
  const promise = new Promise((_, reject) => {
    onAbort = () => reject(signal.reason);
    onceAborted(signal, onAbort);
  });
  return { promise, forget: () => forgetAborted(signal, onAbort) };
}
