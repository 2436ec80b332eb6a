import { shown } from '../common/kind-of.js';

/** A time in seconds, as asyncio has them. @param {unknown} value @param {string} name */
export function seconds(value, name) {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new TypeError(
    `${name} is a number of seconds${value === null ? ' (Infinity: none)' : ''}, not ${shown(value)}`,
  );
}

/** @param {unknown} value @param {string} name @param {number} [least] */
export function count(value, name, least = 0) {
  if (Number.isSafeInteger(value) && /** @type {number} */ (value) >= least && Number(value) < 2 ** 32) {
    return /** @type {number} */ (value);
  }
  throw new RangeError(`${name} is a whole number from ${least}, not ${shown(value)}`);
}
