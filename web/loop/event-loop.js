/// <reference lib="esnext.disposable" preserve="true" />
import { kindOf } from '../common/kind-of.js';
import { Bridge } from './bridge.js';
import { asCompleted, ensureFuture, gather, shield, wait, waitFor } from './combine.js';
import { withinOrLoop } from './context.js';
import { CancelledError } from './errors.js';
import { PlainFuture } from './future.js';
import { Handle, TimerHandle } from './handle.js';
import { count, seconds } from './numbers.js';
import { assertNames } from './options.js';
import { TaskGroup, Timeout } from './scope.js';
import { Task } from './task.js';

/** @typedef {import('./context.js').Awaiting} Awaiting */
/** @template T @typedef {import('./combine.js').Awaitable<T>} Awaitable */
/** @template T @typedef {import('./future.js').Future<T>} Future */

/**
 * What nobody awaits, or a callback has thrown.
 * @typedef {object} ExceptionContext
 * @property {string} message asyncio's words
 * @property {unknown} exception
 * @property {Task<any>} [task]
 * @property {string} [name] of the task
 * @property {Handle} [handle]
 */

/**
 * What a platform brings along.
 * @typedef {object} LoopPlatform
 * @property {import('./context.js').Context} context
 * @property {(options: ExecutorOptions) => import('./executor.js').Pool} makePool
 * @property {(report: () => void) => () => void} [atExit] call it when the program ends; gives what takes that back
 *
 * The workers of runInExecutor().
 * @typedef {object} ExecutorOptions
 * @property {number} [workers] at most; default: as many as the machine has processors, less one
 */

/**
 * asyncio's loop, for callbacks and tasks of JavaScript's. Open one with EventLoop.open(). The loop itself is the C core's, one
 * for the whole module and its sessions; what an EventLoop has of its own are its tasks and timers, which end with it.
 *
 * In a turn the timers that are due join what is ready, and then what was ready runs, first in, first out. When the loop
 * lets an async function go on, the next callback waits until that has come to its next await of the loop's (or 16
 * microtasks long, when it awaits something else). So tasks and callbacks take turns as in asyncio. Promises that have nothing
 * to do with the loop are the platform's, as ever.
 */
export class Loop {
  #platform;
  #bridge;
  /** @type {Set<Task<any>>} */
  #tasks = new Set();
  /** @type {Set<TimerHandle>} */
  #timers = new Set();
  #failures = new Set();
  #forgetExit = null; // takes back that they are reported at the program's end
  #collected = new FinalizationRegistry((failure) => this.#report(failure));
  #names = 0;
  #handler = null;
  #executorOptions;
  #pool = null;
  #closed = null; // the promise of it
  #isClosed = false;
  #over = new AbortController();
  #context;

  /** @internal @param {import('../core.js').Core} core @param {LoopPlatform} platform @param {{ executor?: ExecutorOptions }} options */
  constructor(core, platform, options) {
    if (!core) throw new TypeError('a loop is opened: await EventLoop.open()');
    assertNames(options, ['executor']);
    const { executor = {} } = options;
    assertNames(executor, ['workers']);
    this.#platform = platform;
    this.#context = { ...platform.context, over: this.#over.signal };
    this.#executorOptions = executor;
    if (executor.workers !== undefined) count(executor.workers, 'workers', 1);
    this.#bridge = core.openLoop(Bridge);
  }

  // Not for console.log(), which would print the whole module.

  /** @internal @returns {Bridge} */
  get bridge() {
    return this.#bridge;
  }

  /** @internal */
  get context() {
    return this.#context;
  }

  /** Now, in seconds, on the clock of callAt(), which goes on by the millisecond within a turn. @returns {number} */
  time() {
    return this.bridge.wasm._fl__js_loop_time();
  }

  // Callbacks

  /** Call it in the next turn. @param {(...args: any[]) => void} callback @param {...any} args @returns {Handle} */
  callSoon(callback, ...args) {
    this.#assertOpen();
    return new Handle(this, callback, args).schedule((slot) => this.bridge.wasm._fl__js_call_soon(slot));
  }

  /** @param {number} delay in seconds @param {(...args: any[]) => void} callback @param {...any} args @returns {TimerHandle} */
  callLater(delay, callback, ...args) {
    return this.callAt(this.time() + Math.max(seconds(delay, 'a delay'), 0), callback, ...args);
  }

