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
  #results = [];
  #takers = [];
  #taken = 0;
  #ended = false;
  #failure = null;
  #left = false;

  /**
   * @param {Iterable<string | URL> | AsyncIterable<string | URL>} urls
   * @param {(message: object) => void} post to the other side
   */
  constructor(urls, post) {
    const source = urls?.[Symbol.asyncIterator]?.() ?? urls?.[Symbol.iterator]?.();
    if (!source || typeof urls === 'string') {
      throw new TypeError('fetchAll() takes an iterable or async iterable of URLs, such as an array');
    }
    this.#source = source;
    this.#post = post;
    this.#begin = () => post({ kind: 'list' });
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
    const urls = [];
    let done = false;
    try {
      while (!done && urls.length < URLS_TOGETHER) {
        const step = this.#source.next();
        const isAsync = typeof step?.then === 'function';
        const { done: last, value } = isAsync ? await step : step;
        done = last === true;
        if (!done) urls.push(String(await value));
        if (isAsync) break; // the next may be long in coming
      }
    } catch (error) {
      done = true;
      this.#failure = { error };
    }
    if (!this.#left) this.#post({ kind: 'urls', urls, done });
  }

  onResult(result) {
    if (this.#left) return;
    this.#results.push(result);
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
