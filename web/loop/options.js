import { kindOf } from '../common/kind-of.js';

/**
 * An object of options has these and no others: a misspelt one would be as if it weren't given.
 * @param {unknown} options
 * @param {readonly string[]} names
 */
export function assertNames(options, names) {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options are an object, not ${kindOf(options)}`);
  }
  if ('coroutine' in options) return; // a task or a scope, which stands for { signal }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`unknown option ${name}: there are ${names.join(', ')}`);
  }
}
