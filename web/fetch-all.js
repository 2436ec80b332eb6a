import { forgetAborted, onceAborted } from './common/aborts.js';
import { Fifo } from './common/fifo.js';
import { hasEnded } from './core.js';
import { more, untilThere } from './later.js';
import { isRequest, iteratorOf } from './list-given.js';
import { lengthOf, tell } from './progress.js';
import { hasUser, urlText } from './request/absolute-url.js';

/**
 * The results of many requests, as they end: what ClientSession.fetchAll() gives. Between the source of the URLs and the
 * consumer of the results stands a batch of the C core, which says when the next URL is to be read.
 */
export class FetchAll {
  #session;
  #core;
  #source;
  #init;
  #hooks;
  #batch;
  #owner;
  #unended = 0;
  #results = new Fifo();
  #takers = new Fifo(); // calls of next() that wait for a result
  #count = 0;
  #done = 0;
  #failed = 0;
  #total;
  #begun = false; // the source is not touched before the first next(), as in a generator
  #reading = false;
  #pausing = false; // in between
  #sourceDone = false;
  #failure = null; // { error } once the source has thrown, or the signal has aborted

  /**
   * @param {import('./session.js').Session} session
   * @param {import('./core.js').Core} core
   * @param {import('./given.js').Requests} requests
   * @param {import('./given.js').RequestInit & { method?: string }} init
   * @param {object} hooks
   * @param {(owner: number) => number} hooks.open the batch
   * @param {(batch: number, owner: number, url: string) => number} hooks.ask for one more GET
   * @param {(batch: number, request: import('./given.js').BatchRequest, taker: import('./exchange.js').Taker) =>
   *   import('./exchange.js').Exchange} hooks.begin another request; throws what is wrong with it
   * @param {((progress: import('./progress.js').ListProgress) => void) | undefined} hooks.onProgress
   * @param {() => void} hooks.onFinished all have ended
   */
  constructor(session, core, requests, init, hooks) {
    this.#session = session;
    this.#core = core;
    this.#source = iteratorOf(requests);
    this.#total = lengthOf(requests);
    this.#init = Object.keys(init).length > 0 ? init : null;
    this.#hooks = hooks;
    this.#owner = core.addOwner(this);
    this.#batch = hooks.open(this.#owner);
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    if (!this.#begun) {
      this.#begun = true;
      onceAborted(this.#init?.signal, this.#onAbort);
      this.#read();
    }
    if (this.#results.size > 0) return Promise.resolve({ value: this.#take(), done: false });
    if (this.#batch === 0) return this.#end();
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  /** The consumer leaves: cancel what has not ended, and let the source close. */
  async return(value) {
    this.#results = new Fifo();
    this.#finish();
    // One that is being waited for may never answer.
    if (this.#reading && !this.#pausing) this.#leaveSource().catch(() => {});
    else await this.#leaveSource();
    return { value, done: true };
  }

  [Symbol.asyncDispose]() {
    return this.return();
  }

  /** Read no more URLs; what was asked for still ends. */
  stop() {
    this.#leaveSource().catch(() => {});
    this.#finishIfAllEnded();
  }

  /** What was asked for ends with the signal's reason; whoever waits for more is told it, too. */
  #onAbort = () => {
    this.#failure ??= { error: this.#init.signal.reason || this.#core.errorNamed('FL_ECANCELLED') };
    this.stop();
  };

  onWants() {
    this.#read();
  }

  /** @internal @param {Asked} asked @param {import('./core.js').Told} end */
  ended(asked, end) {
    this.forget(asked);
    const result = this.#session.makeResult(asked, end);
    if (asked.mistake) result.error = asked.mistake;
    this.#give(result);
    this.#countEnd(result);
  }

  /** @param {import('./response/result.js').Result} result */
  #countEnd({ error }) {
    if (this.#batch === 0) return; // the results were left
    this.#unended--;
    this.#done++;
    if (error) this.#failed++;
    if (this.#hooks.onProgress) this.#tellProgress();
    this.#finishIfAllEnded();
  }

  #tellProgress() {
    const queued = this.#core.batchQueued(this.#batch);
    tell(this.#hooks.onProgress, {
      done: this.#done,
      failed: this.#failed,
      queued,
      inFlight: this.#unended - queued,
      total: this.#sourceDone ? this.#count : this.#total,
    });
  }

  #give(result) {
    if (this.#takers.size === 0) return this.#results.push(result);
    this.#tellTaken(result);
    this.#takers.shift().resolve({ value: result, done: false });
  }

  /** @internal @param {import('./core.js').TraceEvent} event @param {Asked} asked */
  traced(event, asked) {
    this.#session.tellTrace(event, asked);
  }

  /** @internal @param {Asked} asked */
  forget(asked) {
    this.#core.removeOwner(asked.owner);
  }

  #take() {
    const result = this.#results.shift();
    this.#tellTaken(result);
    return result;
  }

  /** C counts what has ended and isn't taken; what is still streaming holds its place. */
  #tellTaken({ ended }) {
    if (this.#batch === 0) return;
    if (ended) ended.then(() => this.#batch !== 0 && this.#core.batchTaken(this.#batch));
    else this.#core.batchTaken(this.#batch);
  }

  /** Ask for URLs as long as C wants them. A sync source is read without a promise. */
  async #read() {
    if (this.#reading) return;
    this.#reading = true;
    try {
      for (let read = 1; !this.#sourceDone && this.#core.batchWants(this.#batch); read++) {
        if (read % READ_TOGETHER === 0) await this.#pause();
        if (this.#sourceDone) break;
        let step = this.#source.next();
        if ('then' in step) step = await step;
        if (this.#sourceDone) {
          // The consumer left, or the session closed, meanwhile. A generator that had to do with it could not be closed then.
          if (!step.done) this.#closeSource().catch(() => {});
          break;
        }
        if (step.done) this.#sourceDone = true;
        else {
          const request = typeof step.value === 'string' ? step.value : await step.value;
          if (!more) {
            const url = this.#session.urlOf(request);
            if (this.#init || typeof request !== 'string' || hasUser(url))
              await untilThere({ ...this.#init, ...request }, url);
          }
          if (this.#sourceDone) break; // meanwhile
          this.#ask(request);
        }
      }
    } catch (error) {
      if (!this.#sourceDone) this.#failure ??= { error }; // what has been left has no say any more
      this.#leaveSource().catch(() => {}); // it may have been what it gave that failed
    }
    this.#reading = false;
    this.#finishIfAllEnded();
  }

  /** Reading far ahead takes a while: meanwhile the first requests go out, and a page draws. */
  async #pause() {
    this.#pausing = true;
    await new Promise((resolve) => setTimeout(resolve));
    this.#pausing = false;
  }

  #ask(request) {
    const asked = new Asked(this, this.#count++, request);
    let id;
    try {
      const isUrl = typeof request === 'string' || !isRequest(request);
      if (!isUrl && request.url === undefined) throw new TypeError('a request needs a url');
      asked.url = urlText(isUrl ? request : request.url);
      if (!this.#init && (isUrl || isBare(request))) id = this.#hooks.ask(this.#batch, this.#own(asked), asked.url);
      else id = this.#begin(asked, isUrl ? { url: request } : request);
    } catch (error) {
      // What the session's own options refuse ends as what C does. A signal may have aborted for no reason.
      asked.mistake = error || this.#core.errorNamed('FL_ECANCELLED', asked.url);
      id = this.#core.get(0, this.#batch, this.#own(asked), '', 0);
    }
    if (id < 0) throw this.#core.error(id, asked.url);
    this.#unended++;
  }

  #own(asked) {
    asked.owner ||= this.#core.addOwner(asked);
    return asked.owner;
  }

  /**
   * @param {Asked} asked
   * @param {import('./given.js').BatchRequest & { data?: unknown }} request
   * @returns {number} the request's id, or an error
   */
  #begin(asked, { data, ...request }) {
    let result = null;
    let end = () => {};
    const exchange = this.#hooks.begin(
      this.#batch,
      { ...this.#init, ...request },
      {
        list: this,
        index: asked.index,
        settle: (outcome, of) => {
          result = this.#session.makeResult(asked, of, outcome);
          if (!hasEnded(of)) {
            result.ended = new Promise((resolve) => {
              end = resolve;
            });
          }
          this.#give(result);
          if (hasEnded(of)) this.#countEnd(result);
        },
        onEnded: (error, of) => {
          if (error) result.error ??= error;
          if (of) {
            const { timing, size, retries } = this.#session.makeResult(asked, of, {});
            Object.assign(result, { timing, size, retries });
          }
          end();
          this.#countEnd(result);
        },
      },
    );
    return exchange.id;
  }

  #finishIfAllEnded() {
    if (this.#sourceDone && this.#unended === 0) this.#finish();
  }

  #finish() {
    if (this.#batch === 0) return;
    this.#core.closeBatch(this.#batch);
    this.#core.removeOwner(this.#owner);
    this.#batch = 0;
    forgetAborted(this.#init?.signal, this.#onAbort);
    const left = new DOMException('the results were left', 'AbortError');
    for (const owner of this.#core.ownersIn(this)) owner.drop(left);
    this.#hooks.onFinished();
    while (this.#takers.size > 0) {
      const { resolve, reject } = this.#takers.shift();
      this.#end().then(resolve, reject);
    }
  }

  async #leaveSource() {
    if (this.#sourceDone) return;
    this.#sourceDone = true;
    await this.#closeSource();
  }

  async #closeSource() {
    await this.#source.return?.();
  }

  async #end() {
    const failure = this.#failure;
    this.#failure = null; // thrown once, as a generator does
    if (failure) throw failure.error;
    return { value: undefined, done: true };
  }
}

/** A plain GET that has not ended: whom C tells of it. Any other is an Exchange. */
class Asked {
  /** C's number for it. */
  owner = 0;
  url = '';
  /** What is wrong with it, so that it wasn't asked for. */
  mistake = null;

  constructor(list, index, request) {
    this.list = list;
    this.index = index;
    this.request = request;
  }

  onEnd(end) {
    this.list.ended(this, end);
  }

  onTrace(event) {
    this.list.traced(event, this);
  }

  drop() {
    this.list.forget(this);
  }
}

/** A URL, and what is the caller's. */
function isBare(request) {
  for (const name in request) if (name !== 'url' && name !== 'data') return false;
  return request.url !== undefined;
}

const READ_TOGETHER = 512;
