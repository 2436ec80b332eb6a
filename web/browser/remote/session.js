import { Client, closed } from '../../client.js';
import { forgetAborted, onceAborted, reasonOf } from '../../common/aborts.js';
import { loadMore, more } from '../../later.js';
import { forEach } from '../../list-given.js';
import { callable, REQUEST_OPTIONS, readOptions, SESSION_OPTIONS } from '../../options.js';
import { tell } from '../../progress.js';
import { absoluteUrl, documentUrl, urlText } from '../../request/absolute-url.js';
import { makeRequest } from '../../request/make-request.js';
import { givenWasm } from '../../wasm.js';
import { platform } from '../local.js';
import { startWorker } from '../start-worker.js';
import { watchPage } from '../visibility.js';
import { RemoteList } from './list.js';
import { packInit, unpackError, unpackResponse } from './messages.js';

/** What is looked at here; the rest is the worker's affair. */
const OPTIONS = { ...SESSION_OPTIONS, ...platform.options };
const LIST_OPTIONS = { ...REQUEST_OPTIONS, ...platform.requestOptions, method: (/** @type {any} */ name) => name };

/**
 * What its lists take: their bodies come whole.
 * @typedef {Omit<import('../../given.js').ListInit, 'stream'> & { stream?: false }} RemoteListInit
 */

/**
 * A session that lives in a worker, as its page sees it.
 * @extends {Client<import('../../response/result.js').SessionResponse, RemoteListInit>}
 */
export class RemoteSession extends Client {
  #worker;
  #asked = new Map(); // id -> whom the worker's messages of that id are for
  #ids = 0;
  #next;
  #urlOf;
  #trace;
  /** @type {Promise<void> | null} */
  #closed = null;
  /** Why the worker is gone, when it has failed. @type {Error | null} */
  #failure = null;
  #clockAhead = 0; // of the worker's, milliseconds
  #limit = 0;

