/** What a list is given: its source, what comes of that, and what all have in common. */
import { kindOf } from './common/kind-of.js';

/** Lists, of which an iterator could be read once. */
const LISTS = ['headers', 'params', 'form', 'multipart'];

/** What a list's requests have in common, so that each can read it. @returns {any} a copy */
export function forEach(init) {
  const read = { ...init };
  for (const name of LISTS) {
    const given = read[name];
    if (given && given[Symbol.iterator]?.() === given) read[name] = [...given];
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
