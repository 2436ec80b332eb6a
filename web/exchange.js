/**
 * One request that is more than a plain GET: what goes with it, and whom its response goes to. The C core decides; this
 * is told.
 */
export class Exchange {
  /** For Core, whose Owner it is. */
  exchange = this;
  #session;
  #url;
  #resolve;
  #reject;
  #signal;
  #sink = null;
  #id = 0;

  /**
   * @param {import('./session.js').SessionParts} session
   * @param {import('./request-init.js').MadeRequest} made
   * @param {{ stream?: boolean, bodyMax?: number, maxRedirects?: number, priority?: number,
   *   signal?: AbortSignal }} options
   */
  constructor(session, made, { stream = false, bodyMax, maxRedirects, priority, signal }) {
    this.#session = session;
    this.#url = made.url;
    this.#signal = signal;
    /** What the platform's XMLHttpRequest sends, @type {import('./byte-source.js').ByteSource | null} */
    this.body = made.body;
    /** and how it takes what comes back. */
    this.stream = stream;
    this.bodyMax = bodyMax;
    /** For a platform that has priorities of its own. */
    this.priority = priority;
    /** For a platform that follows redirects itself: whether it is to; undefined: as the session has it. */
    this.redirects = maxRedirects === undefined ? undefined : maxRedirects > 0;
  }

  /**
   * @param {(owner: number) => number} ask gives the request's id
   * @returns {Promise<Response>}
   */
  start(ask) {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#signal?.throwIfAborted();
      const owner = this.#session.core.addOwner(this);
      this.#id = ask(owner);
      if (this.#id < 0) {
        this.#session.core.removeOwner(owner);
        const error = this.#session.core.error(this.#id, this.#url);
        this.body?.cancel(error);
        throw error;
      }
      this.owner = owner;
      this.#signal?.addEventListener('abort', this.#cancel, { once: true });
    });
  }

  #cancel = () => this.#session.core.cancel(this.#session.handle, this.#id);

  /** @param {import('./core.js').Head} head */
  onResponse(head) {
    this.#sink = head.xhr.sink;
    // A reader who leaves, and a response that nobody reads, give the place back.
    this.#sink.onDropped = this.#cancel;
    this.#settle(this.#session.makeOutcome(this.#url, head, false));
  }

  /** @param {import('./core.js').End} end */
  onEnd(end) {
    this.#session.core.removeOwner(this.owner);
    this.#signal?.removeEventListener('abort', this.#cancel);
    const { response, error } = this.#session.makeOutcome(this.#url, end, this.#sink !== null);
    const reason = error && this.#signal?.aborted ? this.#signal.reason : error;
    // Whatever came of it: a server may answer before it has read all.
    this.body?.cancel(reason ?? ANSWERED);
    if (this.#sink) {
      if (end.error !== 0) this.#sink.fail(reason);
    } else {
      this.#settle({ response, error: reason });
    }
  }

  /** A promise keeps its value, and what settles it the promise: a response that nobody has must be found to be so. */
  #settle({ response, error }) {
    if (error) this.#reject(error);
    else this.#resolve(response);
    this.#resolve = this.#reject = null;
  }

  /** @param {import('./core.js').TraceEvent} event */
  onTrace(event) {
    this.#session.onTrace(event);
  }
}

const ANSWERED = new Error('the response came before all of the body had been sent');
