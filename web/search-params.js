/**
 * Names and values for a query or a form. Values of null and undefined are left out; an array repeats its name.
 * @typedef {string | number | bigint | boolean | null | undefined} Param
 * @typedef {URLSearchParams | Iterable<[string, Param | Param[]]> | Record<string, Param | Param[]> | string} Params
 */

/**
 * @param {Params} params
 * @param {string} option its name, for messages
 * @returns {URLSearchParams}
 */
export function makeSearchParams(params, option) {
  if (typeof params === 'string' || params instanceof URLSearchParams) return new URLSearchParams(params);
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

/** What a value is, for messages: never what it holds, which may be a secret. @param {unknown} value */
export function kindOf(value) {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const kind = typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
  return `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`;
}

function textOf(value, name, option) {
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean' || Number.isFinite(value)) {
    return String(value);
  }
  const hint = value instanceof Blob ? ' (files are sent in a FormData as the body)' : '';
  throw new TypeError(`${option}: ${name} must be a text, a number or a boolean, not ${kindOf(value)}${hint}`);
}
