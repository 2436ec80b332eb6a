import { isRequest, iteratorOf } from '../../list-given.js';
import { lengthOf } from '../../progress.js';
import { packInit } from './messages.js';

/** How many results are told of together, when they have been taken. */
const TOLD_TOGETHER = 32;

/** How many URLs are handed over together, where the source has them at hand. */
const URLS_TOGETHER = 64;

/** fetchAll() of a session in a worker, as its page sees it: reads the source when the worker wants more, and gives results. */
export class RemoteList {
  #post;
  #urlOf;
  #source;
  #begin;
  #begun = false;
  #given = new Map(); // index -> what was given, of those that have not ended
  #mistakes = new Map(); // index -> what is wrong with it
  #count = 0;
  #results = [];
  #takers = [];
  #taken = 0;
  #ended = false;
  #failure = null;
  #left = false;
  #isReading = false; // the source
  #sourceDone = false;

  /**
   * @param {import('../../given.js').Requests} requests
   * @param {import('../../given.js').RequestInit} init
   * @param {object} by
   * @param {boolean} by.told of its progress
   * @param {AbortSignal | undefined} by.signal
   * @param {(url: string | URL) => string} by.urlOf as it can be sent
   * @param {(message: object, transfer?: any[]) => void} by.post to the other side
   * @param {() => void} by.onBegun it will be told of what comes from there
   */
  constructor(requests, init, { told, signal, urlOf, post, onBegun }) {
    const shared = pack(init);
    this.#source = iteratorOf(requests);
    this.#post = post;
    this.#urlOf = urlOf;
    this.#begin = () => {
      onBegun();
      const isAborted = signal?.aborted; // undefined: it has none
      post({ kind: 'list', init: shared.init, told, isAborted, total: lengthOf(requests) }, shared.transfer);
    };
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    if (!this.#begun) {
      this.#begun = true;
      if (!this.#ended) this.#begin();
    }
    if (this.#results.length > 0) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#ended) return this.#end();
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  async return(value) {
    this.#left = true;
    this.#results = [];
    if (this.#begun && !this.#ended) this.#post({ kind: 'leave' });
    const left = this.#leaveSource();
    this.onEnded();
    // One that is asked for its next may take as long as it likes for it, and answers no return() before.
    if (this.#isReading) left.catch(() => {});
    else await left;
    return { done: true, value };
  }

  [Symbol.asyncDispose]() {
    return this.return();
  }

  // From the other side.

  async onWants() {
    const requests = [];
    const transfer = [];
    let done = false;
    this.#isReading = true;
    try {
      while (!done && requests.length < URLS_TOGETHER) {
        const step = this.#source.next();
        const isAsync = 'then' in step;
        const { done: last, value } = isAsync ? await step : step;
        done = last === true;
        if (!done) requests.push(this.#packRequest(await value, transfer));
        if (isAsync) break; // the next may be long in coming
      }
    } catch (error) {
      done = true;
      this.#fail(error);
    }
    this.#isReading = false;
    this.#sourceDone ||= done;
    if (!this.#left) this.#give({ kind: 'requests', requests, done }, transfer);
  }

  /** What can't be cloned ends the list, as a source that throws does. */
  #give(message, transfer) {
    try {
      this.#post(message, transfer);
    } catch (error) {
      if (!this.#failure) this.#fail(error);
      this.#post({ kind: 'requests', requests: [], done: true });
    }
  }

  #fail(error) {
    this.#failure = { error };
    this.#leaveSource().catch(() => {}); // it may have been what it gave that failed
  }

  async #leaveSource() {
    if (this.#sourceDone) return;
    this.#sourceDone = true;
    await this.#source.return?.();
  }

  #packRequest(given, transfer) {
    const index = this.#count++;
    this.#given.set(index, given);
    try {
      if (!isRequest(given)) return this.#urlOf(given);
      const { url, data, ...init } = given;
      const packed = pack(init);
      transfer.push(...packed.transfer);
      return { ...packed.init, url: url && this.#urlOf(url) };
    } catch (error) {
      this.#mistakes.set(index, error);
      return { url: undefined }; // which ends at once, in its place
    }
  }

  onResult(result) {
    if (this.#left) return;
    const request = this.#given.get(result.index);
    const mistake = this.#mistakes.get(result.index);
    const url = mistake ? '' : String(isRequest(request) ? request.url : request); // as it was given
    this.#results.push({ ...result, url, request, ...(mistake && { error: mistake }) });
    this.#mistakes.delete(result.index);
    this.#given.delete(result.index);
    if (this.#takers.length > 0) this.#takers.shift().resolve({ done: false, value: this.#take() });
  }

  /** @param {{ error: any } | null} [failure] there is more that will never come */
  onEnded(failure) {
    this.#ended = true;
    if (failure && !this.#left) this.#failure ??= failure;
    this.#leaveSource().catch(() => {});
    for (const { resolve, reject } of this.#takers.splice(0)) this.#end().then(resolve, reject);
  }

  #take() {
    if (++this.#taken % TOLD_TOGETHER === 0) this.#post({ kind: 'taken', count: TOLD_TOGETHER });
    return this.#results.shift();
  }

  async #end() {
    const failure = this.#failure;
    this.#failure = null;
    if (failure) throw failure.error;
    return { done: true, value: undefined };
  }
}

function pack(init) {
  for (const name in init) {
    const isLeft = name === 'stream' || name === 'signal' || typeof init[name] === 'function';
    if (isLeft && init[name]) throw new TypeError(`${name} is not for fetchAll() of a session in a worker`);
  }
  return packInit(init);
}
