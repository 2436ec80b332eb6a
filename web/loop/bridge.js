/**
 * What src/host/exports_loop.c and the classes of this folder say to each other: who has which number, and the end of
 * each await. One for the module. Nothing is decided here.
 */
import { forgetAborted, onceAborted } from '../common/aborts.js';
import { kindOf } from '../common/kind-of.js';
import { Slots } from '../common/slots.js';
import { CancelledError, LoopError, TimeoutError } from './errors.js';

/**
 * Microtasks that an async function which goes on has for the way to its next await, through the async functions that
 * it returns from, before the loop goes on without it, because it awaits something that isn't the loop's.
 */
const HOPS = 16;

/** FL_EUSER: the exception of the future number n crosses as FL_EUSER - n. */
const USER = -1000;

/**
 * An await. `done` makes of what C says the value; `futures` are those whose exception it may end with, `cancelled` gives
 * that of one of them whose cancellation may be what has cancelled it.
 * @typedef {object} Wait
 * @property {object} owner what is awaited: it lives as long
 * @property {(value: number) => unknown} [done]
 * @property {() => void} [failed]
 * @property {import('./future.js').Future[]} [futures]
 * @property {() => CancelledError | undefined} [cancelled]
 */

class Waiting {
  onAbort = null;

  /** @param {Wait} wait @param {AbortSignal | undefined} signal */
  constructor(wait, signal) {
    this.wait = wait;
    this.signal = signal;
    /** @type {Promise<any>} */
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

export class Bridge {
  #kinds;
  #codes = new Map(); // code → number
  #hops = 0;
  #settled = Promise.resolve();
  #loopGoesOn = () => {};
  /** @type {Slots<import('./handle.js').Handle>} */
  #calls = new Slots();
  #waits = new Slots();
  /** @type {Map<number, import('./body.js').Body>} */
  #bodies = new Map();
  #ids = 0;
  #encoder = new TextEncoder();
  #owned = new FinalizationRegistry((free) => free());
  /** Of queues. */
  items = new Slots();

  /**
   * @param {any} wasm
   * @param {Map<number, { code: any, message: string }>} kinds of errors
   */
  constructor(wasm, kinds) {
    this.wasm = wasm;
    this.#kinds = kinds;
    for (const [number, { code }] of kinds) this.#codes.set(code, number);
    this.cancelled = this.#codes.get('FL_ECANCELLED');
    this.timedOut = this.#codes.get('FL_ETIMEOUT');
    this.groupFailed = this.#codes.get('FL_EGROUP');
    this.check(wasm._fl__js_loop_open());
  }

  /** Things of each kind that C knows: for tests. */
  counts() {
    const count = (slots) => slots.filter(Boolean).length;
    return {
      calls: count(this.#calls),
      waits: count(this.#waits),
      bodies: this.#bodies.size,
      items: count(this.items),
    };
  }

  /** Free what C has for `object`, which has no end of its own, when nobody can use it any more. */
  own(object, free) {
    this.#owned.register(object, free);
  }

  // Errors

  /** @returns {Error} of C's number for it, or its code */
  error(number, message = '') {
    const kind = this.#kinds.get(typeof number === 'string' ? this.#codes.get(number) : number);
    if (kind.code === 'FL_ECANCELLED') return new CancelledError(message || undefined);
    if (kind.code === 'FL_ETIMEOUT') return new TimeoutError(message || undefined);
    return new LoopError(message ? { ...kind, message } : kind);
  }

  /** @template {number} T @param {T} result what C gave: negative is an error @param {string} [message] its @returns {T} */
  check(result, message) {
    if (result < 0) throw this.error(result, message);
    return result;
  }

  /** Of a pointer, which is 0 when memory is short. */
  made(pointer) {
    if (pointer === 0) throw this.error('FL_ENOMEM');
    return pointer;
  }

  /** What C is told of an exception: `id` is of the future that has it. */
  codeOf(exception, id) {
    return exception instanceof CancelledError ? this.cancelled : USER - id;
  }

  /** The text of it that C is told, for one call. @param {number} code @returns {number} its address, or 0 */
  messageOf(code, exception) {
    return code === this.cancelled ? this.#text(exception.message) : 0;
  }

  /** What an await is to reject with: the program's own, which may be anything, or C's error. */
  failureOf(error, message, exception) {
    return Bridge.exceptionOf(error) !== 0 ? exception : (exception ?? this.error(error, message));
  }

  /** @returns {number} the id of the future whose exception it is; 0 for an error of C's own */
  static exceptionOf(error) {
    return error < USER ? USER - error : 0;
  }

  // Callbacks

  /** @param {import('./handle.js').Handle} handle @param {(slot: number) => number} schedule */
  call(handle, schedule) {
    const slot = this.#calls.add(handle);
    const error = schedule(slot);
    if (error !== 0) {
      this.#calls.remove(slot);
      throw this.error(error);
    }
    return slot;
  }

  callOff(slot) {
    this.#calls.remove(slot);
    this.wasm._fl__js_call_off(slot);
  }

  onCall(slot) {
    this.#calls.remove(slot).run();
  }

  // Bodies: async functions that run

  nextId() {
    this.#ids++;
    return this.#ids;
  }

  addBody(body) {
    this.#bodies.set(body.id, body);
  }

  onBegin(id, at) {
    this.#goOn();
    const body = this.#bodies.get(id);
    body.at = at; // an eager task's maker doesn't know it yet
    body.begin();
  }

  onBodyEnd(id, error, message) {
    const body = this.#bodies.get(id);
    this.#bodies.delete(id);
    this.#goOn();
    body.onEnd(error, message);
  }

  onCancel(id) {
    this.#bodies.get(id)?.onCancel();
  }

  removeBody(id) {
    this.#bodies.delete(id);
  }

  // Awaits

  /**
   * @param {import('./context.js').Within} within
   * @param {(id: number, parent: number) => number} begin C's: it gives the await's address; 0 when it is over already
   * @param {Wait} wait
   * @returns {Promise<any>}
   */
  wait({ body, signal }, begin, wait) {
    if (signal?.aborted) {
      wait.failed?.();
      return Promise.reject(signal.reason);
    }
    const waiting = new Waiting(wait, signal);
    const id = this.#waits.add(waiting);
    let at = 0;
    try {
      at = begin(id, body?.at ?? 0);
    } catch (exception) {
      this.#waits.remove(id).reject(exception);
    }
    if (at === 0) return waiting.promise;
    this.stepIsOver();
    if (signal) {
      waiting.onAbort = () => this.wasm._fl__js_abort(at);
      onceAborted(signal, waiting.onAbort);
    }
    return waiting.promise;
  }

  onWait(id, error, message, value) {
    const { wait, resolve, reject, signal, onAbort, promise } = this.#waits.remove(id);
    if (onAbort) forgetAborted(signal, onAbort);
    this.#goOn();
    if (error === 0) {
      resolve(wait.done?.(value));
      return;
    }
    wait.failed?.();
    if (error === this.cancelled) Bridge.needNotBeAwaited(promise);
    if (error === this.cancelled && signal?.aborted) reject(signal.reason);
    else reject(this.#exception(wait, error, message));
  }

  #exception({ futures, cancelled }, error, message) {
    const id = Bridge.exceptionOf(error);
    if (id !== 0) return futures.find((future) => future.id === id).exception();
    return (error === this.cancelled && cancelled?.()) || this.error(error, message);
  }

  /** As in asyncio, a cancellation that nobody hears of is no failure: a task may have begun more than it awaits. */
  static needNotBeAwaited(promise) {
    promise?.catch(() => {});
  }

  compare(a, b) {
    return Math.sign(this.items.get(a).compare(this.items.get(b)));
  }

  /**
   * A callback has made an async function go on, which is let run until it awaits again; the loop goes on then. Not by
   * queueMicrotask(), of which Node makes a resource each time.
   * @param {() => void} loopGoesOn
   */
  giveWay(loopGoesOn) {
    this.#loopGoesOn = loopGoesOn;
    this.#settled.then(this.#onWayGiven);
  }

  #onWayGiven = () => {
    if (this.#hops === 0) {
      this.#loopGoesOn();
    } else {
      this.#hops--;
      this.#settled.then(this.#onWayGiven);
    }
  };

  #goOn() {
    this.#hops = HOPS;
  }

  stepIsOver() {
    this.#hops = 0;
  }

  // Memory

  /** For one call. @param {string | undefined | null} message a cancellation's @returns {number} its address; 0 for none */
  cancelMessage(message) {
    if (message === undefined || message === null) return 0;
    if (typeof message === 'string') return this.#text(message);
    throw new TypeError(`the message of a cancellation is a text, not ${kindOf(message)}`);
  }

  #text(text) {
    const bytes = this.#encoder.encode(`${text.replaceAll('\0', ' ')}\0`);
    const at = this.made(this.wasm._fl__js_texts(bytes.length));
    this.wasm.HEAPU8.set(bytes, at);
    return at;
  }

  /** An array for C, which frees it. @param {number[]} addresses of futures */
  addresses(addresses) {
    const at = this.made(this.wasm._fl__js_futures(addresses.length));
    new Uint32Array(this.wasm.HEAPU8.buffer, at, addresses.length).set(addresses);
    return at;
  }
}
