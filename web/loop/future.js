import { forgetAborted, onceAborted } from '../common/aborts.js';
import { within } from './context.js';
import { Handle } from './handle.js';

/** @typedef {import('./context.js').Awaiting} Awaiting */

/**
 * A result that isn't there yet: asyncio.Future. It can be awaited, as often as you like. loop.createFuture() makes one; a
 * Task is one, too.
 * @template T
 * @implements {PromiseLike<T>}
 */
export class Future {
  #loop;
  #state = 'pending';
  #value;
  #exception;
  /** @type {Map<Function, Handle[]> | null} */
  #callbacks = null;
  #failure = null;
  #waived = false;

  /** @internal @param {import('./event-loop.js').Loop} loop */
  constructor(loop) {
    if (new.target === Future) throw new TypeError('a future is made by its loop: loop.createFuture()');
    this.#loop = loop;
  }

  /** @internal Its number. @returns {number} */
  get id() {
    throw new TypeError('abstract');
  }

  /** @internal Its address in C while it is pending, else 0. @returns {number} */
  get address() {
    throw new TypeError('abstract');
  }

  /** @internal */
  get loop() {
    return this.#loop;
  }

  /** Whether it has a result, an exception, or was cancelled. */
  done() {
    this.refresh();
    return this.#state !== 'pending';
  }

  cancelled() {
    this.refresh();
    return this.#state === 'cancelled';
  }

  /** Its result, or throws its exception; one that is cancelled throws a CancelledError, one not done FL_EPENDING. @returns {T} */
  result() {
    const exception = this.exception();
    if (this.hasFailed) throw exception;
    return this.#value;
  }

