/** fetchloop in a browser, in a page or a worker: the C core, with XMLHttpRequest and fetch() for the network. */
import { makeOneShots } from '../one-shot.js';
import { LocalSession } from './local.js';

export { ClientError } from '../response/errors.js';
export { initialize } from '../wasm.js';

/** @typedef {import('../session.js').Session} ClientSession */
/** @typedef {import('../given.js').SessionOptions} SessionOptions */
/** @typedef {import('../given.js').RequestInit} RequestInit */
/** @typedef {import('../response/result.js').Result} Result */
/** @typedef {import('../session.js').TraceEvent} TraceEvent */
/** @template T @template {import('../response/result.js').SessionResponse} [R=import('../response/result.js').SessionResponse] @typedef {import('../response/result.js').MapResult<T, R>} MapResult */
/** @typedef {import('../wasm.js').WasmSource} WasmSource */
/** @typedef {import('./remote/session.js').RemoteSession} RemoteSession */
/** @typedef {import('../given.js').BatchRequest} BatchRequest */
/** @typedef {import('../given.js').ListInit} ListInit */
/** @typedef {import('../middleware.js').Middleware} Middleware */
/** @typedef {import('../response/error-codes.js').ErrorCode} ErrorCode */
/** @typedef {import('../options.js').Timeouts} Timeouts */
/** @typedef {import('../options.js').Retry} Retry */
/** @typedef {import('../progress.js').DownloadProgress} DownloadProgress */
/** @typedef {import('../progress.js').ListProgress} ListProgress */
/** @typedef {import('../response/timing.js').Timing} Timing */
/** @typedef {import('../core.js').Hop} Hop */
/** @typedef {import('../core.js').RequestInfo} RequestInfo */
/** @typedef {import('../request/auth.js').Auth} Auth */

/**
 * Of a session in a browser.
 * @typedef {object} BrowserOptions
 * @property {import('../given.js').Credentials} [credentials] whether cookies go along; default 'same-origin'
 * @property {import('../given.js').CacheMode} [cache] fetch()'s; default 'default'
 * @property {import('../given.js').FetchInit} [fetchInit] what else fetch() is to be given, which makes all requests then
 * @property {boolean} [pauseWhenHidden] start nothing while the page is hidden; default false
 * @property {boolean} [worker] the session lives in a worker of its own, so that the page's thread has no more to do than to
 *   hand over what comes: stats(), tasks() and the like then give promises, and what is given must be cloneable (of
 *   functions, only `middleware`, `trace` and a request's or list's progress), and requests of a list have no `stream` and no
 *   `signal` of their own; default false
 * @property {boolean} [pauseWhenOffline] start nothing while the browser says that it is offline; default false
 */

/**
 * What a browser shows less of than Node: it follows redirects itself (`response.history` is null, `maxRedirects` is its own
 * limit of 20, and `maxRedirects: 0` makes a redirect an error); of another origin's response it shows only the headers that the
 * server exposes, so that Retry-After and RateLimit are obeyed only where Access-Control-Expose-Headers names them; phases are
 * those of Resource Timing, where Timing-Allow-Origin lets it tell, else null, and a trace has no step `connected`; why a
 * connection failed it tells nobody: FL_ENETWORK. A response's `type` is 'default', and its headers can be changed, as of each
 * that a program makes. Cookies, cache, proxies, TLS and connections are the browser's own. A body that is a stream is read whole
 * before it is sent.
 */
export const ClientSession = {
  /**
   * Open a session. session.close() closes it, as does `await using session = …` where there is that.
   * @overload
   * @param {SessionOptions & BrowserOptions & { worker?: false }} [options]
   * @returns {Promise<import('../session.js').Session>}
   */
  /**
   * Open a session in a worker of its own.
   * @overload
   * @param {SessionOptions & BrowserOptions & { worker: boolean }} options
   * @returns {Promise<import('./remote/session.js').RemoteSession>}
   */
  /**
   * @param {SessionOptions & BrowserOptions} [options]
   * @returns {Promise<any>}
   */
  async open({ worker = false, ...options } = {}) {
    return (worker ? (await import('./remote/session.js')).RemoteSession : LocalSession).open(options);
  },
};

const oneShots = makeOneShots(/** @param {any} [options] */ (options) => ClientSession.open(options));

/**
 * For a program that asks for one URL: opens a session, makes the request and closes it. Calls share nothing, neither
 * limits nor anything else: for more than one URL use fetchAll(), or a session. The response comes with its whole body; `stream` needs a
 * session, which lives as long.
 * @type {(url: string | URL, init?: Omit<RequestInit, 'stream'> & { method?: string }) => Promise<import('../response/result.js').SessionResponse>}
 */
export const get = oneShots.get;

/**
 * For a program that has one list: opens a session, fetches all within its limits and closes it. As ClientSession.fetchAll(); the
 * options are the session's.
 * @type {(requests: import('../given.js').Requests, options?: SessionOptions & BrowserOptions & { worker?: false }) => AsyncIterableIterator<Result>}
 */
export const fetchAll = oneShots.fetchAll;
