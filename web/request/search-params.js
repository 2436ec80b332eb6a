import { kindOf } from '../common/kind-of.js';
import { pairsOf } from '../common/pairs.js';

/**
 * Names and values for a query or a form. Values of null and undefined are left out; an array repeats its name.
 * @typedef {string | number | bigint | boolean | null | undefined} Param
 * @typedef {URLSearchParams | Iterable<[string, Param | Param[]]> | Record<string, Param | Param[]> | string} Params
 */

/** Of another realm, too. @param {any} value @returns {value is URLSearchParams} */
export function isSearchParams(value) {
  return Object.prototype.toString.call(value) === '[object URLSearchParams]';
}

/**
 * @param {Params} params
 * @param {string} option its name, for messages
 * @returns {URLSearchParams}
 */
export function makeSearchParams(params, option) {
  if (typeof params === 'string' || isSearchParams(params)) return new URLSearchParams(params);
  const made = new URLSearchParams();
  for (const [name, value] of pairsOf(params, option)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined) made.append(name, textOf(one, name, option));
    }
  }
  return made;
}

/**
 * Add them to the URL's own query, before its fragment. As forms are encoded, a space is a plus sign.
 * @param {string} url
 * @param {Params | null | undefined} params
 */
export function appendParams(url, params) {
  if (params === null || params === undefined) return url;
  const query = makeSearchParams(params, 'params').toString();
  if (query === '') return url;
  const hash = url.indexOf('#');
  const before = hash < 0 ? url : url.slice(0, hash);
  const fragment = hash < 0 ? '' : url.slice(hash);
  const join = !before.includes('?') ? '?' : /[?&]$/.test(before) ? '' : '&';
  return before + join + query + fragment;
}

function textOf(value, name, option) {
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean' || Number.isFinite(value)) {
    return String(value);
  }
  const hint = value instanceof Blob ? ' (files are sent as multipart, or in a FormData as the body)' : '';
  throw new TypeError(`${option}: ${name} must be a text, a number or a boolean, not ${kindOf(value)}${hint}`);
}
