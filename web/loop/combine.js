/** Awaiting several things, or not for long: asyncio's gather, wait, as_completed, shield, wait_for. */
import { kindOf } from '../common/kind-of.js';
import { within, withinOrLoop } from './context.js';
import { TimeoutError } from './errors.js';
import { Future, PlainFuture } from './future.js';
import { seconds } from './numbers.js';
import { Queue } from './queue.js';
import { Timeout } from './scope.js';

/** @typedef {import('./context.js').Awaiting} Awaiting */
/** @typedef {import('./event-loop.js').Loop} Loop */

/**
 * What can be awaited with others: a task or future; an async function, which becomes a task; a promise, which runs on
 * whatever becomes of those who await it.
 * @template T
 * @typedef {Future<T> | ((task: import('./task.js').Task<any>) => Promise<T> | T) | PromiseLike<T>} Awaitable
 */

/**
 * What gather() gives of `T`: of an array each one's result, in its place. With `returnExceptions` (`E`) it may be an
 * exception, too.
 * @template T
 * @template E
 * @typedef {T extends readonly any[] ? { -readonly [K in keyof T]: true extends E ? any : ResultOf<T[K]> } :
 *   T extends Iterable<infer A> ? (true extends E ? any : ResultOf<A>)[] : never} Gathered
 */

/** @template T @typedef {T extends (...args: any[]) => infer R ? Awaited<R> : Awaited<T>} ResultOf */

/** @template T @param {Loop} loop @param {Awaitable<T>} thing @returns {Future<T>} */
export function ensureFuture(loop, thing) {
  if (thing instanceof Future) return thing;
  if (typeof thing === 'function') return loop.createTask(thing);
  if (typeof thing?.then !== 'function') throw new TypeError(`${kindOf(thing)} can't be awaited`);
  const future = new PlainFuture(loop);
  Promise.resolve(thing).then(
    (value) => future.done() || future.setResult(value),
    (exception) => future.done() || future.setException(exception),
  );
  return future;
}

/** @param {Iterable<Awaitable<any>>} things */
function assertList(things) {
  if (typeof things?.[Symbol.iterator] === 'function') return;
  throw new TypeError(`what is awaited together is given as one list, such as an array, not ${kindOf(things)}`);
}

/** @param {Loop} loop @param {Iterable<Awaitable<any>>} things */
function ensureFutures(loop, things) {
  assertList(things);
  return Array.from(things, (thing) => ensureFuture(loop, thing));
}

/** Call C with the addresses of all. Those that are done have none any more: they are lent others, as done as they are. */
function withAddresses({ bridge }, futures, begin) {
  const lent = [];
  const addresses = futures.map((future) => {
    if (!future.done()) return future.address;
    const address = bridge.made(bridge.wasm._fl__js_future());
    const code = future.hasFailed ? bridge.codeOf(future.failure, future.id) : 0;
    bridge.wasm._fl__js_complete(address, code, bridge.messageOf(code, future.failure));
    lent.push(address);
    return address;
  });
  const begun = begin(bridge.addresses(addresses), addresses.length);
  for (const address of lent) bridge.wasm._fl__js_release(address);
  return begun;
}

/**
 * @param {Loop} loop
 * @param {Iterable<Awaitable<any>>} things
 * @param {{ returnExceptions?: boolean } & Awaiting} [options]
 * @returns {Promise<any>}
 */
export function gather(loop, things, options = {}) {
  const { returnExceptions = false } = options;
  const futures = ensureFutures(loop, things);
  const { bridge, context } = loop;
  return bridge.wait(
    within(context, options, ['returnExceptions']),
    (id, parent) =>
      withAddresses(loop, futures, (at, count) => bridge.wasm._fl__js_gather(id, parent, at, count, returnExceptions)),
    {
      owner: futures,
      futures,
      done: () => futures.map((future) => (returnExceptions && future.hasFailed ? future.waive() : future.result())),
      failed: () => {
        for (const future of futures) future.waive();
      },
    },
  );
}

const RETURN_WHEN = { allCompleted: 0, firstCompleted: 1, firstException: 2 }; // fl_return_when

/**
 * @param {Loop} loop
 * @param {Iterable<Awaitable<any>>} things
 * @param {{ timeout?: number, returnWhen?: keyof typeof RETURN_WHEN } & Awaiting} [options]
 * @returns {Promise<[Set<Future<any>>, Set<Future<any>>]>}
 */
export function wait(loop, things, options = {}) {
  try {
    return beginWait(loop, things, options);
  } catch (exception) {
    return Promise.reject(exception);
  }
}

function beginWait(loop, things, options) {
  const { timeout = Number.POSITIVE_INFINITY, returnWhen = 'allCompleted' } = options;
  const when = RETURN_WHEN[returnWhen];
  if (when === undefined) throw new TypeError(`returnWhen is one of ${Object.keys(RETURN_WHEN).join(', ')}`);
  const limit = seconds(timeout, 'timeout');
  const place = withinOrLoop(loop.context, options, ['timeout', 'returnWhen']);
  assertList(things);
  const futures = ensureFutures(loop, new Set(things));
  const { bridge } = loop;
  if (futures.length === 0) throw bridge.error('FL_EINVAL', 'the list of what is waited for is empty');
  return bridge.wait(
    place,
    (id, parent) =>
      withAddresses(loop, futures, (at, count) => bridge.wasm._fl__js_wait(id, parent, at, count, limit, when)),
    { owner: futures, done: () => doneAndPending(futures) },
  );
}

function doneAndPending(futures) {
  const done = new Set(futures.filter((future) => future.done()));
  return [done, new Set(futures.filter((future) => !done.has(future)))];
}

