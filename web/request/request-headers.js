import { kindOf } from '../common/kind-of.js';
import { pairsOf } from '../common/pairs.js';
import { printable } from '../response/errors.js';

/**
 * Names to texts or numbers; an array sends the name once for each. null leaves out the session's header, undefined is
 * as if it weren't there.
 * @typedef {string | number} HeaderValue
 * @typedef {Headers | Iterable<[string, HeaderValue]> | Record<string, HeaderValue | HeaderValue[] | null | undefined>}
 *   HeadersInit
 */

/**
 * @param {HeadersInit | null | undefined} headers
 * @returns {(string | null)[]} names and values in turn, in the order given, names as they were written. Each character is
 *   one byte.
 */
export function makeHeaders(headers) {
  const made = [];
  if (headers === null || headers === undefined) return made;
  for (const [name, value] of pairsOf(headers, 'headers')) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      made.push(checked(name, name, NOT_IN_NAMES), one === null && !Array.isArray(value) ? null : textOf(one, name));
    }
  }
  return made;
}

function textOf(value, name) {
  if (typeof value === 'string' || Number.isFinite(value)) return checked(String(value), name, NOT_IN_VALUES);
  throw new TypeError(`the header ${printable(name)} must be a text or a number, not ${kindOf(value)}`);
}

/** RFC 9110, 5.6.2 and 5.5. C refuses them, too, but for NUL, which it reads as the end; here it can be said where they are. */
const NOT_IN_NAMES = /[^!#-'*+.^-`|~\w-]/u;
const NOT_IN_VALUES = /[^\t -~\x80-\xff]/u;

function checked(text, name, forbidden) {
  const bad = text.match(forbidden)?.[0];
  if (bad === undefined) return text;
  throw new TypeError(`the header ${printable(name)} can't have '${printable(bad)}'`);
}
