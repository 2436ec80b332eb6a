/** asyncio's locks. Each takes the loop first; who waits is served in the order of coming. */
import { kindOf } from '../common/kind-of.js';
import { bridgeOf } from './bridge-of.js';
import { within } from './context.js';
import { count } from './numbers.js';

/** @typedef {import('./context.js').Awaiting} Awaiting */
/** @typedef {import('./event-loop.js').Loop} Loop */

// Messages are asyncio's.

/** A struct of C's. What it has isn't for console.log(), which would print the whole module. */
class Shared {
  #loop;
  #bridge;
  #wasm;
  #at;

  /** @internal @param {Loop} loop @param {(wasm: any) => number} make gives its address, or 0 */
  constructor(loop, make) {
    const bridge = bridgeOf(loop);
    const at = bridge.made(make(bridge.wasm));
    this.#loop = loop;
    this.#bridge = bridge;
    this.#wasm = bridge.wasm;
    this.#at = at;
    bridge.own(this, () => bridge.wasm._fl__js_free(at));
  }

  /** @internal */
  get bridge() {
    return this.#bridge;
  }

  /** @internal */
  get wasm() {
    return this.#wasm;
  }

  /** @internal */
  get at() {
    return this.#at;
  }

  /** @internal @param {Awaiting | undefined} awaiting @param {Function} begin C's */
  wait(awaiting, begin, done) {
    return this.bridge.wait(within(this.#loop.context, awaiting), (id, parent) => begin(id, parent, this.#at), {
      owner: this,
      done,
    });
  }
}

/** What can be acquired, and is to be released: by lock.use(), or, from Node 24 on, by `using held = await lock.acquire()`. */
class Acquired extends Shared {
  /** @param {Awaiting} [_awaiting] @returns {Promise<this>} */
  acquire(_awaiting) {
    throw new TypeError('abstract');
  }

  /** Throws FL_ESTATE when it isn't acquired, but for a Semaphore. @returns {void} */
  release() {
    throw new TypeError('abstract');
  }

  /**
   * Call `fn` while it is held: `async with lock:`.
   * @template T @param {() => Promise<T> | T} fn @param {Awaiting} [awaiting] @returns {Promise<T>}
   */
  async use(fn, awaiting) {
    await this.acquire(awaiting);
    try {
      return await fn();
    } finally {
      this.release();
    }
  }

  [Symbol.dispose]() {
    this.release();
  }
}

/** asyncio.Lock */
export class Lock extends Acquired {
  /** @param {Loop} loop */
  constructor(loop) {
    super(loop, (wasm) => wasm._fl__js_lock());
  }

  /** @param {Awaiting} [awaiting] @returns {Promise<this>} */
  acquire(awaiting) {
    return this.wait(awaiting, this.wasm._fl__js_lock_acquire, () => this);
  }

  /** Throws FL_ESTATE when it isn't locked. */
  release() {
    this.bridge.check(this.wasm._fl__js_lock_release(this.at), 'Lock is not acquired.');
  }

  locked() {
    return this.wasm._fl__js_lock_locked(this.at) !== 0;
  }
}

/** asyncio.Event */
export class LoopEvent extends Shared {
  /** @param {Loop} loop */
  constructor(loop) {
    super(loop, (wasm) => wasm._fl__js_event());
  }

  /** Lasts until it is set. @param {Awaiting} [awaiting] @returns {Promise<true>} */
  wait(awaiting) {
    return super.wait(awaiting, this.wasm._fl__js_event_wait, () => true);
  }

  set() {
    this.wasm._fl__js_event_set(this.at);
  }

  clear() {
    this.wasm._fl__js_event_clear(this.at);
  }

  isSet() {
    return this.wasm._fl__js_event_is_set(this.at) !== 0;
  }
}

/** asyncio.Condition. wait() gives up the lock, and has it again when it returns, also when it was cancelled. */
export class Condition extends Acquired {
  #lock;

