import { printable } from './errors.js';
import { kindOf } from './kind-of.js';
import { pairsOf } from './pairs.js';

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
 *   one byte; whether it may be in a header is C's to say.
 */
export function makeHeaders(headers) {
  const made = [];
  if (headers === null || headers === undefined) return made;
  for (const [name, value] of pairsOf(headers, 'headers')) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      made.push(checked(name, name), one === null && !Array.isArray(value) ? null : textOf(one, name));
    }
  }
  return made;
}

/**
 * @param {(string | null)[]} headers
 * @param {string} name in lower case
 */
export function hasHeader(headers, name) {
  return headers.some((text, i) => i % 2 === 0 && text?.toLowerCase() === name);
}

function textOf(value, name) {
  if (typeof value === 'string' || Number.isFinite(value)) return checked(String(value), name);
  throw new TypeError(`the header ${printable(name)} must be a text or a number, not ${kindOf(value)}`);
}

/* C would read a NUL as the end, and never see what comes after it. */
function checked(text, name) {
  const bad = text.match(/[^\x01-\xff]/u)?.[0];
  if (bad === undefined) return text;
  const code = bad.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
  throw new TypeError(`the header ${printable(name)} can't have U+${code}: headers are Latin-1, without NUL`);
}
