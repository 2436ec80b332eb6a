import { forgetAborted, onceAborted, reasonOf } from './common/aborts.js';

/**
 * What has come of a request.
 * @typedef {{ response?: Response, error?: import('./response/errors.js').ClientError }} Outcome
 */

/**
 * Who gets it.
 * @typedef {object} Taker
 * @property {import('./fetch-all.js').FetchAll} [list] and the result's `index`, of fetchAll()'s
 * @property {number} [index]
 * @property {(outcome: Outcome, of: import('./core.js').Told) => void} settle called once: when
 *   a streamed response has begun, else at the end
 * @property {(error: Error | undefined, end: import('./core.js').Told | null) => void} [onEnded] once a streamed response
 *   has ended; null: C was told to forget it
 */

/**
 * One request that is more than a plain GET: what goes with it, and whom its response goes to. The C core decides; this
 * is told.
 */
export class Exchange {
  /** For Core, whose Owner it is. */
  exchange = this;
  #session;
  #url;
  #signal;
  #taker;
  #sink = null;
  #owner = 0;

  /**
   * @param {import('./session.js').SessionParts} session
   * @param {import('./request/request-init.js').MadeRequest} made
   * @param {{ credentials?: import('./given.js').Credentials, cache?: import('./given.js').CacheMode, stream?: boolean | 'ahead', bodyMax?: number, maxRedirects?: number, priority?: number,
   *   timeout?: import('./options.js').Timeouts, signal?: AbortSignal,
   *   onDownloadProgress?: (progress: import('./progress.js').DownloadProgress) => void }} options
   * @param {Taker} taker
   */
  constructor(session, made, options, taker) {
    this.#session = session;
    this.#url = made.url;
    this.#signal = options.signal;
    this.#taker = taker;
    /** The request's, or the error for which there is none, once start() has been called. */
    this.id = 0;
    /** What the platform's XMLHttpRequest sends, @type {import('./request/byte-source.js').ByteSource | null} */
    this.body = made.body;
    /** and what it must know besides. */
    this.options = options;
  }

  /**
   * Throws the signal's reason when that has aborted.
   * @param {(owner: number) => number} ask gives the request's id, or an error
   */
  start(ask) {
    const { core } = this.#session;
    if (this.#signal?.aborted) this.body?.cancel(this.#signal.reason);
    this.#signal?.throwIfAborted();
    this.#owner = core.addOwner(this);
    this.id = ask(this.#owner);
    if (this.id < 0) this.#leave(core.error(this.id, this.#url));
    else onceAborted(this.#signal, this.#cancel);
  }

  #cancel = () => this.#session.core.cancel(this.#session.handle, this.id);

  /** @param {import('./core.js').Told} head */
  onResponse(head) {
    this.#sink = head.xhr.sink;
    // A reader who leaves, and a response that nobody reads, give the place back.
    this.#sink.onDropped = this.#cancel;
    if (head.error) this.#sink.shorten();
    this.#settleOnce(this.#session.makeOutcome(this.#url, head, false), head);
  }

  /** @param {import('./core.js').Told} end */
  onEnd(end) {
    const isBegun = this.#sink !== null;
    const { response, error } = this.#session.makeOutcome(this.#url, end, isBegun);
    const reason = error && reasonOf(this.#signal, error);
    this.#leave(reason);
    if (isBegun) this.#taker.onEnded?.(reason, end);
    else this.#settleOnce({ response, error: reason }, end);
  }

  /** Of which it is one. */
  get list() {
    return this.#taker.list;
  }

  /** C has forgotten it: whom it belonged to has left. @param {Error} reason */
  drop(reason) {
    this.#leave(reason);
    if (this.#sink) this.#taker.onEnded?.(reason, null);
  }

  #leave(reason) {
    this.#session.core.removeOwner(this.#owner);
    forgetAborted(this.#signal, this.#cancel);
    // Whatever came of it: a server may answer before it has read all.
    this.body?.cancel(reason ?? ANSWERED);
    if (reason) this.#sink?.fail(reason);
  }

  /** A promise keeps its value, and what settles it the promise: a response that nobody has must be found to be so. */
  #settleOnce(outcome, of) {
    const { settle, ...taker } = this.#taker;
    this.#taker = { settle: null, ...taker };
    settle(outcome, of);
  }

  /** @param {import('./core.js').TraceEvent} event */
  onTrace(event) {
    this.#session.onTrace(event, { url: this.#url, index: this.#taker.index });
  }
}

const ANSWERED = new Error('the response came before all of the body had been sent');
