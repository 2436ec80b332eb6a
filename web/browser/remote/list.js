import { isRequest, iteratorOf } from '../../fetch-all.js';
import { lengthOf } from '../../progress.js';
import { packInit } from './messages.js';

/** How many results may be on their way, or wait to be taken; and how many taken ones are told of together. */
export const RESULTS_AHEAD = 128;
const TOLD_TOGETHER = 32;

/** How many URLs are handed over together, where the source has them at hand. */
const URLS_TOGETHER = 64;

/** fetchAll() of a session in a worker, as its page sees it: reads the source when the worker wants more, and gives results. */
export class RemoteList {
  #post;
  #source;
  #begin;
  #begun = false;
  #given = new Map(); // index -> what was given, of those that have not ended
  #count = 0;
  #results = [];
  #takers = [];
  #taken = 0;
  #ended = false;
  #failure = null;
  #left = false;

  /**
   * @param {import('../../session.js').Requests} requests
   * @param {import('../../session.js').RequestInit} init
   * @param {boolean} told of its progress
   * @param {(message: object, transfer?: Transferable[]) => void} post to the other side
   */
  constructor(requests, init, told, post) {
    const shared = pack(init);
    this.#source = iteratorOf(requests);
    this.#post = post;
    this.#begin = () => post({ kind: 'list', init: shared.init, told, total: lengthOf(requests) }, shared.transfer);
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    if (!this.#begun) {
      this.#begun = true;
      this.#begin();
    }
    if (this.#results.length > 0) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#ended) return this.#end();
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  async return(value) {
    this.#left = true;
    this.#results = [];
    if (this.#begun && !this.#ended) this.#post({ kind: 'leave' });
    this.onEnded();
    await this.#source.return?.();
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
      this.#failure = { error };
    }
    if (!this.#left) this.#post({ kind: 'requests', requests, done }, transfer);
  }

  #packRequest(given, transfer) {
    this.#given.set(this.#count++, given);
    if (!isRequest(given)) return String(given);
    const { url, data, ...init } = given;
    const packed = pack(init);
    transfer.push(...packed.transfer);
    return { ...packed.init, url: url && String(url) };
  }

  onResult(result) {
    if (this.#left) return;
    this.#results.push({ ...result, request: this.#given.get(result.index) });
    this.#given.delete(result.index);
    if (this.#takers.length > 0) this.#takers.shift().resolve({ done: false, value: this.#take() });
  }

  onEnded() {
    this.#ended = true;
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
  for (const name of ['stream', 'signal']) {
    if (init[name]) throw new TypeError(`${name} is not for fetchAll() of a session in a worker`);
  }
  return packInit(init);
}
