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
  #inner = []; // scopes that are open within it
  #controller = null;
  #fn;
  #arg;
  #captured;
  #onEnd;
  #outcome = { value: undefined, exception: undefined };
  /** Its address in C; 0 before it begins and after its end. */
  at = 0;

  /**
   * @param {import('./event-loop.js').Loop} loop
   * @param {Function} fn called with `arg`
   * @param {{ outer?: Body, captured?: unknown, onEnd: (error: number, message: string, outcome: { value: unknown, exception: any }) => void }} options
   */
  constructor({ bridge, context }, fn, arg, { outer, captured = null, onEnd }) {
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
    else this.#outer?.#inner.push(this);
    return this.at !== 0;
  }

  begin() {
    this.#call().then(
      (value) => this.#end(0, { value, exception: undefined }),
      (exception) => this.#end(this.#bridge.codeOf(exception, this.id), { value: undefined, exception }),
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

  #end(code, outcome) {
    this.#outcome = outcome;
    this.#bridge.stepIsOver();
    this.#bridge.wasm._fl__js_body_end(this.at, code);
  }

  /** Told by C, from within its last step. */
  onEnd(error, message) {
    this.#onEnd(error, message, this.#outcome);
    this.at = 0;
    const open = this.#outer?.#inner;
    if (open) open.splice(open.indexOf(this), 1);
  }

  isWithin(body) {
    for (let each = this; each; each = each.#outer) if (each === body) return true;
    return false;
  }

  outermost() {
    return this.#outer ? this.#outer.outermost() : this;
  }

  /** The task or scope whose body it is. */
  get owner() {
    return this.#arg;
  }

  innermost() {
    return this.#inner.length > 0 ? this.#inner.at(-1).innermost() : this;
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
    if (this.at === 0) return false;
    this.#bridge.wasm._fl__js_cancel_task(this.at, this.#bridge.text(message));
    return true;
  }
}
