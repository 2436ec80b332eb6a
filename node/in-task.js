/** What a session does in a task of the loop: its awaits are the task's, cancelled with it and told so once, as in asyncio. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { PlainFuture } from '../web/loop/future.js';

/** The task, or the scope in one, that code runs in. @type {AsyncLocalStorage<import('../web/loop/body.js').Body>} */
export const bodies = new AsyncLocalStorage();

/** One that has not ended. */
export function currentBody() {
  const body = bodies.getStore();
  return body?.at ? body : null;
}

/**
 * Await it as part of the task.
 * @template T
 * @param {import('../web/loop/body.js').Body} body
 * @param {Promise<T>} promise
 * @param {(reason: Error) => void} cancel it, when the task is
 * @returns {Promise<T>}
 */
export function awaitIn(body, promise, cancel) {
  const { loop } = /** @type {import('../web/loop/task.js').Task<any> | import('../web/loop/scope.js').Timeout} */ (
    body.owner
  );
  const future = new PlainFuture(loop, () => cancel(future.failure));
  promise.then(
    (value) => future.done() || future.setResult(value),
    (exception) => future.done() || future.setException(exception),
  );
  return future.wait();
}

/**
 * A list that is left when the task that reads it is cancelled.
 * @template T
 * @implements {AsyncIterableIterator<T>}
 */
export class TaskList {
  #list;

  /** @param {AsyncIterableIterator<T>} list */
  constructor(list) {
    this.#list = list;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    const body = currentBody();
    return body ? awaitIn(body, this.#list.next(), () => void this.return()) : this.#list.next();
  }

  return() {
    return this.#list.return();
  }

  [Symbol.asyncDispose]() {
    return this.return();
  }
}