  /** @param {Loop} loop @param {Lock} [lock] default: one of its own */
  constructor(loop, lock = new Lock(loop)) {
    if (!(lock instanceof Lock)) throw new TypeError(`a condition's lock is a Lock, not ${kindOf(lock)}`);
    super(loop, (wasm) => wasm._fl__js_condition(lock.at));
    this.#lock = lock;
  }

  /** @param {Awaiting} [awaiting] @returns {Promise<this>} */
  async acquire(awaiting) {
    await this.#lock.acquire(awaiting);
    return this;
  }

  release() {
    this.#lock.release();
  }

  locked() {
    return this.#lock.locked();
  }

  /** Until it is notified. Rejects with FL_ESTATE when the lock isn't held. @param {Awaiting} [awaiting] @returns {Promise<true>} */
  wait(awaiting) {
    return super.wait(awaiting, this.wasm._fl__js_condition_wait, () => this.#lock && true);
  }

  /** Until `predicate` holds, which is asked each time it is notified. @template T @param {() => T} predicate @param {Awaiting} [awaiting] */
  async waitFor(predicate, awaiting) {
    for (;;) {
      const holds = predicate();
      if (holds) return holds;
      await this.wait(awaiting);
    }
  }

  /** Throws FL_ESTATE when the lock isn't held. */
  notify(n = 1) {
    this.bridge.check(this.wasm._fl__js_condition_notify(this.at, n), 'cannot notify on un-acquired lock');
  }

  notifyAll() {
    this.notify(Number.POSITIVE_INFINITY);
  }
}

/** asyncio.Semaphore */
export class Semaphore extends Acquired {
  /** @param {Loop} loop @param {number} [value] */
  constructor(loop, value = 1) {
    const isBounded = new.target === BoundedSemaphore || new.target.prototype instanceof BoundedSemaphore;
    super(loop, (wasm) => wasm._fl__js_semaphore(count(value, 'value'), isBounded));
  }

  /** @param {Awaiting} [awaiting] @returns {Promise<this>} */
  acquire(awaiting) {
    return this.wait(awaiting, this.wasm._fl__js_semaphore_acquire, () => this);
  }

  /** Of a BoundedSemaphore throws FL_ESTATE when it is released more often than acquired. */
  release() {
    this.bridge.check(this.wasm._fl__js_semaphore_release(this.at), 'BoundedSemaphore released too many times');
  }

  /** acquire() would have to wait. */
  locked() {
    return this.wasm._fl__js_semaphore_locked(this.at) !== 0;
  }
}

/** asyncio.BoundedSemaphore */
export class BoundedSemaphore extends Semaphore {}

/** asyncio.Barrier */
export class Barrier extends Shared {
  #parties;

  /** @param {Loop} loop @param {number} parties */
  constructor(loop, parties) {
    super(loop, (wasm) => wasm._fl__js_barrier(count(parties, 'parties', 1)));
    this.#parties = parties;
  }

  /**
   * Until `parties` have come. Gives 0 to the first of them to come, and so on. Rejects with FL_EBROKEN.
   * @param {Awaiting} [awaiting] @returns {Promise<number>}
   */
  wait(awaiting) {
    return super.wait(awaiting, this.wasm._fl__js_barrier_wait, (index) => index);
  }

  /** Who waits gets FL_EBROKEN, then it is as new. @param {Awaiting} [awaiting] @returns {Promise<void>} */
  reset(awaiting) {
    return super.wait(awaiting, this.wasm._fl__js_barrier_reset);
  }

  /** It stays broken until it is reset. @param {Awaiting} [awaiting] @returns {Promise<void>} */
  abort(awaiting) {
    return super.wait(awaiting, this.wasm._fl__js_barrier_abort);
  }

  get parties() {
    return this.#parties;
  }

  /** @returns {number} */
  get nWaiting() {
    return this.wasm._fl__js_barrier_waiting(this.at);
  }

  get broken() {
    return this.wasm._fl__js_barrier_broken(this.at) !== 0;
  }
}
