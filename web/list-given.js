/** What a list is given: its source, what comes of that, and what all have in common. */
import { kindOf } from './kind-of.js';

/** What a list's requests have in common, so that each can read it: an iterator could be read once, which of a body is told. @returns {any} a copy */
export function forEach(init) {
  const read = { ...init };
  for (const name in read) {
    const given = read[name];
    if (given && name !== 'body' && given[Symbol.iterator]?.() === given) read[name] = [...given];
  }
  return read;
}

/** Not a URL, or what stands for one by its text. */
export function isRequest(given) {
  return typeof given === 'object' && given !== null && ('url' in given || given.toString === OBJECT);
}

const OBJECT = Object.prototype.toString;

/** @returns {AsyncIterator<any> | Iterator<any>} */
export function iteratorOf(requests) {
  const iterator = requests?.[Symbol.asyncIterator]?.() ?? requests?.[Symbol.iterator]?.();
  if (iterator && typeof requests !== 'string') return iterator;
  throw new TypeError(`fetchAll() takes an iterable, such as an array of URLs, not ${kindOf(requests)}`);
}
