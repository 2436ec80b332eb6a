/** fetchloop in Node: the C core, with undici for the network. */

import { provide } from '../web/later.js';
import * as more from '../web/more.js';
import { makeOneShots } from '../web/one-shot.js';
import { count, flag, listOf, oneOf, readOptions, text } from '../web/options.js';
import { ClientError } from '../web/response/errors.js';
import { Session } from '../web/session.js';
import { Cookies } from './cookies.js';
import { fetchBy } from './fetch.js';
import { awaitIn, currentBody, TaskList } from './in-task.js';
import { loadCore } from './load-core.js';
import { meantBy } from './meant.js';
import { expectResponse, makeResponse } from './response.js';
import { loadParts, makeWire } from './wire/wire.js';
import { WIRE_OPTIONS } from './wire/wire-options.js';

export { ClientError };
export { initialize } from '../web/wasm.js';
export { Cookies };

function cookies(value, name) {
  if (typeof value === 'boolean' || value instanceof Cookies) return value;
  throw new TypeError(
    `${name} must be true, false or Cookies: const jar = new Cookies(); jar.store(url, 'name=value')`,
  );
}

const CACHE = {
  type: oneOf('private', 'shared'),
  maxSize: count(0, Number.MAX_SAFE_INTEGER),
  maxEntrySize: count(0, Number.MAX_SAFE_INTEGER),
  maxCount: count(0, Number.MAX_SAFE_INTEGER),
  file: text,
};

function cache(value, name) {
  return typeof value === 'boolean' ? value : readOptions(CACHE, value, name);
}

/**
 * An error is made in the loop, where nobody's code stands. V8 finds who awaits the request's promise, for the stack, once
 * that follows this: two microtasks later.
 * @param {Error} error
 */
async function locate(error) {
  await null;
  await null;
  if (error instanceof ClientError) Error.captureStackTrace(error, locate);
}

/** @returns {import('../web/session.js').Platform} */
const makePlatform = (parts) => ({
  options: { cookies, cache, discardBodies: flag, omitHeaders: listOf(text), ...WIRE_OPTIONS },
  requestOptions: { credentials: oneOf('same-origin', 'include', 'omit') },
  makeWire(limits, options, onStep) {
    return {
      ...makeWire(limits, options, parts),
      onStep,
      makeResponse,
      onSent: options.discardBodies ? undefined : expectResponse,
      locate,
    };
  },
});

/** @typedef {import('../web/given.js').SessionOptions} SessionOptions */
/** @typedef {import('../web/given.js').RequestInit} RequestInit */
/**
 * It can be read by `for await` and by pipeline(), too.
 * @typedef {import('../web/response/result.js').SessionResponse & AsyncIterable<Uint8Array>} NodeResponse
 */
/** @typedef {import('../web/response/result.js').Result<NodeResponse>} Result */
/** @typedef {import('../web/session.js').TraceEvent} TraceEvent */
/** @template T @template {NodeResponse} [R=NodeResponse] @typedef {import('../web/response/result.js').MapResult<T, R>} MapResult */
/** @typedef {import('../web/wasm.js').WasmSource} WasmSource */
/** @typedef {import('../web/given.js').BatchRequest} BatchRequest */
/** @typedef {import('../web/given.js').ListInit} ListInit */
/** @typedef {import('../web/middleware.js').Middleware} Middleware */
/** @typedef {import('../web/response/error-codes.js').ErrorCode} ErrorCode */
/** @typedef {import('../web/options.js').Timeouts} Timeouts */
/** @typedef {import('../web/options.js').Retry} Retry */
/** @typedef {import('../web/progress.js').DownloadProgress} DownloadProgress */
/** @typedef {import('../web/progress.js').ListProgress} ListProgress */
/** @typedef {import('../web/response/timing.js').Timing} Timing */
/** @typedef {import('../web/core.js').Hop} Hop */
/** @typedef {import('../web/core.js').RequestInfo} RequestInfo */
/** @typedef {import('../web/request/auth.js').Auth} Auth */

/** Of a session in Node. @typedef {OwnOptions & import('./wire/wire-options.js').WireOptions} NodeOptions */

