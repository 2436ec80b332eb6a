/// <reference lib="esnext.disposable" preserve="true" />
import { more, untilThere } from './later.js';
import { callable } from './options.js';

/** @typedef {import('./given.js').RequestInit} RequestInit */
/** @template {SessionResponse} [R=SessionResponse] @typedef {import('./response/result.js').Result<R>} Result */
/** @template T @template {SessionResponse} [R=SessionResponse] @typedef {import('./response/result.js').MapResult<T, R>} MapResult */
/** @typedef {import('./response/result.js').SessionResponse} SessionResponse */

/** What only those that extend it have. @type {any} */
const ABSTRACT = undefined;

export const closed = () => new TypeError('the session is closed');

/**
 * What whoever can ask can do: built on request(method, url, init), fetchAll(requests, init), close() and `limit`, which a session has,
 * here or in a worker.
 * @abstract
 * @template {SessionResponse} [R=SessionResponse] the platform's responses
 * @template {object} [L=import('./given.js').ListInit] what its lists take
 */
export class Client {
  /** @internal Aborts once it is closed, for who waits for middleware. */
  over = new AbortController();

  /** @abstract @param {string} _method @param {string | URL} _url @param {RequestInit} [_init] @returns {Promise<R>} */
  request(_method, _url, _init) {
    return ABSTRACT;
  }

  /**
   * @abstract
   * @param {import('./given.js').Requests} _requests
   * @param {L} [_init]
   * @returns {AsyncIterableIterator<Result<R>>}
   */
  fetchAll(_requests, _init) {
    return ABSTRACT;
  }

  /** @abstract @returns {number} requests at once */
  get limit() {
    return ABSTRACT;
  }

  /** @abstract @returns {Promise<void>} */
  close() {
    return ABSTRACT;
  }

  /** @param {string | URL} url @param {RequestInit} [init] @returns {Promise<R>} */
  get(url, init) {
    return this.request('GET', url, init);
  }

  /** @param {string | URL} url @param {RequestInit} [init] @returns {Promise<R>} */
  head(url, init) {
    return this.request('HEAD', url, init);
  }

  /** @param {string | URL} url @param {RequestInit} [init] @returns {Promise<R>} */
  options(url, init) {
    return this.request('OPTIONS', url, init);
  }

  /** @param {string | URL} url @param {RequestInit} [init] @returns {Promise<R>} */
  post(url, init) {
    return this.request('POST', url, init);
  }

  /** @param {string | URL} url @param {RequestInit} [init] @returns {Promise<R>} */
  put(url, init) {
    return this.request('PUT', url, init);
  }

  /** @param {string | URL} url @param {RequestInit} [init] @returns {Promise<R>} */
  patch(url, init) {
    return this.request('PATCH', url, init);
  }

  /** @param {string | URL} url @param {RequestInit} [init] @returns {Promise<R>} */
  delete(url, init) {
    return this.request('DELETE', url, init);
  }

  /**
   * fetch() with its own signature, for libraries that take one. It needs no `this`. One that tries again by itself is told not to,
   * or its tries and the session's multiply: `ky.create({ fetch: session.fetch, retry: 0 })`.
   * A response resolves with its headers; what gives none fails as fetch() does, with a TypeError whose `cause` is the
   * ClientError (a body that breaks off later fails with the ClientError itself; a short one that has come whole can be read
   * whatever aborts then). Limits, retries, rates and timeouts are the session's, but not raiseForStatus. A response whose body
   * is large holds its place until that has been read: whoever doesn't want it says `response.body?.cancel()`. The response's
   * `type` is 'default', and its headers can be changed. Of `init`: method, headers, body, signal, redirect (in browsers
   * 'manual' fails, as 'error' does), mode, which may be 'cors' or 'same-origin', credentials, cache (in Node by Cache-Control:
   * 'reload' asks as 'no-cache' does); and in browsers integrity, keepalive, referrer and referrerPolicy. What would have
   * another outcome is refused: other modes, and in Node integrity, referrer, dispatcher and a cache that is 'only-if-cached'.
   * priority is the session's own. From a worker the Referer is the worker's script, unless `referrer` names a page. data: and
   * blob: URLs are fetch()'s own.
   * @param {string | URL | Request} input
   * @param {globalThis.RequestInit | null} [init]
   * @returns {Promise<Response>}
   */
  fetch = async (input, init = null) => {
    try {
      const { url = input, signal: its } = /** @type {any} */ (Object(input));
      const { signal = its, body } = init ?? {};
      if (!more) await this.untilThere(url, { stream: true, signal, body });
      return await more.fetchBy(this, input, init);
    } catch (error) {
      throw error?.name === 'ClientError' ? new TypeError('fetch failed', { cause: error }) : error; // as fetch() has it
    }
  };

  /**
   * @internal Until what a request needs is there.
   * @param {any} _url
   * @param {any} init
   * @returns {Promise<void>}
   */
  untilThere(_url, init) {
    return untilThere(init, '', init.signal, this.over.signal);
  }

  /**
   * Fetch many, and give each response to a function: as fetchAll(), with what that makes of it as `value`. No more functions
   * run at once than requests may. With `stream`, a function gets its response when the headers are there; what it leaves of
   * the body is cancelled. The next responses may hold all places meanwhile: what a function asks for besides, it asks of
   * another session.
   * @template T
   * @param {import('./given.js').Requests} requests
   * @param {(response: R, result: Extract<Result<R>, { response: R }>) => T | Promise<T>} fn when it throws,
   *   that is the result's `error`; a CancelledError of the loop's ends the list, whose `for await` throws it
   * @param {L} [init]
   * @returns {AsyncGenerator<MapResult<T, R>>}
   */
  map(requests, fn, init) {
    const results = this.fetchAll(requests, init);
    callable(fn, 'fn');
    return more ? more.mapResults(results, fn, this.limit) : mapLater(results, fn, this.limit, this.over.signal);
  }

  /** @returns {Promise<void>} */
  [Symbol.asyncDispose]() {
    return this.close();
  }
}

/**
 * As mapResults(), which is not there yet.
 * @param {any} results
 * @param {any} fn
 * @param {number} limit
 * @param {AbortSignal} closed
 * @returns {AsyncGenerator<any>}
 */
function mapLater(results, fn, limit, closed) {
  let leave = (_nothing) => {};
  const left = new Promise((resolve) => {
    leave = resolve;
  });
  const generate = async function* () {
    await Promise.race([untilThere({ stream: true }, '', closed), left]);
    if (!more) return;
    results = more.mapResults(results, fn, limit);
    yield* results;
  };
  const generator = generate();
  const end = generator.return.bind(generator);
  return Object.assign(generator, {
    async return(value) {
      leave();
      await results.return();
      return end(value);
    },
  });
}
