import { forgetAborted, onceAborted } from '../common/aborts.js';
import { kindOf } from '../common/kind-of.js';
import { Body } from './body.js';
import { Bridge } from './bridge.js';
import { withinOrLoop } from './context.js';
import { seconds } from './numbers.js';
import { Task } from './task.js';

/**
 * An async function with a rule for its end. What it is called with stands for it, as a task does: sleep(1, scope), or
 * { signal: scope.signal }.
 */
class Scope {
  #loop;
  #coroutine;
  #outer;
  #within;
  #settle = { resolve: null, reject: null };
  #promise = null;

  /** @internal @param {import('./event-loop.js').Loop} loop */
  constructor(loop, fn, awaiting) {
    if (typeof fn !== 'function') throw new TypeError(`it takes an async function, not ${kindOf(fn)}`);
    this.#loop = loop;
    const { body: outer, signal } = withinOrLoop(loop.context, awaiting);
    this.#outer = outer;
    this.#within = signal;
    const onEnd = (error, message, outcome) => {
      forgetAborted(signal, this.#onAbort);
      this.leave();
      if (error === loop.bridge.cancelled) Bridge.needNotBeAwaited(this.#promise);
      if (error === 0) this.#settle.resolve(outcome.value);
      else this.#settle.reject(this.exceptionOf(error, message, outcome, signal));
    };
    this.#coroutine = new Body(loop, fn, this, { outer, onEnd });
  }

  #onAbort = () => this.#coroutine.abort();

  /** @internal @param {(id: number, outer: number) => number} make C's, as Body's start() takes it */
  enter(make) {
    const body = this.#coroutine;
    this.#promise = new Promise((resolve, reject) => {
      this.#within?.throwIfAborted();
      this.#settle = { resolve, reject };
      this.#loop.bridge.made(body.start(() => make(body.id, this.#outer?.at ?? 0)) ? 1 : 0);
      onceAborted(this.#within, this.#onAbort);
      body.begin();
    });
    return this.#promise;
  }

  /** @internal What is asked of it afterwards. */
  leave() {}

  get loop() {
    return this.#loop;
  }

  /** @internal */
  get coroutine() {
    return this.#coroutine;
  }

  /** Aborted when it is over its time, a task of the group has failed, or the task around it is cancelled. @returns {AbortSignal} */
  get signal() {
    return this.coroutine.signal;
  }

  /** sleep() as part of it. @param {number} seconds */
  sleep(seconds) {
    return this.loop.sleep(seconds, this);
  }

  /** @internal */
  exceptionOf(error, message, { exception }, signal) {
    const { bridge } = this.loop;
    if (error !== bridge.cancelled) return bridge.failureOf(error, message, exception);
    if (signal?.aborted) return signal.reason;
    return exception?.code === 'FL_ECANCELLED' ? exception : bridge.error(error, message);
  }
}

/** A deadline for what an async function awaits: asyncio.timeout(). See loop.timeout(). */
export class Timeout extends Scope {
  /** @internal @param {number} seconds Infinity: none */
  run(seconds) {
    const { wasm } = this.loop.bridge;
    return this.enter((id, outer) => wasm._fl__js_timeout(id, outer, seconds));
  }

  /** When it will be over, on the clock of loop.time(). Infinity: never. @returns {number} */
  when() {
    return this.coroutine.at === 0 ? this.#when : this.loop.bridge.wasm._fl__js_timeout_when(this.coroutine.at);
  }

  /** @param {number} when on the clock of loop.time(); Infinity: never */
  reschedule(when) {
    const message = "the timeout is over, and can't be rescheduled";
    if (this.coroutine.at === 0) throw this.loop.bridge.error('FL_ESTATE', message);
    this.loop.bridge.check(
      this.loop.bridge.wasm._fl__js_reschedule(this.coroutine.at, seconds(when, 'a time')),
      message,
    );
  }

  expired() {
    return (
      this.#expired ||
      (this.coroutine.at !== 0 && this.loop.bridge.wasm._fl__js_timeout_expired(this.coroutine.at) !== 0)
    );
  }

  #expired = false;
  #when = Number.NaN;

  /** @internal */
  leave() {
    this.#expired = this.expired();
    this.#when = this.when();
  }

  /** @internal */
  exceptionOf(error, message, outcome, signal) {
    const made = this.loop.bridge.error;
    if (error === this.loop.bridge.timedOut) {
      const { exception } = outcome;
      return Object.assign(made.call(this.loop.bridge, error, message), exception && { cause: exception });
    }
    return super.exceptionOf(error, message, outcome, signal);
  }
}

/** Tasks that end together: asyncio.TaskGroup. See loop.taskGroup(). */
export class TaskGroup extends Scope {
  /** @type {Map<number, Task<any>>} */
  #failed = new Map();

  /** @internal */
  run() {
    const { wasm } = this.loop.bridge;
    return this.enter((id, outer) => wasm._fl__js_group(id, outer));
  }

  /**
   * As loop.createTask(). Throws FL_ESTATE when the group is shutting down or has ended.
   * @template T
   * @param {(task: Task<any>) => Promise<T> | T} fn
   * @param {{ name?: string, eager?: boolean }} [options]
   * @returns {Task<T>}
   */
  createTask(fn, options = {}) {
    if (this.coroutine.at === 0) throw this.loop.bridge.error('FL_ESTATE', 'the TaskGroup is finished');
    const onFailed = (task) => this.#failed.set(task.id, task);
    return new Task(this.loop, fn, options, { at: this.coroutine.at, onFailed });
  }

  /** @internal */
  exceptionOf(error, message, outcome, signal) {
    const { bridge } = this.loop;
    if (error !== bridge.groupFailed) return super.exceptionOf(error, message, outcome, signal);
    const failed = (i) => this.#failed.get(bridge.wasm._fl__js_group_failed(this.coroutine.at, i));
    const errors = [];
    for (let task = failed(0); task; task = failed(errors.length)) errors.push(task.exception());
    const { hasFailed, exception } = outcome;
    if (hasFailed && exception?.code !== 'FL_ECANCELLED') errors.push(exception);
    const count = `${errors.length} sub-exception${errors.length === 1 ? '' : 's'}`;
    return Object.assign(new AggregateError(errors, `unhandled errors in a TaskGroup (${count})`), {
      code: 'FL_EGROUP',
    });
  }
}
