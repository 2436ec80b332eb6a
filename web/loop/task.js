import { kindOf } from '../common/kind-of.js';
import { Body } from './body.js';
import { within } from './context.js';
import { Future } from './future.js';
import { assertNames } from './options.js';

/**
 * An async function that runs beside the others: asyncio.Task. Made by loop.createTask(), or that of a task group. It
 * starts in the loop's next turn.
 *
 * cancel() makes the await at which the function stands reject with a CancelledError, in the next turn, wherever that
 * await is the loop's: sleep(), queue.get(), another task. `signal` is aborted with it, for what isn't: fetch(url, task).
 * @template T
 * @extends {Future<T>}
 */
export class Task extends Future {
  #name;
  #fn;
  #coroutine;

  /**
   * @internal
   * @param {import('./event-loop.js').Loop} loop
   * @param {(task: Task<any>) => Promise<T> | T} fn
   * @param {{ name?: string, eager?: boolean }} options
   * @param {{ at: number, onFailed: (task: Task<T>) => void }} [group] its members' end is told to it
   */
  constructor(loop, fn, options, group) {
    if (options === undefined) throw new TypeError('a task is made by its loop: loop.createTask()');
    assertNames(options, ['name', 'eager']);
    const { name, eager = false } = options;
    if (typeof fn !== 'function') {
      const hint = typeof (/** @type {any} */ (fn)?.then) === 'function' ? ': write createTask(() => f())' : '';
      throw new TypeError(`a task is made of an async function, not of ${kindOf(fn)}${hint}`);
    }
    super(loop);
    this.#name = name ?? loop.nextName();
    this.#fn = fn.name;
    const onEnd = (error, message, outcome) => {
      this.#onEnd(error, message, outcome);
      if (error !== 0 && error !== loop.bridge.cancelled) group?.onFailed(this);
    };
    this.#coroutine = new Body(loop, fn, this, { captured: loop.context.capture(), onEnd });
    const { wasm } = loop.bridge;
    loop.addTask(this);
    if (!this.#coroutine.start(() => wasm._fl__js_task(this.#coroutine.id, eager, group?.at ?? 0))) {
      loop.removeTask(this);
      throw group ? loop.bridge.error('FL_ESTATE', 'the TaskGroup is shutting down') : loop.bridge.error('FL_ENOMEM');
    }
  }

  /** @internal Of the class, so that a task that is given for `{ signal }` has nothing else: its method, or body. */
  get coroutine() {
    return this.#coroutine;
  }

  /** @internal */
  get id() {
    return this.#coroutine.id;
  }

  /** @internal */
  get address() {
    return this.#coroutine.at;
  }

  get name() {
    return this.#name;
  }

  set name(name) {
    this.#name = String(name);
  }

  getName() {
    return this.#name;
  }

  setName(name) {
    this.name = name;
  }

  /** Aborted when the task is asked to be cancelled. After that it is another, for whoever caught it and goes on. @returns {AbortSignal} */
  get signal() {
    return this.#coroutine.signal;
  }

  /** Ask it to be cancelled. @param {string} [message] of the CancelledError @returns {boolean} false: it is done */
  cancel(message) {
    return this.#coroutine.cancel(message);
  }

  /** How many requests to cancel it have not been taken back. @returns {number} */
  cancelling() {
    return this.#coroutine.cancelling();
  }

  /** Take one back, as who catches a cancellation of its own making does. @returns {number} how many are left */
  uncancel() {
    return this.#coroutine.uncancel();
  }

  /** sleep() as part of the task. @param {number} seconds */
  sleep(seconds) {
    return this.loop.sleep(seconds, this);
  }

  /** @param {import('./context.js').Awaiting} [awaiting] @returns {Promise<T>} rejects with FL_EDEADLOCK for the task itself */
  wait(awaiting) {
    const isItself = within(this.loop.context, awaiting).body?.outermost() === this.#coroutine;
    return isItself && !this.done() ? Promise.reject(this.loop.bridge.error('FL_EDEADLOCK')) : super.wait(awaiting);
  }

  toString() {
    const state = this.cancelled() ? 'cancelled' : this.done() ? 'done' : 'pending';
    return `<Task ${this.#name} ${this.#fn || 'anonymous'} ${state}>`;
  }

  #onEnd(error, message, { value, exception }) {
    this.loop.removeTask(this);
    if (error === 0) this.settle('finished', value, undefined);
    else if (error === this.loop.bridge.cancelled)
      this.settle('cancelled', undefined, this.#cancelled(message, exception));
    else this.settle('failed', undefined, this.loop.bridge.failureOf(error, message, exception));
  }

  #cancelled(message, exception) {
    return exception?.code === 'FL_ECANCELLED' ? exception : this.loop.bridge.error('FL_ECANCELLED', message);
  }

  /** @internal */
  described() {
    return { message: 'Task exception was never retrieved', name: this.#name };
  }
}
