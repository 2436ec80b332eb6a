/**
 * The results of many URLs, as they end: what ClientSession.fetchAll() gives. Between the source of the URLs and the
 * consumer of the results stands a batch of the C core, which says when the next URL is to be read.
 */
export class FetchAll {
  #session;
  #core;
  #source;
  #askFor;
  #batch;
  #owner;
  #onFinished;
  #asked = new Map(); // id -> { index, url }, of requests that have not ended
  #results = new Queue();
  #takers = new Queue(); // calls of next() that wait for a result
  #count = 0;
  #begun = false; // the source is not touched before the first next(), as in a generator
  #reading = false;
  #sourceDone = false;
  #failure = null; // { error } once the source has thrown

  /**
   * @param {import('./session.js').Session} session
   * @param {import('./core.js').Core} core
   * @param {Iterable<string | URL> | AsyncIterable<string | URL>} urls
   * @param {{ open: (owner: number) => number, ask: (batch: number, url: string) => number, onFinished: () => void }} hooks
   *   open the batch; one more of its requests; all have ended
   */
  constructor(session, core, urls, { open, ask, onFinished }) {
    const source = urls?.[Symbol.asyncIterator]?.() ?? urls?.[Symbol.iterator]?.();
    if (!source || typeof urls === 'string') {
      throw new TypeError('fetchAll() takes an iterable or async iterable of URLs, such as an array');
    }
    this.#session = session;
    this.#core = core;
    this.#source = source;
    this.#askFor = ask;
    this.#onFinished = onFinished;
    this.#owner = core.addOwner(this);
    this.#batch = open(this.#owner);
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    if (!this.#begun) {
      this.#begun = true;
      this.#read();
    }
    if (this.#results.size > 0) return Promise.resolve({ value: this.#take(), done: false });
    if (this.#batch === 0) return this.#end();
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  /** The consumer leaves: cancel what has not ended, and let the source close. */
  async return(value) {
    this.#results = new Queue();
    this.#asked.clear();
    this.#finish();
    // One that is being waited for may never answer.
    if (this.#reading) this.#leaveSource().catch(() => {});
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

  onWants() {
    this.#read();
  }

  onEnd(end) {
    const { index, url, mistake } = this.#asked.get(end.id);
    this.#asked.delete(end.id);
    const result = this.#session.makeResult(index, url, end);
    if (mistake) result.error = mistake;
    if (this.#takers.size > 0) {
      this.#core.batchTaken(this.#batch);
      this.#takers.shift().resolve({ value: result, done: false });
    } else {
      this.#results.push(result);
    }
    this.#finishIfAllEnded();
  }

  /** @internal @param {import('./core.js').TraceEvent} event */
  onTrace(event) {
    this.#session.onTrace(event);
  }

  #take() {
    if (this.#batch !== 0) this.#core.batchTaken(this.#batch);
    return this.#results.shift();
  }

  /** Ask for URLs as long as C wants them. A sync source is read without a promise. */
  async #read() {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#sourceDone && this.#core.batchWants(this.#batch)) {
        let step = this.#source.next();
        if (typeof step?.then === 'function') step = await step;
        if (this.#sourceDone) break; // the consumer left, or the session closed, meanwhile
        if (step.done) this.#sourceDone = true;
        else this.#ask(typeof step.value === 'string' ? step.value : String(await step.value));
      }
    } catch (error) {
      this.#sourceDone = true;
      this.#failure = { error };
    }
    this.#reading = false;
    this.#finishIfAllEnded();
  }

  #ask(url) {
    let id;
    let mistake = null;
    try {
      id = this.#askFor(this.#batch, url);
    } catch (error) {
      mistake = error; // a URL that the session's own options refuse ends as one that C does
      id = this.#core.batchGet(this.#batch, '', 0);
    }
    if (id < 0) throw this.#core.error(id, url);
    this.#asked.set(id, { index: this.#count++, url, mistake });
  }

  #finishIfAllEnded() {
    if (this.#sourceDone && this.#asked.size === 0) this.#finish();
  }

  #finish() {
    if (this.#batch === 0) return;
    this.#core.closeBatch(this.#batch);
    this.#core.removeOwner(this.#owner);
    this.#batch = 0;
    this.#onFinished();
    while (this.#takers.size > 0) {
      const { resolve, reject } = this.#takers.shift();
      this.#end().then(resolve, reject);
    }
  }

  async #leaveSource() {
    if (this.#sourceDone) return;
    this.#sourceDone = true;
    await this.#source.return?.();
  }

  async #end() {
    const failure = this.#failure;
    this.#failure = null; // thrown once, as a generator does
    if (failure) throw failure.error;
    return { value: undefined, done: true };
  }
}

/** First in, first out, without Array.shift()'s walk. */
class Queue {
  #items = [];
  #head = 0;

  get size() {
    return this.#items.length - this.#head;
  }

  push(item) {
    this.#items.push(item);
  }

  shift() {
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }
}
