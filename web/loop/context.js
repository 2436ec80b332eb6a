/**
 * Which task, or scope within it, an await belongs to, so that it is cancelled with it. It is the one that is given:
 * sleep(1, task), or { signal: task.signal }, since whatever takes `{ signal }` takes a task. Where none is given it is the
 * one that the code runs in, if the platform can tell: Node, Bun and Deno can (AsyncLocalStorage), browsers can't before
 * they have AsyncContext. There it must be given; what isn't belongs to none, and only cancelling what it awaits ends it.
 */

import { kindOf } from '../common/kind-of.js';
import { assertNames } from './options.js';

/** @typedef {{ signal?: AbortSignal, coroutine?: any }} Awaiting a task, a scope, or an AbortSignal of any other */

/** @typedef {{ body?: import('./body.js').Body, signal?: AbortSignal }} Within */

/**
 * What a platform knows of where code runs.
 * @typedef {object} Context
 * @property {() => unknown} capture all that the platform knows of it, for run()
 * @property {(body: import('./body.js').Body | undefined, fn: (...args: any[]) => unknown, args: any[], captured: any) => unknown} run
 * @property {() => import('./body.js').Body | undefined} get
 * @property {AbortSignal} [over] aborted when the loop has been closed
 */

/** @type {WeakMap<AbortSignal, import('./body.js').Body>} */
const bodies = new WeakMap();

/** @param {AbortSignal} signal @param {import('./body.js').Body} body */
export function setBodyOf(signal, body) {
  bodies.set(signal, body);
}

/** Where nothing can be told. @type {Context} */
export const NO_CONTEXT = { capture: () => null, run: (_body, fn, args) => fn(...args), get: () => undefined };

/**
 * Where an await belongs. A task that is given stands for the innermost scope that is open in it.
 * @param {Context} context
 * @param {Awaiting} [given]
 * @param {readonly string[]} [options] what else may be given there
 * @returns {Within}
 */
export function within(context, given, options = []) {
  const current = context.get();
  if (given === undefined) return { body: current };
  if (typeof given !== 'object' || given === null || given instanceof AbortSignal) {
    throw new TypeError(`whom an await belongs to is a task, or { signal }, not ${kindOf(given)}`);
  }
  const body = given.coroutine ?? bodies.get(given.signal);
  if (body) {
    const isOver = !given.coroutine && given.signal.aborted && !body.mustCancel(); // its cancellation has been delivered
    return { body: current?.isWithin(body) ? current : body.innermost(), signal: isOver ? given.signal : undefined };
  }
  assertNames(given, ['signal', ...options]);
  if (given.signal !== undefined && !(given.signal instanceof AbortSignal)) {
    throw new TypeError('signal must be an AbortSignal');
  }
  return { body: current, signal: given.signal };
}

/**
 * Where an await belongs that may last for a time of its own: outside of tasks it is the loop's.
 * @param {Context} context
 * @param {Awaiting} [given]
 * @param {readonly string[]} [options]
 * @returns {Within}
 */
export function withinOrLoop(context, given, options) {
  const place = within(context, given, options);
  return place.body?.at || place.signal ? place : { body: place.body, signal: context.over };
}