/**
 * Of a session in Node, besides how it connects.
 * @typedef {object} OwnOptions
 * @property {boolean | Cookies} [cookies] keep and send cookies: true, or those of another session; default false
 * @property {string[]} [omitHeaders] of those that each request has by itself (Accept, Accept-Encoding, User-Agent), what to
 *   leave out. Without Accept-Encoding, a body may still come encoded, and is decoded
 * @property {Parameters<typeof import('./cache.js').makeCache>[0]} [cache] keep responses as RFC 9111 says, but for Set-Cookie, RateLimit
 *   and Retry-After, which are said once; default false. A hit, too, waits for a place, for the rates, and as long as its host asked
 *   for (or is FL_EPARKED); a retry is for the server
 * @property {boolean} [discardBodies] bodies are counted and dropped as they come, however large, and a response's is empty,
 *   unless it is a stream: to check links; default false
 */

provide({ ...more, fetchBy, meantBy });

/**
 * aiohttp's ClientSession in Node: its requests share limits, connections, cookies and a cache. Open one with ClientSession.open().
 * @extends {Session<NodeResponse>}
 */
export class ClientSession extends Session {
  /** @internal @param {import('../web/core.js').Core} core @param {any} platform @param {SessionOptions} options */
  constructor(core, platform, options) {
    if (!platform) throw new TypeError('a session is opened: await ClientSession.open()');
    super(core, platform, options);
  }

  /**
   * Open a session. session.close() closes it, as does `await using session = …` (from Node 24 on).
   * @param {SessionOptions & NodeOptions} [options]
   * @returns {Promise<ClientSession>}
   */
  static async open(options = {}) {
    // undici, too, that the first request need not wait for it; meanwhile the wasm is compiled, on another thread.
    const [core, parts] = await Promise.all([loadCore(), loadParts(options ?? {}), import('./wire/http1.js')]);
    return makeSession(core, parts, options);
  }

  /** @param {string | URL} url @param {RequestInit} [init] @returns {Promise<NodeResponse>} */
  get(url, init) {
    if (!this) throw new TypeError('get() is called on its session: urls.map((url) => session.get(url))');
    return currentBody() ? this.request('GET', url, init) : super.get(url, init);
  }

  /** @type {Session<NodeResponse>['request']} */
  request(method, url, init) {
    const body = currentBody();
    const own = init?.signal;
    const isOwnAlone = own === null || (own !== undefined && !(own instanceof AbortSignal)); // which is refused
    if (!body || isOwnAlone) return super.request(method, url, init);
    const cancelled = new AbortController();
    const signals = [cancelled.signal];
    if (own) signals.push(own);
    if (init?.stream) signals.push(body.signal); // its body is read after the await
    const signal = signals.length > 1 ? AbortSignal.any(signals) : cancelled.signal;
    const asked = super.request(method, url, { ...init, signal });
    return awaitIn(body, asked, (reason) => cancelled.abort(reason));
  }

  /** @type {Session<NodeResponse>['fetchAll']} */
  fetchAll(requests, init) {
    return currentBody() ? new TaskList(super.fetchAll(requests, init)) : super.fetchAll(requests, init);
  }
}

/** Not in the class, which esbuild would name _ClientSession then. */
function makeSession(core, parts, options) {
  return new ClientSession(core, makePlatform(parts), options);
}

const oneShots = makeOneShots(/** @param {any} [options] */ (options) => ClientSession.open(options));

/**
 * For a program that asks for one URL: opens a session, makes the request and closes it. Calls share nothing, neither
 * limits nor connections: for more than one URL use fetchAll(), or a session. The response comes with its whole body; `stream` needs a
 * session, which lives as long.
 * @type {(url: string | URL, init?: Omit<RequestInit, 'stream'> & { method?: string }) => Promise<NodeResponse>}
 */
export const get = oneShots.get;

/**
 * For a program that has one list: opens a session, fetches all within its limits and closes it. As ClientSession.fetchAll(); the
 * options are the session's.
 * @type {(requests: import('../web/given.js').Requests, options?: SessionOptions & NodeOptions) => AsyncIterableIterator<Result>}
 */
export const fetchAll = oneShots.fetchAll;