  /** Call it at that time: timers run in the order of their times, and then of their making. @param {number} when @param {(...args: any[]) => void} callback @param {...any} args @returns {TimerHandle} */
  callAt(when, callback, ...args) {
    this.#assertOpen();
    const at = seconds(when, 'a time');
    const handle = new TimerHandle(this, this.#timers, at, callback, args);
    handle.schedule((slot) => this.bridge.wasm._fl__js_call_at(slot, at));
    return handle;
  }

  // Tasks

  /** @template [T=any] @returns {PlainFuture<T>} */
  createFuture() {
    this.#assertOpen();
    return new PlainFuture(this);
  }

  /**
   * Run `fn(task)`, an async function, beside the others, from the next turn on; `eager`: from now on.
   * @template T
   * @param {(task: Task<any>) => Promise<T> | T} fn
   * @param {{ name?: string, eager?: boolean }} [options]
   * @returns {Task<T>}
   */
  createTask(fn, options = {}) {
    this.#assertOpen();
    return new Task(this, fn, options);
  }

  /** A future of it: of a function a task, of a promise one that ends with it. @template T @param {Awaitable<T>} thing */
  ensureFuture(thing) {
    return ensureFuture(this, thing);
  }

  /**
   * The result of an async function, which is called as a task, or of a task or a promise. The loop runs anyway, as the
   * platform's own does: this only waits.
   * @template T @param {Awaitable<T>} thing @returns {Promise<T>}
   */
  async runUntilComplete(thing) {
    this.#assertOpen();
    return await ensureFuture(this, thing).wait({ signal: undefined });
  }

  /** The task that the code runs in, where the platform can tell (not in browsers yet); else null. @returns {Task<any> | null} */
  currentTask() {
    return this.context.get()?.outermost().owner ?? null;
  }

  /** Those that are not done, oldest first. @returns {Set<Task<any>>} */
  allTasks() {
    return new Set(this.#tasks);
  }

  // Awaits

  /**
   * @param {number} delay in seconds; 0 or less only lets others run
   * @param {Awaiting} [awaiting]
   * @returns {Promise<void>}
   */
  sleep(delay, awaiting) {
    this.#assertOpen();
    const { wasm } = this.bridge;
    const length = seconds(delay, 'a delay');
    return this.bridge.wait(
      withinOrLoop(this.context, awaiting),
      (id, parent) => wasm._fl__js_sleep(id, parent, length),
      {
        owner: this,
      },
    );
  }

  /**
   * Await all, and give their results in the order in which they are given. The first exception is the await's, at once,
   * and the others run on; with `returnExceptions` they stand among the results. Cancelling it cancels all.
   * @template {readonly Awaitable<any>[] | [] | Iterable<Awaitable<any>>} T
   * @template {boolean} [E=false]
   * @param {T} things
   * @param {{ returnExceptions?: E } & Awaiting} [options]
   * @returns {Promise<import('./combine.js').Gathered<T, E>>}
   */
  gather(things, options) {
    this.#assertOpen();
    return gather(this, things, options);
  }

  /**
   * Await until all (or one, or one with an exception) are done, or the time is over. Nothing is cancelled, nothing thrown.
   * @param {Iterable<Awaitable<any>>} things
   * @param {{ timeout?: number, returnWhen?: 'allCompleted' | 'firstCompleted' | 'firstException' } & Awaiting} [options]
   * @returns {Promise<[done: Set<import('./future.js').Future<any>>, pending: Set<import('./future.js').Future<any>>]>}
   */
  wait(things, options) {
    this.#assertOpen();
    return wait(this, things, options);
  }

  /**
   * As they come: `for await (const future of loop.asCompleted(tasks)) await future`, or
   * `for (const next of loop.asCompleted(tasks)) await next` for their results alone. After `timeout` seconds a
   * TimeoutError. (What `for await` gives is a future; TypeScript, which takes it for awaited, thinks that it is a result:
   * prefer the other there.)
   * @template T
   * @param {Iterable<Awaitable<T>>} things
   * @param {{ timeout?: number } & Awaiting} [options]
   */
  asCompleted(things, options) {
    this.#assertOpen();
    return asCompleted(this, things, options);
  }

  /** Await it, but let it run on when the await is cancelled. @template T @param {Awaitable<T>} thing @param {Awaiting} [awaiting] */
  shield(thing, awaiting) {
    this.#assertOpen();
    return shield(this, thing, awaiting);
  }

  /**
   * Await it for so many seconds: then it is cancelled, and the await rejects with a TimeoutError. (What is only a promise
   * runs on.)
   * @template T
   * @param {Future<T> | ((scope: Timeout) => Promise<T> | T) | PromiseLike<T>} thing
   * @param {number} timeout in seconds
   * @param {Awaiting} [awaiting]
   * @returns {Promise<T>}
   */
  waitFor(thing, timeout, awaiting) {
    this.#assertOpen();
    return waitFor(this, thing, timeout, awaiting);
  }

  /**
   * Call `fn(scope)`; what it awaits is cancelled after so many seconds, and then this rejects with a TimeoutError, unless
   * the function ends otherwise. `async with timeout(1):`
   * @template T
   * @param {number} delay Infinity: none; see Timeout.reschedule()
   * @param {(scope: Timeout) => Promise<T> | T} fn
   * @param {Awaiting} [awaiting]
   * @returns {Promise<T>}
   */
  timeout(delay, fn, awaiting) {
    this.#assertOpen();
    return new Timeout(this, fn, awaiting).run(seconds(delay, 'a timeout'));
  }

  /** The same, with a time on the clock of loop.time(). @template T @param {number} when @param {(scope: Timeout) => Promise<T> | T} fn @param {Awaiting} [awaiting] @returns {Promise<T>} */
  timeoutAt(when, fn, awaiting) {
    return this.timeout(seconds(when, 'a time') - this.time(), fn, awaiting);
  }

  /**
   * Call `fn(group)` and await it and all tasks that are made with group.createTask(). When one fails, or the function
   * does, the others are cancelled, and in the end this rejects with an AggregateError of them all. `async with TaskGroup():`
   * @template T
   * @param {(group: TaskGroup) => Promise<T> | T} fn
   * @param {Awaiting} [awaiting]
   * @returns {Promise<T>}
   */
  taskGroup(fn, awaiting) {
    this.#assertOpen();
    return new TaskGroup(this, fn, awaiting).run();
  }

  /**
   * Run it in a worker, so that it holds nothing up.
   * @template {((...args: any[]) => any) | URL | string} F
   * @param {F} what a function that needs nothing from around it, for it is sent as its text; or the URL of a module
   * @param {any[]} [args] sent by structured clone, made at once; its result is, too
   * @param {{ name?: string, transfer?: any[], signal?: AbortSignal }} [options] name: the module's export, by default 'default'.
   *   signal: a task's or a scope's, to have it end with that where the platform can't tell which one this is in, as in
   *   browsers; or any other
   * @returns {PlainFuture<F extends (...args: any[]) => infer R ? Awaited<R> : any>} cancelling it ends the worker, when it has begun
   */
  runInExecutor(what, args = [], options = {}) {
    this.#assertOpen();
    if (!Array.isArray(args)) {
      const hint = typeof args === 'function' ? ': the function comes first, then [its arguments]' : '';
      throw new TypeError(`the arguments must be an array, not ${kindOf(args)}${hint}`);
    }
    assertNames(options, ['name', 'transfer', 'signal']);
    const { signal, ...call } = options;
    this.#pool ??= this.#platform.makePool(this.#executorOptions);
    const future = this.#pool.run(this, what, args, call);
    future.endWith(signal);
    return future;
  }

  // What goes wrong where nobody awaits it

  /** Called instead of console.error(). null: that again. @param {((loop: this, context: ExceptionContext) => void) | null} handler */
  setExceptionHandler(handler) {
    if (handler !== null && typeof handler !== 'function') {
      throw new TypeError(`an exception handler is a function, or null, not ${kindOf(handler)}`);
    }
    this.#handler = handler;
  }

  /** @param {ExceptionContext} context */
  callExceptionHandler(context) {
    try {
      if (this.#handler) this.#handler(this, context);
      else
        console.error(context.name ? `${context.message}: ${context.name}:` : `${context.message}:`, context.exception);
    } catch (exception) {
      console.error('Exception in the exception handler of a loop:', exception);
    }
  }

  /** @internal It has failed: unless somebody asks for its exception, that is told when it is collected, or here. */
  onFailure(future, described, exception) {
    const failure = { ...described, exception };
    exception?.stack; // V8 writes it when it is read; until then it keeps who called, and so the task
    if (this.#failures.size === 0) this.#forgetExit = this.#platform.atExit?.(() => this.#reportAll());
    this.#failures.add(failure);
    this.#collected.register(future, failure, failure);
    return failure;
  }

  /** @internal */
  onRetrieved(failure) {
    this.#forget(failure);
    this.#collected.unregister(failure);
  }

  #forget(failure) {
    const was = this.#failures.delete(failure);
    if (was && this.#failures.size === 0) this.#forgetExit?.();
    return was;
  }

  #report(failure) {
    if (this.#forget(failure)) this.callExceptionHandler(failure);
  }

  #reportAll() {
    for (const failure of this.#failures) this.#report(failure);
  }

  /** @internal */
  addTask(task) {
    this.#tasks.add(task);
  }

  /** @internal */
  removeTask(task) {
    this.#tasks.delete(task);
  }

  /** @internal */
  nextName() {
    this.#names++;
    return `Task-${this.#names}`;
  }

  // The end

  /**
   * Cancel its tasks and wait for them and for what they begin in their ends, then call off its timers and what is awaited outside of
   * tasks, end its workers, and report the exceptions that nobody retrieved. (asyncio.run() ends so.) Calling it again gives the
   * same promise. A task that calls it is let go on.
   * @returns {Promise<void>}
   */
  close() {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close() {
    const own = this.currentTask();
    const others = () => [...this.#tasks].filter((task) => task !== own);
    // What they do in the end may take tasks, timers and workers of its own.
    for (let left = others(); left.length > 0; left = others()) {
      for (const task of left) task.cancel();
      await Promise.allSettled(left.map((task) => task.wait({ signal: undefined })));
    }
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#over.abort(new CancelledError('the loop is closed'));
    await this.#pool?.close();
    this.#reportAll();
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  #assertOpen() {
    if (this.#isClosed) throw new TypeError('the loop is closed');
  }
}
