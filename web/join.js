import { orAborted } from './common/or-aborted.js';
import { ClientError } from './response/errors.js';

/** Equal GETs in flight: the first goes out, those that come before its end share its response. */
export class Joins {
  #open = new Map(); // what was asked for -> Flight

  /**
   * @param {import('./request/request-init.js').MadeRequest} made
   * @param {any} options read. Those who share it have the same, but for the signal: what is shared is cancelled when all are
   * @param {(options: object) => Promise<Response>} send
   * @returns {Promise<Response>} its own copy
   */
  async join(made, options, send) {
    if (made.method !== 'GET' || made.body || options.stream || options.onDownloadProgress) return send(options);
    const { signal, join: _join, headers: _headers, params: _params, auth: _auth, ...terms } = options;
    signal?.throwIfAborted();
    const key = JSON.stringify({ url: made.url, headers: made.headers, terms });
    const flight = this.#open.get(key) ?? this.#begin(key, (shared) => send({ ...options, signal: shared }));
    flight.waiting++;
    const leave = () => {
      if (--flight.waiting > 0) return;
      this.#close(key, flight);
      flight.controller.abort(signal?.reason);
    };
    try {
      return (await orAborted(flight.response, signal)).clone();
    } catch (error) {
      throw error.response ? copyOf(error) : error;
    } finally {
      leave();
    }
  }

  #begin(key, send) {
    const controller = new AbortController();
    const flight = { controller, response: send(controller.signal), waiting: 0 };
    const close = () => this.#close(key, flight);
    flight.response.then(close, close);
    this.#open.set(key, flight);
    return flight;
  }

  /** Who comes now is not one of them. */
  #close(key, flight) {
    if (this.#open.get(key) === flight) this.#open.delete(key);
  }
}

/** With a response that can be read, whoever else reads theirs. @param {any} error FL_ESTATUS */
function copyOf({ code, reason, exitCode, url, cause, status, response }) {
  const copy = new ClientError(
    { code, message: reason, exitCode },
    url,
    cause,
    `${status} ${response.statusText}`.trim(),
  );
  return Object.assign(copy, { status, response: response.clone() });
}
