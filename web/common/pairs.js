import { kindOf } from './kind-of.js';

/**
 * What may be given as an object is also taken as a list of pairs, which keeps order and repeated names.
 * @param {any} given
 * @param {string} option its name, for messages
 * @returns {Iterable<[string, any]>}
 */
export function pairsOf(given, option) {
  if (typeof given === 'object' && given?.[Symbol.iterator] && !ArrayBuffer.isView(given)) {
    return checkedPairs(given, option);
  }
  // Of a Promise, a Blob, a Date there would be no entries: what was given would be lost without a word.
  if (Object.prototype.toString.call(given) === '[object Object]') return Object.entries(given);
  throw new TypeError(`${option} must be an object or name and value pairs, not ${kindOf(given)}`);
}

/** @param {Iterable<any>} pairs @param {string} option @returns {Generator<[string, any]>} */
function* checkedPairs(pairs, option) {
  for (const pair of pairs) {
    const items = typeof pair === 'object' && pair?.[Symbol.iterator] ? [...pair] : [];
    if (items.length !== 2 || typeof items[0] !== 'string') {
      throw new TypeError(`${option} must be pairs of a name and a value, not ${kindOf(pair)}`);
    }
    yield [items[0], items[1]];
  }
}
