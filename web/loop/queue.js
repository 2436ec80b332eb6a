import { bridgeOf } from './bridge-of.js';
import { within } from './context.js';
import { count } from './numbers.js';

/** @typedef {import('./context.js').Awaiting} Awaiting */
/** @typedef {import('./event-loop.js').Loop} Loop */

const FIFO = 0; // fl_queue_order
const LIFO = 1;
const PRIORITY = 2;

/**
 * asyncio.Queue. Who waits to put is served in order, and who waits to get. (An item that is a promise or a task itself must
 * be put into something, such as an array: a promise can't be of a promise.)
 * @template T
 */
export class Queue {
  #loop;
  #bridge;
  #wasm;
  #at;
  #maxsize;

  /**
   * @param {Loop} loop
   * @param {number} [maxsize] put() waits while so many are in it; 0: no bound
   */
  constructor(loop, maxsize = 0) {
    const bridge = bridgeOf(loop);
    const { wasm, items } = bridge;
    this.#loop = loop;
    this.#bridge = bridge;
    this.#wasm = wasm;
    this.#maxsize = count(maxsize, 'maxsize');
    const at = bridge.made(wasm._fl__js_queue(this.order(), this.#maxsize));
    this.#at = at;
    bridge.own(this, () => {
      for (const item of itemsOf(wasm, at)) items.remove(item);
      wasm._fl__js_queue_free(at);
    });
  }

  /** @internal */
  order() {
    return FIFO;
  }

  /** @internal What stands for an item in the bridge's slots. */
  wrap(item) {
    return item;
  }

  /** @internal */
  unwrap(kept) {
    return kept;
  }

  /** Wait for room, and put it. Rejects with FL_ESHUTDOWN. @param {T} item @param {Awaiting} [awaiting] @returns {Promise<void>} */
  put(item, awaiting) {
    const place = within(this.#loop.context, awaiting);
    const kept = this.#bridge.items.add(this.wrap(item));
    return this.#bridge.wait(place, (id, parent) => this.#wasm._fl__js_queue_put(id, parent, this.#at, kept), {
      owner: this,
      failed: () => this.#bridge.items.remove(kept),
    });
  }

  /** Throws FL_EQUEUEFULL, FL_ESHUTDOWN. @param {T} item */
  putNowait(item) {
    const kept = this.#bridge.items.add(this.wrap(item));
    const error = this.#wasm._fl__js_queue_put_nowait(this.#at, kept);
    if (error === 0) return;
    this.#bridge.items.remove(kept);
    throw this.#bridge.error(error);
  }

  /** Wait for an item, and take it. Rejects with FL_ESHUTDOWN. @param {Awaiting} [awaiting] @returns {Promise<T>} */
  get(awaiting) {
    return this.#bridge.wait(
      within(this.#loop.context, awaiting),
      (id, parent) => this.#wasm._fl__js_queue_get(id, parent, this.#at),
      { owner: this, done: (kept) => this.unwrap(this.#bridge.items.remove(kept)) },
    );
  }

  /** Throws FL_EQUEUEEMPTY, FL_ESHUTDOWN. @returns {T} */
  getNowait() {
    const kept = this.#bridge.check(this.#wasm._fl__js_queue_get_nowait(this.#at));
    return this.unwrap(this.#bridge.items.remove(kept));
  }

  /** An item that was got is done. Throws FL_ESTATE for more than were put. */
  taskDone() {
    this.#bridge.check(this.#wasm._fl__js_queue_task_done(this.#at), 'task_done() called too many times');
  }

  /** Wait until all that was put is done. @param {Awaiting} [awaiting] @returns {Promise<void>} */
  join(awaiting) {
    return this.#bridge.wait(
      within(this.#loop.context, awaiting),
      (id, parent) => this.#wasm._fl__js_queue_join(id, parent, this.#at),
      { owner: this },
    );
  }

  /** No more can be put. What is in it can still be got; with `immediate` it is forgotten. */
  shutdown(immediate = false) {
    const forgotten = immediate ? itemsOf(this.#wasm, this.#at) : [];
    this.#wasm._fl__js_queue_shutdown(this.#at, immediate);
    for (const item of forgotten) this.#bridge.items.remove(item);
  }

  /** @returns {number} */
  qsize() {
    return this.#wasm._fl__js_queue_size(this.#at);
  }

  empty() {
    return this.qsize() === 0;
  }

  full() {
    return this.#wasm._fl__js_queue_full(this.#at) !== 0;
  }

  get maxsize() {
    return this.#maxsize;
  }
}

const itemsOf = (wasm, at) =>
  Array.from({ length: wasm._fl__js_queue_size(at) }, (_, i) => wasm._fl__js_queue_item(at, i));

/** The last that was put is taken first. @template T @extends {Queue<T>} */
export class LifoQueue extends Queue {
  /** @internal */
  order() {
    return LIFO;
  }
}

/**
 * The least is taken first.
 * @template T
 * @extends {Queue<T>}
 */
export class PriorityQueue extends Queue {
  #compare;

  /**
   * @param {Loop} loop
   * @param {number} [maxsize]
   * @param {(a: T, b: T) => number} [compare] as for sort(); default: numbers and texts by `<`, arrays item by item, as
   *   Python compares tuples
   */
  constructor(loop, maxsize = 0, compare = compareItems) {
    super(loop, maxsize);
    this.#compare = (a, b) => {
      try {
        return Number(compare(a, b)) || 0;
      } catch (exception) {
        loop.callExceptionHandler({ message: 'Exception in the compare function of a PriorityQueue', exception });
        return 0;
      }
    };
  }

  /** @internal */
  order() {
    return PRIORITY;
  }

  /** @internal */
  wrap(item) {
    return { item, compare: (other) => this.#compare(item, other.item) };
  }

  /** @internal */
  unwrap({ item }) {
    return item;
  }
}

function compareItems(a, b) {
  if (!Array.isArray(a) || !Array.isArray(b)) return a < b ? -1 : b < a ? 1 : 0;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareItems(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
