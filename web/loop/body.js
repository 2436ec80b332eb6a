import { setBodyOf } from './context.js';
import { CancelledError } from './errors.js';
import { Future } from './future.js';

/**
 * An async function that runs: that of a task, of a timeout or of a task group. Its awaits are its children in C, where
 * it is a task itself (js_body in exports_loop.c).
 */
export class Body {
  #bridge;
  #context;
  #outer;
  /** @type {Set<Body> | null} */
  #inner = null; // scopes that are open within it
  #controller = null;
  #fn;
  #arg;
  #captured;
  #onEnd;
  #value;
  #exception;
  #hasFailed = false; // it has an exception, which may be anything
  #cancelling = 0; // at its end
  /** Its address in C; 0 before it begins and after its end. */
  at = 0;

  /**
   * @param {import('./event-loop.js').Loop} loop
   * @param {(arg: any) => unknown} fn called with `arg`
   * @param {unknown} arg
   * @param {{ outer?: Body, captured?: unknown, onEnd: (error: number, message: string, outcome: { value: unknown, exception: any, hasFailed: boolean }) => void }} options
   */
  constructor(loop, fn, arg, options) {
    const { bridge, context } = loop;
    const { outer, captured = null, onEnd } = options;
    this.#bridge = bridge;
    this.#context = context;
    this.#outer = outer;
    this.#captured = captured;
    this.#fn = fn;
    this.#arg = arg;
    this.#onEnd = onEnd;
    this.id = bridge.nextId();
  }

  /** @param {() => number} make gives its address, or 0 */
  start(make) {
    this.#bridge.addBody(this);
    this.at = make();
    if (this.at === 0) this.#bridge.removeBody(this.id);
    else if (this.#outer) this.#outer.#open(this);
    return this.at !== 0;
  }

  begin() {
    this.#call().then(
      (value) => this.#end(0, value, undefined),
      (exception) => this.#end(this.#bridge.codeOf(exception, this.id), undefined, exception),
    );
  }

  /** Not an async function: that would take turns of its own. */
  #call() {
    try {
      const result = this.#context.run(this, this.#fn, [this.#arg], this.#captured);
      return result instanceof Future ? result.wait(this.#arg) : Promise.resolve(result);
    } catch (exception) {
      return Promise.reject(exception);
    }
  }

  #end(code, value, exception) {
    this.#value = value;
    this.#exception = exception;
    this.#hasFailed = code !== 0;
    this.#bridge.stepIsOver();
    this.#bridge.wasm._fl__js_body_end(this.at, code, this.#bridge.messageOf(code, exception));
  }

  /** Told by C, from within its last step. */
  onEnd(error, message) {
    this.#onEnd(error, message, { value: this.#value, exception: this.#exception, hasFailed: this.#hasFailed });
    this.#cancelling = this.cancelling();
    this.at = 0;
    if (error === this.#bridge.cancelled) this.onCancel(); // of one that never began nobody else tells
    if (this.#outer) this.#outer.#inner.delete(this);
  }

  isWithin(body) {
    for (let each = /** @type {Body} */ (this); each; each = each.#outer) if (each === body) return true;
    return false;
  }

  outermost() {
    return this.#outer ? this.#outer.outermost() : this;
  }

  /** The task or scope whose body it is. */
  get owner() {
    return this.#arg;
  }

  #open(scope) {
    this.#inner ??= new Set();
    this.#inner.add(scope);
  }

  innermost() {
    let last = null;
    for (const scope of this.#inner ?? []) last = scope;
    return last ? last.innermost() : this;
  }

  get signal() {
    const controller = this.#controller ?? new AbortController();
    if (this.mustCancel()) controller.abort(new CancelledError());
    else this.#controller = controller;
    setBodyOf(controller.signal, this);
    return controller.signal;
  }

  /** A request to cancel it has found nothing to cancel: its next await is. */
  mustCancel() {
    return this.at !== 0 && this.#bridge.wasm._fl__js_must_cancel(this.at) !== 0;
  }

  /** Each request to cancel aborts one signal: who catches it and asks again is given a new one. */
  onCancel() {
    const controller = this.#controller;
    if (!controller) return;
    this.#controller = null;
    queueMicrotask(() => controller.abort(new CancelledError())); // its listeners are not C's to call
  }

  cancel(message) {
    const text = this.#bridge.cancelMessage(message);
    if (this.at === 0) return false;
    this.#bridge.wasm._fl__js_cancel_task(this.at, text);
    return true;
  }

  /** By a signal that its scope was given. */
  abort() {
    if (this.at !== 0) this.#bridge.wasm._fl__js_abort(this.at);
  }

  /** How many requests to cancel it have not been taken back. */
  cancelling() {
    return this.at === 0 ? this.#cancelling : this.#bridge.wasm._fl__js_cancelling(this.at);
  }

  /** Take one back: how many are left. */
  uncancel() {
    if (this.at !== 0) return this.#bridge.wasm._fl__js_uncancel(this.at);
    this.#cancelling = Math.max(this.#cancelling - 1, 0);
    return this.#cancelling;
  }
}
