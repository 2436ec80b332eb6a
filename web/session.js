import { FetchAll } from './fetch-all.js';

/**
 * @typedef {object} SessionOptions
 * @property {number} [limit] requests in flight at once, 1 or more; default 50 (curl: --parallel-max)
 * @property {number} [limitPerHost] of these to one scheme, host and port; default 6, as browsers do
 * @property {number} [timeout] seconds from a request's start to its end; default 30, Infinity for none
 * @property {number} [connectTimeout] seconds until its connection stands; default 10, Infinity for none
 * @property {number} [readAhead] URLs that fetchAll() may hold, read but not started, because their host has no place;
 *   default 1000. More finds other hosts deeper in a list that is sorted by host; less reads less in vain.
 */

/**
 * Times in milliseconds; null where they are not known.
 * @typedef {object} Timing
 * @property {number} startTime when it was asked for, on performance.now()'s clock
 * @property {number} queue from then until its start; when it never started, until its end
 * @property {number | null} headers from its start until the response's headers had come
 * @property {number | null} total from its start until its end
 */

/**
 * What came of one request. Either `response` or `error` is there.
 * @typedef {object} Result
 * @property {number} index the URL's place among those given, from 0
 * @property {string} url as it was given
 * @property {number} status 0 without a response
 * @property {Response} [response]
 * @property {import('./errors.js').ClientError} [error]
 * @property {Timing} timing
 * @property {number | null} size of the body as it came over the network, in bytes; null when it isn't known
 * @property {number | null} redirects how many were followed; null when it isn't known
 */

/**
 * The platform's part in a session; its XMLHttpRequests are given it, too.
 * @typedef {object} Wire
 * @property {(xhr: any) => Response} makeResponse
 * @property {() => Promise<void>} [close]
 */

/** aiohttp's ClientSession: its requests share limits and connections. Open one with ClientSession.open(). */
export class Session {
  #core;
  #wire;
  #handle;
  #owner;
  #readAhead;
  #pending = new Map();
  #readers = new Set();
  #closed = null;

  /**
   * @param {import('./core.js').Core} core
   * @param {(limits: { limit: number, limitPerHost: number }) => Wire} makeWire
   * @param {SessionOptions} options
   */
  constructor(core, makeWire, options) {
    const { limit = 0, limitPerHost = 0, timeout = 0, connectTimeout = 0, readAhead = 0 } = checked(options);
    this.#core = core;
    this.#readAhead = readAhead;
    this.#handle = core.open({ limit, limitPerHost, timeout, connectTimeout });
    this.#wire = makeWire(core.stats(this.#handle));
    core.setWire(this.#handle, this.#wire);
    this.#owner = core.addOwner(this);
  }

  /**
   * One GET.
   * @param {string | URL} url
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<Response>} rejects with a ClientError when there is no response, whatever a response's status
   */
  get(url, { signal } = {}) {
    const text = String(url);
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      this.#assertOpen();
      const id = this.#core.get(this.#handle, this.#owner, text);
      if (id < 0) throw this.#core.error(id, text);
      const onAbort = () => this.#core.cancel(this.#handle, id);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#pending.set(id, (end) => {
        signal?.removeEventListener('abort', onAbort);
        const { response, error } = this.makeResult(0, text, end);
        if (response) resolve(response);
        else reject(signal?.aborted ? signal.reason : error);
      });
    });
  }

  /**
   * GET many, and give their results as they end. `urls` is read only as fast as the results are used: it may be
   * endless. A URL that can't be fetched gives a result with an error and stops nothing. When `urls` itself throws, the
   * results of what it gave before come first. Leaving the loop cancels what has not ended.
   * @param {Iterable<string | URL> | AsyncIterable<string | URL>} urls
   * @returns {AsyncIterableIterator<Result>}
   */
  fetchAll(urls) {
    this.#assertOpen();
    const reader = new FetchAll(this, this.#core, urls, {
      open: (owner) => this.#core.openBatch(this.#handle, owner, this.#readAhead),
      onFinished: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    return reader;
  }

  /**
   * What the session has done so far: counts, and milliseconds.
   * `busy`: the requests' durations added up, which one at a time would have taken; `heldByLimit`: how long more could
   * have started but for `limit`; `heldByHost`: but for `limitPerHost`.
   */
  stats() {
    this.#assertOpen();
    return this.#core.stats(this.#handle);
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
    this.#core.removeOwner(this.#owner);
    await this.#wire.close?.();
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  /** @internal @param {import('./core.js').End} end */
  onEnd(end) {
    const settle = this.#pending.get(end.id);
    this.#pending.delete(end.id);
    settle(end);
  }

  /** @internal @param {import('./core.js').End} end @returns {Result} */
  makeResult(index, url, { error, status, xhr, queuedAt, startedAt, endedAt }) {
    const started = !Number.isNaN(startedAt);
    const timing = {
      startTime: queuedAt,
      queue: (started ? startedAt : endedAt) - queuedAt,
      headers: xhr?.headersAt ? xhr.headersAt - startedAt : null,
      total: started ? endedAt - startedAt : null,
    };
    const size = xhr?.encodedBytes ?? null;
    const redirects = xhr?.redirects ?? null;
    const came = error
      ? { error: this.#core.error(error, url, xhr?.error) }
      : { response: this.#wire.makeResponse(xhr) };
    return { index, url, status, ...came, timing, size, redirects };
  }

  #assertOpen() {
    if (this.#closed) throw new TypeError('the session is closed');
  }
}

const RANGES = {
  limit: { least: 1, whole: true },
  limitPerHost: { least: 1, whole: true },
  readAhead: { least: 1, whole: true },
  timeout: { least: 1e-6 },
  connectTimeout: { least: 1e-6 },
};

/** Names and ranges, before C reads numbers as what they are not. @param {SessionOptions} options */
function checked(options) {
  for (const [name, value] of Object.entries(options)) {
    const range = RANGES[name];
    if (!range) throw new TypeError(`unknown option ${name}: there are ${Object.keys(RANGES).join(', ')}`);
    if (value === undefined) continue;
    const fits =
      typeof value === 'number' &&
      value >= range.least &&
      (!range.whole || (Number.isInteger(value) && value <= 0xffffffff));
    if (!fits)
      throw new RangeError(
        `${name} must be a ${range.whole ? 'whole number from 1' : 'number of seconds above 0'}, not ${String(value)}`,
      );
  }
  return options;
}