  constructor({ middleware, trace, baseUrl }) {
    super();
    // What the document's URL is when it is asked for, the worker can't know.
    this.#urlOf = (baseUrl ?? null) === null ? (url) => absoluteUrl(url, documentUrl) : urlText;
    const start = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'fetchloop' });
    this.#worker = startWorker(start, import.meta.url, 'worker.js');
    this.#worker.onmessage = ({ data }) => this.#onMessage(data);
    this.#worker.onerror = (event) => this.#fail(event.message ?? 'its script could not be loaded');
    const ask = (request) => this.#ask(request);
    this.#next = middleware ? more.compose(middleware, ask, this.over.signal) : ask;
    this.#trace = trace;
  }

  /** @param {import('../../given.js').SessionOptions & import('../index.js').BrowserOptions} options */
  static async open({ middleware, trace, pauseWhenHidden, pauseWhenOffline, baseUrl, ...given }) {
    readOptions(OPTIONS, { middleware, trace, pauseWhenHidden, pauseWhenOffline });
    if (middleware && !more) await loadMore();
    const wasm = await givenWasm();
    const session = new RemoteSession({ middleware, trace, baseUrl });
    const options = { ...packInit(given).init, ...((baseUrl ?? null) !== null && { baseUrl: String(baseUrl) }) };
    try {
      const { limit, timeOrigin } = await session.#call('open', [options, documentUrl(), Boolean(trace), wasm]);
      session.#limit = limit;
      session.#clockAhead = timeOrigin - performance.timeOrigin;
    } catch (error) {
      session.#worker.terminate();
      throw error;
    }
    watchPage(session, { pauseWhenHidden, pauseWhenOffline }); // a worker has no page
    return session;
  }

  get limit() {
    return this.#limit;
  }

  /**
   * @param {string} method
   * @param {string | URL} url
   * @param {import('../../given.js').RequestInit} [init]
   * @returns {Promise<import('../../response/result.js').SessionResponse>}
   */
  async request(method, url, init) {
    return /** @type {Promise<any>} */ (this.#next(makeRequest(method, url, init)));
  }

  /**
   * @param {import('../../given.js').Requests} requests
   * @param {RemoteListInit} [init]
   * @returns {AsyncIterableIterator<import('../../response/result.js').Result>}
   */
  fetchAll(requests, init) {
    const { onProgress, signal: _own, ...shared } = forEach(init);
    const given = init?.signal; // a task's is not among what is copied
    const id = this.#newId();
    const { signal } = readOptions(LIST_OPTIONS, { ...shared, signal: given }); // what is wrong with them is so for all
    if (onProgress) callable(onProgress, 'onProgress');
    const post = (message, transfer = []) => this.#worker.postMessage({ id, ...message }, transfer);
    const onAbort = () => this.#abort(id, signal.reason);
    const end = (error) => {
      forgetAborted(signal, onAbort);
      list.onEnded(error && { error: signal?.aborted ? signal.reason : error });
    };
    const onMessage = ({ kind, result, error, progress }) => {
      if (kind === 'wants') list.onWants();
      else if (kind === 'progress') tell(onProgress, progress);
      else if (kind === 'result') list.onResult(this.#unpackResult(result, signal));
      else this.#end(id, () => end(error && unpackError(error)));
    };
    const onBegun = () => {
      if (this.#closed) return end(this.#failure);
      onceAborted(signal, onAbort);
      this.#asked.set(id, { onMessage, onFailed: end });
    };
    const told = Boolean(onProgress);
    const list = new RemoteList(requests, shared, { told, signal, urlOf: this.#urlOf, post, onBegun });
    return list;
  }

  /** @param {string | URL} url @param {number} seconds @returns {Promise<void>} */
  async setCrawlDelay(url, seconds) {
    return this.#call('setCrawlDelay', [this.#urlOf(url), seconds]);
  }

  pause() {
    return this.setPaused('program', true);
  }

  resume() {
    return this.setPaused('program', false);
  }

  /** @internal Start nothing while anybody wants that. @param {string} who @param {boolean} paused */
  setPaused(who, paused) {
    return this.#call('setPaused', [who, paused]);
  }

  /** @returns {Promise<ReturnType<import('../../session.js').Session['stats']>>} */
  stats() {
    return this.#call('stats', []);
  }

  /** @returns {Promise<import('../../core.js').RequestInfo[]>} */
  tasks() {
    return this.#call('tasks', []);
  }

  /** The worker ends by itself, once the bodies that it has have been read or left. */
  close() {
    this.#closed ??= this.#call('close', []).finally(() => this.over.abort(closed()));
    return this.#closed;
  }

  #newId() {
    if (this.#closed) throw closed();
    return ++this.#ids;
  }

  /** @returns {Promise<any>} what a method of the session gives there */
  async #call(method, args) {
    const id = this.#newId();
    return new Promise((resolve, reject) => {
      this.#asked.set(id, {
        onMessage: ({ value, error }) => this.#end(id, () => (error ? reject(unpackError(error)) : resolve(value))),
        onFailed: reject,
      });
      this.#worker.postMessage({ id, kind: 'call', method, args });
    });
  }

  /** @param {import('../../middleware.js').MiddlewareRequest} request @returns {Promise<Response>} */
  async #ask({ method, url, signal: given, onDownloadProgress, ...rest }) {
    const { signal } = readOptions(LIST_OPTIONS, { signal: given, onDownloadProgress });
    if (signal?.aborted && rest.body instanceof ReadableStream) rest.body.cancel(signal.reason).catch(() => {});
    signal?.throwIfAborted();
    const id = this.#newId();
    const { init, transfer } = packInit(rest);
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#abort(id, signal.reason);
      let failStream = (_error) => {};
      const fail = (reason) => {
        failStream(reason);
        reject(reason);
      };
      this.#worker.postMessage(
        { id, kind: 'request', method, url: this.#urlOf(url), init, told: Boolean(onDownloadProgress) },
        transfer,
      );
      onceAborted(signal, onAbort);
      this.#asked.set(id, {
        onMessage: ({ kind, response, error, progress }) => {
          if (kind === 'progress') {
            tell(onDownloadProgress, progress);
          } else if (kind === 'response') {
            const unpacked = unpackResponse(response);
            failStream = unpacked.fail;
            resolve(unpacked.response);
          } else {
            this.#end(id, () => forgetAborted(signal, onAbort));
            if (error) fail(reasonOf(signal, unpackError(error)));
          }
        },
        onFailed: fail,
      });
    });
  }

  #abort(id, reason) {
    try {
      this.#worker.postMessage({ id, kind: 'abort', reason });
    } catch {
      this.#worker.postMessage({ id, kind: 'abort' }); // it can't be cloned
    }
  }

  #end(id, then) {
    this.#asked.delete(id);
    then();
  }

  #onMessage({ id, event, ...message }) {
    if (event) this.#trace?.({ ...event, time: event.time + this.#clockAhead });
    else this.#asked.get(id)?.onMessage(message);
  }

  /** Nothing comes from there any more. */
  #fail(why) {
    this.#worker.terminate();
    this.#closed ??= Promise.resolve();
    const error = new Error(`the session's worker failed: ${why}`);
    this.#failure = error;
    this.over.abort(error);
    for (const { onFailed } of this.#asked.values()) onFailed(error);
    this.#asked.clear();
  }

  #unpackResult({ response, error, timing, ...result }, signal) {
    return {
      ...result,
      timing: { ...timing, startTime: timing.startTime + this.#clockAhead },
      ...(response && { response: unpackResponse(response).response }),
      ...(error && { error: reasonOf(signal, unpackError(error)) }),
    };
  }
}
