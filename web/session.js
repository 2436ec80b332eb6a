import { Client, closed } from './client.js';
import { forgetAborted, onceAborted, reasonOf } from './common/aborts.js';
import { Exchange } from './exchange.js';
import { FetchAll } from './fetch-all.js';
import { lacks, loading, more, untilThere } from './later.js';
import { forEach } from './list-given.js';
import { FLAGS, requestNumbers, sessionNumbers } from './numbers.js';
import { asGiven, callable, pause, REQUEST_OPTIONS, readOptions, SESSION_OPTIONS } from './options.js';
import { tell } from './progress.js';
import { hasUser, SCHEME, withoutUser } from './request/absolute-url.js';
import { makeRequest } from './request/make-request.js';
import { RequestDefaults } from './request/request-init.js';
import { ListResult } from './response/result.js';

/**
 * `index`: the result's, of fetchAll()'s. In Node, of 'connected' also `request` as it is sent, and `connection`; of 'headers'
 * `response`.
 * @typedef {import('./core.js').TraceEvent & { url: string, index: number | null, request?: TracedRequest,
 *   connection?: import('./response/timing.js').Connection | null, response?: TracedResponse }} TraceEvent
 *
 * @typedef {{ method: string, url: string, headers: [string, string][] }} TracedRequest
 * @typedef {{ status: number, statusText: string, headers: [string, string][] }} TracedResponse
 */

/**
 * What a platform brings along.
 * @typedef {object} Platform
 * @property {import('./options.js').Table} options those of a session that are its own
 * @property {import('./options.js').Table} [requestOptions] and those of a request
 * @property {() => string | undefined} [documentUrl] what relative URLs are relative to, where there is anything
 * @property {(limits: { limit: number, limitPerHost: number }, options: any, onStep: any) => Wire} makeWire
 *
 * Its part in one session; its XMLHttpRequests are given it, too.
 * @typedef {object} Wire
 * @property {(xhr: any, history: import('./core.js').Hop[]) => Response} makeResponse
 * @property {any} [told] the XMLHttpRequest of which a step is being told; `told.describe(step)` gives what goes with it
 * @property {any} [terms] by which a page's XMLHttpRequest of a plain GET is made: Terms of web/browser/requests.js, from the first on
 * @property {(error: Error) => Promise<void>} [locate] puts into its stack who awaits it, where that can be told
 * @property {() => Promise<void>} [close]
 *
 * What a session's parts know of it.
 * @typedef {object} SessionParts
 * @property {import('./core.js').Core} core
 * @property {number} handle
 * @property {(url: string, head: import('./core.js').Told, hasResponse: boolean) => { response?: Response, error?: Error }} makeOutcome
 * @property {(event: import('./core.js').TraceEvent, of: { url: string, index?: number }) => void} onTrace
 */

/**
 * aiohttp's ClientSession: its requests share limits and connections. Open one with ClientSession.open().
 * @template {import('./response/result.js').SessionResponse} [R=import('./response/result.js').SessionResponse] the platform's responses
 * @extends {Client<R>}
 */
export class Session extends Client {
  #core;
  #wire;
  #handle;
  #options;
  #defaults;
  #isPlain;
  #hasDefaults; // that each URL goes through
  #flags;
  #next;
  #parts;
  #joins = null;
  #requestOptions;
  #pausers = new Set();
  #readers = new Set();
  #closed = null;
  #bytes = 0;

  /**
   * @param {import('./core.js').Core} core
   * @param {Platform} platform
   * @param {import('./given.js').SessionOptions} options
   */
  constructor(core, platform, options) {
    super();
    const read = readOptions({ ...SESSION_OPTIONS, ...platform.options }, options);
    this.#core = core;
    this.#options = read;
    this.#requestOptions = { ...REQUEST_OPTIONS, ...platform.requestOptions };
    this.#defaults = new RequestDefaults(read, platform.documentUrl);
    this.#flags = (read.raiseForStatus ? FLAGS.raiseForStatus : 0) | (read.trace ? FLAGS.traced : 0);
    const { baseUrl, params, auth, middleware, join, retry } = read;
    const ask = (request) => this.#ask(request);
    this.#next = middleware ? more.compose(middleware, ask, this.over.signal) : ask;
    this.#hasDefaults = baseUrl || params || auth || retry?.methods;
    this.#isPlain = !(this.#flags || this.#hasDefaults || middleware || join);
    this.#handle = core.open(sessionNumbers(read), this.#defaults.headers, read.sensitiveHeaders ?? []);
    this.#wire = platform.makeWire(core.stats(this.#handle), read, read.trace && this.#onStep);
    core.setWire(this.#handle, this.#wire);
    this.#parts = {
      core,
      handle: this.#handle,
      makeOutcome: (url, end, hasResponse) => this.#makeOutcome(url, end, hasResponse),
      onTrace: (event, of) => this.tellTrace(event, of),
    };
  }