/** @type {{ value: undefined, done: true }} */
const DONE = { value: undefined, done: true };

/**
 * As asyncio's own is made: a queue that the done callbacks fill. Not a generator, which would await what it yields.
 * @template T
 * @implements {AsyncIterableIterator<Future<T>>}
 * @implements {Iterable<Promise<T>>}
 */
class AsCompleted {
  #loop;
  #awaiting;
  #futures;
  #unasked; // how many have not been asked for,
  #ungiven; // and not been given
  #isLeft = false;
  #timer = null;
  /** @type {Queue<{ future: Future<T> }>} wrapped, for a promise can't be of something that can be awaited */
  #completed;
  #isOver = false;
  #onDone = (future) => this.#isOver || this.#completed.putNowait({ future }); // it may have been called already

  /** @param {Loop} loop @param {Iterable<Awaitable<T>>} things @param {{ timeout?: number } & Awaiting} options */
  constructor(loop, things, options) {
    const { body, signal } = withinOrLoop(loop.context, options, ['timeout']);
    const limit = seconds(options.timeout ?? Number.POSITIVE_INFINITY, 'timeout');
    this.#loop = loop;
    // A task, perhaps: not to be copied.
    this.#awaiting = 'signal' in options ? options : body?.at ? undefined : { signal };
    this.#futures = new Set(ensureFutures(loop, things));
    this.#unasked = this.#futures.size;
    this.#ungiven = this.#futures.size;
    this.#completed = new Queue(loop);
    for (const future of this.#futures) future.addDoneCallback(this.#onDone);
    const mayEnd = this.#ungiven > 0 && limit < Number.POSITIVE_INFINITY;
    if (mayEnd) this.#timer = loop.callLater(limit, () => this.#end());
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** For whoever wants only the results: each is a promise of the next one's. @returns {Generator<Promise<T>>} */
  *[Symbol.iterator]() {
    try {
      for (; this.#unasked > 0; this.#unasked--) yield this.#nextResult();
    } finally {
      if (this.#unasked > 0) this.return();
    }
  }

  async #nextResult() {
    return await (await this.#nextDone()).future.wait(this.#awaiting);
  }

  /** Wrapped, as it is in the queue. */
  async #nextDone() {
    try {
      const completed = await this.#completed.get(this.#awaiting);
      this.#ungiven--;
      if (this.#ungiven === 0) this.#end();
      return completed;
    } catch (exception) {
      throw exception?.code === 'FL_ESHUTDOWN' ? this.#loop.bridge.error('FL_ETIMEOUT') : exception;
    }
  }

  /** @returns {Promise<IteratorResult<Future<T>, undefined>>} */
  async next() {
    if (this.#unasked === 0) return DONE;
    this.#unasked--;
    try {
      const { future } = await this.#nextDone();
      return { value: future, done: false };
    } catch (exception) {
      if (this.#isLeft) return DONE;
      this.return();
      throw exception;
    }
  }

  /** @returns {Promise<IteratorReturnResult<undefined>>} */
  async return() {
    this.#unasked = 0;
    this.#isLeft = true;
    this.#end();
    return DONE;
  }

  /** Nothing more comes; what has come already may be taken. */
  #end() {
    this.#isOver = true;
    this.#timer?.cancel();
    for (const future of this.#futures) future.removeDoneCallback(this.#onDone);
    this.#completed.shutdown();
  }
}

/**
 * @template T
 * @param {Loop} loop
 * @param {Iterable<Awaitable<T>>} things
 * @param {{ timeout?: number } & Awaiting} [options]
 * @returns {AsyncIterableIterator<Future<T>> & Iterable<Promise<T>>}
 */
export function asCompleted(loop, things, options = {}) {
  return new AsCompleted(loop, things, options);
}

/** @template T @param {Loop} loop @param {Awaitable<T>} thing @param {Awaiting} [awaiting] @returns {Promise<T>} */
export function shield(loop, thing, awaiting) {
  const future = ensureFuture(loop, thing);
  if (future.done()) return future.wait(awaiting);
  const { bridge, context } = loop;
  return bridge.wait(
    within(context, awaiting),
    (id, parent) => bridge.wasm._fl__js_shield(id, parent, future.address),
    { owner: future, futures: [future], done: () => future.result() },
  );
}

/**
 * @template T
 * @param {Loop} loop
 * @param {Future<T> | ((scope: Timeout) => Promise<T> | T) | PromiseLike<T>} thing
 * @param {number} limit
 * @param {Awaiting} [awaiting]
 * @returns {Promise<T>}
 */
export function waitFor(loop, thing, limit, awaiting) {
  if (seconds(limit, 'a timeout') <= 0)
    return waitForNothing(loop, ensureFuture(loop, /** @type {any} */ (thing)), awaiting);
  const body = typeof thing === 'function' ? thing : (scope) => ensureFuture(loop, thing).wait(scope);
  return new Timeout(loop, body, awaiting).run(limit);
}

/**
 * As asyncio: what is done is done, all else is cancelled before it begins.
 * @param {Loop} loop @param {Future<any>} future @param {Awaiting} [awaiting]
 */
async function waitForNothing(loop, future, awaiting) {
  if (future.done()) return future.result();
  /** @type {any} */ (future).cancel();
  await wait(loop, [future], awaiting); // not the future itself, which a cancellation of who waits would cancel once more
  try {
    return future.result();
  } catch (exception) {
    if (!future.cancelled()) throw exception;
    throw new TimeoutError(undefined, { cause: exception });
  }
}