  /** Its exception, or null. Throws as result() does when it is cancelled or not done. */
  exception() {
    if (!this.done()) throw this.#loop.bridge.error('FL_EPENDING');
    this.#retrieved();
    if (this.#state === 'cancelled') throw this.#exception;
    return this.#state === 'failed' ? this.#exception : null;
  }

  /**
   * Call `callback(future)` from the loop once it is done, or soon when it is.
   * @param {(future: any) => void} callback
   */
  addDoneCallback(callback) {
    const handle = new Handle(this.#loop, callback, [this]);
    const wasm = this.#loop.bridge.wasm;
    if (this.done()) {
      handle.schedule((slot) => wasm._fl__js_call_soon(slot));
      return;
    }
    handle.schedule((slot) => wasm._fl__js_on_done(slot, this.address));
    this.#callbacks ??= new Map();
    const handles = this.#callbacks.get(callback) ?? [];
    this.#callbacks.set(callback, handles);
    handles.push(handle);
  }

  /** @param {(future: any) => void} callback @returns {number} how often it had been added */
  removeDoneCallback(callback) {
    const handles = this.#callbacks?.get(callback) ?? [];
    this.#callbacks?.delete(callback);
    for (const handle of handles) handle.cancel();
    return handles.length;
  }

  /**
   * Await it, as part of the task that is given: `await future` is `await future.wait()`. Cancelling who awaits cancels it;
   * see shield().
   * @param {Awaiting} [awaiting]
   * @returns {Promise<T>}
   */
  wait(awaiting) {
    if (this.done()) {
      this.#retrieved();
      return this.hasFailed ? Promise.reject(this.#exception) : Promise.resolve(this.#value);
    }
    const { bridge, context } = this.#loop;
    return bridge.wait(
      within(context, awaiting),
      (id, parent) => bridge.wasm._fl__js_await_future(id, parent, this.address),
      {
        owner: this,
        futures: [this],
        done: () => this.result(),
        cancelled: () => (this.cancelled() ? this.failure : undefined),
      },
    );
  }

  /**
   * @template [A=T], [B=never]
   * @param {((value: T) => A | PromiseLike<A>) | null} [onFulfilled]
   * @param {((reason: any) => B | PromiseLike<B>) | null} [onRejected]
   * @returns {Promise<A | B>}
   */
  // biome-ignore lint/suspicious/noThenProperty: it is to be awaited
  then(onFulfilled, onRejected) {
    return this.wait().then(onFulfilled, onRejected);
  }

  /** @template [B=never] @param {((reason: any) => B | PromiseLike<B>) | null} [onRejected] @returns {Promise<T | B>} */
  catch(onRejected) {
    return this.wait().catch(onRejected);
  }

  /** @param {(() => void) | null} [onFinally] @returns {Promise<T>} */
  finally(onFinally) {
    return this.wait().finally(onFinally);
  }

  /** @internal It has an exception, which may be anything, or was cancelled. */
  get hasFailed() {
    this.refresh();
    return this.#state === 'failed' || this.#state === 'cancelled';
  }

  /** @internal Its exception, or its CancelledError. */
  get failure() {
    return this.#exception;
  }

  /** @internal Nobody need ask for its exception. */
  waive() {
    this.refresh();
    this.#waived = true;
    this.#retrieved();
    return this.failure;
  }

  /** @internal What became of it. */
  settle(state, value, exception) {
    this.#state = state;
    this.#value = value;
    this.#exception = exception;
    this.#callbacks = null;
    if (state === 'failed' && !this.#waived) this.#failure = this.#loop.onFailure(this, this.described(), exception);
  }

  /** @internal For the report of an exception that nobody retrieves. */
  described() {
    return { message: 'Future exception was never retrieved' };
  }

  #retrieved() {
    if (!this.#failure) return;
    this.#loop.onRetrieved(this.#failure);
    this.#failure = null;
  }

  /** @internal C may have cancelled it. */
  refresh() {}
}

/** One that whoever made it completes. @template T @extends {Future<T>} */
export class PlainFuture extends Future {
  #bridge;
  #address;
  #id;
  #onCancel;

  /** @internal @param {import('./event-loop.js').Loop} loop @param {() => void} [onCancel] */
  constructor(loop, onCancel) {
    super(loop);
    const { bridge } = loop;
    this.#bridge = bridge;
    this.#id = bridge.nextId();
    this.#onCancel = onCancel;
    const held = { address: bridge.made(bridge.wasm._fl__js_future()) };
    this.#address = held;
    bridge.own(this, () => held.address && bridge.wasm._fl__js_release(held.address)); // nobody will complete it
  }

  /** @internal */
  get id() {
    return this.#id;
  }

  /** @internal */
  get address() {
    return this.#address.address;
  }

  /** @param {T} value */
  setResult(value) {
    this.#complete(0, 'finished', value, undefined);
  }

  /** @param {Error} exception */
  setException(exception) {
    const code = this.#bridge.codeOf(exception, this.#id);
    this.#complete(code, code === this.#bridge.cancelled ? 'cancelled' : 'failed', undefined, exception);
  }

  /** @param {string} [message] @returns {boolean} false: it is done */
  cancel(message) {
    const text = this.#bridge.cancelMessage(message);
    if (this.done()) return false;
    this.#bridge.wasm._fl__js_cancel_task(this.address, text);
    this.refresh();
    return true;
  }

  /** @internal Abort when it does: with its reason. @param {AbortSignal | undefined} signal */
  endWith(signal) {
    const abort = () => {
      if (this.done()) return;
      this.setException(signal.reason);
      this.#onCancel?.();
    };
    if (!signal) return;
    if (signal.aborted) return abort();
    onceAborted(signal, abort);
    this.addDoneCallback(() => forgetAborted(signal, abort));
  }

  #complete(code, state, value, exception) {
    if (this.done()) throw this.#bridge.error('FL_EDONE');
    const address = this.#address.address;
    this.#address.address = 0;
    this.settle(state, value, exception);
    this.#bridge.wasm._fl__js_complete(address, code, this.#bridge.messageOf(code, exception));
    this.#bridge.wasm._fl__js_release(address);
  }

  /** @internal */
  refresh() {
    const address = this.#address.address;
    const { wasm } = this.#bridge;
    if (address === 0 || !wasm._fl__js_is_cancelled(address)) return;
    this.#address.address = 0;
    const message = wasm.UTF8ToString(wasm._fl__js_cancel_message(address));
    this.settle('cancelled', undefined, this.#bridge.error('FL_ECANCELLED', message));
    wasm._fl__js_release(address);
    this.#onCancel?.();
  }
}