  /**
   * @param {string} method
   * @param {string | URL} url
   * @param {import('./given.js').RequestInit} [init]
   * @returns {Promise<R>} rejects with a ClientError when there is no response, whatever a response's status
   *   (unless raiseForStatus), with a TypeError or RangeError for arguments that make no request, with the signal's
   *   reason when it aborts (FL_ECANCELLED where that is null or the like)
   */
  async request(method, url, init) {
    this.#assertOpen();
    return /** @type {Promise<any>} */ (this.#next(makeRequest(method, url, init)));
  }

  /** @param {string | URL} url @param {import('./given.js').RequestInit} [init] @returns {Promise<R>} */
  get(url, init) {
    return this.#isPlain && !loading && isBare(init) ? this.#get(url, init?.signal) : this.request('GET', url, init);
  }

  /**
   * Fetch many, and give their results as they end. `requests` is read only as fast as the results are used: it may be
   * endless. What can't be fetched gives a result with an error and stops nothing. When `requests` itself throws, the
   * results of what it gave before come first; so they do when `signal` aborts, which ends what was asked for, and then the
   * loop, which throws the signal's reason, unless all had ended. Leaving the loop cancels what has not ended. The session's
   * middleware and `join` are for single requests.
   * @param {import('./given.js').Requests} requests
   * @param {import('./given.js').ListInit} [init] With `stream`, a result comes with its
   *   headers; what is only known at the end is there when its `ended` resolves
   * @returns {AsyncIterableIterator<import('./response/result.js').Result<R>>}
   */
  fetchAll(requests, init) {
    const { onProgress, ...shared } = forEach(init);
    if (init?.signal) shared.signal = init.signal; // a task has it from its class
    this.#assertOpen();
    readOptions({ ...this.#requestOptions, method: asGiven }, shared); // what is wrong with them is so for all
    const reader = new FetchAll(this, this.#core, requests, shared, {
      onProgress: onProgress && callable(onProgress, 'onProgress'),
      open: (owner) => this.#core.openBatch(this.#handle, owner, this.#options.readAhead ?? 0),
      ask: (batch, owner, url) => this.#askInBatch(batch, owner, url),
      begin: (batch, request, taker) => this.#beginInBatch(batch, request, taker),
      onFinished: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    return reader;
  }

  /**
   * Leave at least `seconds` between the starts of two requests to the URL's host: robots.txt's Crawl-delay. 0: as
   * ratePerHost has it.
   * @param {string | URL} url
   * @param {number} seconds
   */
  setCrawlDelay(url, seconds) {
    this.#assertOpen();
    // It is the host's, of which baseUrl may have only a part.
    const absolute = SCHEME.test(String(url)) ? String(url) : this.#defaults.resolve(url);
    this.#core.setDelay(this.#handle, absolute, pause(seconds, 'a crawl delay'));
  }

  /** Start nothing until resume(); what is in flight goes on, and so do timeouts. */
  pause() {
    this.setPaused('program', true);
  }

  resume() {
    this.setPaused('program', false);
  }

  /** @internal Start nothing while anybody wants that. @param {string} who @param {boolean} paused */
  setPaused(who, paused) {
    this.#assertOpen();
    if (paused) this.#pausers.add(who);
    else this.#pausers.delete(who);
    this.#core.pause(this.#handle, this.#pausers.size > 0);
  }

  get limit() {
    return this.#core.stats(this.#handle).limit;
  }

  /**
   * What the session has done so far: counts, and milliseconds.
   * `busy`: the attempts' durations added up, which one at a time would have taken; `heldByLimit`: how long more could
   * have started but for `limit`; `heldByHost`: but for `limitPerHost`; `heldByRate`: but for a rate, or because the
   * servers asked to wait. `bytes`: of all bodies, as they came over the network, as far as that is known. `latency`: what
   * 50, 90, 99 % and all of the responses took no longer than, from a request's start to its end; null before the first.
   */
  stats() {
    this.#assertOpen();
    return { ...this.#core.stats(this.#handle), bytes: this.#bytes, latency: this.#core.latency(this.#handle) };
  }

  /**
   * The requests that have not ended, and what each waits for. @returns {import('./core.js').RequestInfo[]} */
  tasks() {
    this.#assertOpen();
    return this.#core.requests(this.#handle);
  }

  /**
   * Cancel what has not ended (each request ends with an FL_ECANCELLED), close the connections. Resolves when all have
   * ended. Calling it again gives the same promise.
   * @returns {Promise<void>}
   */
  close() {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close() {
    for (const reader of this.#readers) reader.stop();
    await this.#core.close(this.#handle);
    // By then middleware has been told how its requests ended.
    setTimeout(() => this.over.abort(closed()));
    await this.#wire.close?.();
  }

  /** A GET with the session's defaults, at the least cost. */
  #get(given, signal) {
    return new Promise((resolve) => {
      signal?.throwIfAborted();
      this.#assertOpen();
      const url = this.#defaults.resolve(given);
      if (hasUser(url)) {
        resolve(this.request('GET', given, { signal }));
        return;
      }
      const owner = this.#core.addOwner({
        onEnd: (end) => {
          this.#core.removeOwner(owner);
          forgetAborted(signal, onAbort);
          const { response, error } = this.#makeOutcome(url, end, false);
          resolve(response ?? this.#raise(reasonOf(signal, error)));
        },
      });
      const id = this.#core.get(this.#handle, 0, owner, url, 0);
      const onAbort = () => this.#core.cancel(this.#handle, id);
      if (id < 0) {
        this.#core.removeOwner(owner);
        throw this.#core.error(id, url);
      }
      onceAborted(signal, onAbort);
    });
  }

  /** Any request, when the middleware has had it. @param {import('./middleware.js').MiddlewareRequest} request */
  async #ask({ method, url, ...init }) {
    const flags = this.#flags;
    const options = readOptions(this.#requestOptions, init);
    if (!more) await this.untilThere(this.#defaults.resolve(url), options);
    this.#assertOpen();
    const made = this.#defaults.make(method, url, init);
    const send = (given) => this.#send(made, given, flags);
    if (!(options.join ?? this.#options.join)) return send(options);
    this.#joins ??= new more.Joins();
    return this.#joins.join(made, options, send);
  }

  /** @internal Within its time. */
  async untilThere(url, init) {
    if (!loading && !lacks(init, url)) return;
    const { total = TIMER_MAX } = { ...this.#options.timeout, ...init.timeout };
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), Math.min(total, TIMER_MAX) * 1000);
    try {
      await untilThere(init, url, init.signal, this.over.signal, late.signal);
    } catch (reason) {
      const error = late.signal.aborted ? this.#core.errorNamed('FL_ETOTALTIMEOUT', String(url)) : reason;
      if (init.body instanceof ReadableStream) init.body.cancel(error).catch(() => {}); // as Exchange does
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #send(made, options, flags) {
    return new Promise((resolve) => {
      /** @param {import('./exchange.js').Outcome} outcome */
      const settle = ({ response, error }) => resolve(response ?? this.#raise(error));
      const numbers = this.#numbersOf(made, options, flags);
      const exchange = new Exchange(this.#parts, made, options, { settle });
      exchange.start((owner) => this.#core.request(this.#handle, 0, owner, made, numbers));
      if (exchange.id < 0) throw this.#core.error(exchange.id, made.url);
    });
  }

  /** @returns {Promise<any>} that rejects with it */
  async #raise(error) {
    await this.#wire.locate?.(error);
    throw error;
  }

  #numbersOf(made, options, own = this.#flags) {
    const retry = forMethod({ ...this.#options.retry, ...options.retry }, made.method);
    const raises = options.raiseForStatus ?? this.#options.raiseForStatus ?? false;
    const flags =
      (own & FLAGS.traced) |
      (raises ? FLAGS.raiseForStatus : 0) |
      (options.stream ? FLAGS.stream : 0) |
      (made.body ? FLAGS.bodyAtTransport : 0) |
      (made.body && !made.body.replayable ? FLAGS.bodyOnce : 0) |
      (retry.methods ? FLAGS.replaySafe : 0);
    return requestNumbers({ ...options, retry }, flags);
  }

  /** @internal @param {any} request one of fetchAll()'s. @returns {any} its URL; none for what its result will say is none */
  urlOf(request) {
    try {
      return this.#defaults.resolve(request?.url ?? request);
    } catch {}
  }

  /** One more of fetchAll()'s. @returns {number} its id, or an error */
  #askInBatch(batch, owner, url) {
    if (!this.#hasDefaults) {
      const target = this.#defaults.resolve(url);
      if (!hasUser(target)) return this.#core.get(0, batch, owner, target, this.#flags);
    }
    const made = this.#defaults.make('GET', url);
    const numbers = requestNumbers({ retry: forMethod(this.#options.retry, 'GET') }, this.#flags);
    return this.#core.request(0, batch, owner, made, numbers);
  }

  /** One that is more than a GET. Throws what is wrong with it. @returns {Exchange} */
  #beginInBatch(batch, { method = 'GET', url, ...init }, taker) {
    const options = readOptions(this.#requestOptions, init);
    const made = this.#defaults.make(method, url, init);
    const numbers = this.#numbersOf(made, options);
    const exchange = new Exchange(this.#parts, made, options, taker);
    exchange.start((owner) => this.#core.request(0, batch, owner, made, numbers));
    return exchange;
  }

  /**
   * @internal
   * @param {any} event core's, which becomes ours
   * @param {{ url: string, index?: number }} of
   */
  tellTrace(event, { url, index = null }) {
    event.url = withoutUser(url); // it is nobody else's, and a copy would cost more than all else here
    event.index = index;
    const flags = this.#flags;
    this.#flags &= ~FLAGS.traced; // of what it asks for now, or it would be told of itself without end
    tell(this.#options.trace, Object.assign(event, this.#wire.told?.describe(event.step)));
    this.#flags = flags;
  }

  #onStep = (attempt, step, bytes) => {
    this.#core.step(this.#handle, attempt, step, performance.now(), bytes);
  };

  /**
   * @internal
   * @param {{ index: number, url: string, request?: string | URL | import('./given.js').BatchRequest }} asked
   * @param {import('./core.js').Told} end
   * @param {import('./response/result.js').Outcome} [outcome]
   * @returns {import('./response/result.js').Result}
   */
  makeResult(asked, end, outcome = this.#makeOutcome(asked.url, end, false, true)) {
    return new ListResult(asked, end, outcome);
  }

  /**
   * @param {string} url
   * @param {import('./core.js').Told} of
   * @param {boolean} hasResponse it has been given already, when it began
   * @param {boolean} [isLate] it is made when it is asked for
   * @returns {any}
   */
  #makeOutcome(url, { error, status, xhr, history, endedAt }, hasResponse, isLate = false) {
    if (endedAt) this.#bytes += xhr?.bodySize ?? 0; // of one that has begun, more will come
    const makeResponse = () => this.#wire.makeResponse(xhr, history);
    if (isLate && error === 0) return { makeResponse };
    const response = status > 0 && xhr && !hasResponse ? makeResponse() : undefined;
    if (error === 0) return { response };
    const made = this.#core.error(error, url, xhr?.error, status < 400 ? '' : `${status} ${xhr.statusText}`.trim());
    if (status > 0) Object.assign(made, { status, response });
    return { error: made };
  }

  #assertOpen() {
    if (this.#closed) throw closed();
  }
}

/** Seconds that a platform's timer can count. */
const TIMER_MAX = 1e6;

/** Whether there is nothing in it but a signal. */
function isBare(init) {
  for (const name in init) {
    if (name === 'signal' ? !(init.signal instanceof AbortSignal) : init[name] !== undefined) return false;
  }
  return true;
}

/** As C has it: `methods`, when given, decides; else the method's own idempotence does. */
function forMethod(retry, method) {
  if (!retry?.methods) return retry ?? {};
  return retry.methods.includes(method) ? retry : { ...retry, methods: undefined, limit: 0 };
}
