import { kindOf, shown } from './common/kind-of.js';
import { more } from './later.js';

export const UINT32_MAX = 0xffffffff;
const SECONDS_MAX = 1e9;

/**
 * Seconds; Infinity or false for none. A number is both `total` and `attempt`.
 * @typedef {object} Timeouts
 * @property {number | false} [total] from being asked for to the end of the body, retries and waiting in between; where there
 *   is middleware, of each request that it makes
 * @property {number | false} [attempt] of one attempt; default 30. Of a streamed one, until its response is there; then it is what
 *   `read` is, if that isn't given
 * @property {number | false} [transfer] the same, and the same FL_EATTEMPTTIMEOUT, of a streamed one's whole body, too (curl: --max-time); default none
 * @property {number | false} [queue] waiting for a place, or for a rate, a RateLimit among these; but not for a host that said Retry-After
 * @property {number | false} [connect] until an attempt's connection stands; default 10
 * @property {number | false} [read] between two arrivals of data
 */

/**
 * When a request is made again. Of a request: what isn't given is the session's.
 * @typedef {object} RequestRetry
 * @property {number} [limit] retries after the first attempt, 0 for none, Infinity for no limit; default 2. To have waited as long as
 *   a 429 or 503 asked for, up to ten times, is none of them
 * @property {string[]} [methods] that may be made twice
 * @property {number[]} [statuses] that are retried, 16 at most; default 408, 425, 429, 500, 502, 503, 504
 * @property {number} [backoff] seconds: the n-th retry waits a random time up to backoff * 2^n
 * @property {number} [backoffMax] seconds
 */

/**
 * Of a session alone: what its hosts ask for, and get.
 * @typedef {object} HostRetry
 * @property {number} [retryAfterMax] seconds, the longest Retry-After that is waited for, and of a RateLimit of which nothing
 *   remains the longest reset; default 60. What would have to wait longer ends with FL_EPARKED
 * @property {number} [budget] retries that a host gets on credit; default 10
 * @typedef {RequestRetry & HostRetry} Retry
 */

/**
 * What an option may be: reads what was given, or throws. A table of them says what there is.
 * @typedef {(value: any, name: string) => any} Reader
 * @typedef {Record<string, Reader>} Table
 */

/**
 * The options with their values in one form; those that are undefined are not there.
 * @template {Table} T
 * @param {T} table
 * @param {object} options
 * @param {string} [of] the option that they are the fields of
 * @returns {{ [name in keyof T]?: ReturnType<T[name]> }}
 */
export function readOptions(table, options, of) {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${of ?? 'options'} must be an object, not ${kindOf(options)}`);
  }
  const read = {};
  for (const [name, value] of Object.entries(options)) {
    const path = of ? `${of}.${name}` : name;
    if (!Object.hasOwn(table, name)) throw new TypeError(unknown(table, path));
    if (value !== undefined) read[name] = table[name](value, path);
  }
  return read;
}

function unknown(table, path) {
  const names = Object.keys(table);
  return `unknown option ${path}: there are ${names.join(', ')}${more?.meantBy?.(path, names) ?? ''}`;
}

// The readers, for a platform's own options too.

/** @returns {never} */
function refuse(value, name, what, Kind = TypeError) {
  throw new Kind(`${name} must be ${what}, not ${shown(value)}`);
}

/** @returns {Reader} a whole number; Infinity where `most` stands for no limit */
export function count(least, most = UINT32_MAX) {
  return (value, name) => {
    if (value === Infinity && most === UINT32_MAX) return UINT32_MAX;
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    refuse(value, name, `a whole number from ${least}${most === UINT32_MAX ? '' : ` to ${most}`}`, RangeError);
  };
}

/** @type {Reader} */
export function seconds(value, name) {
  if (value === false) return Infinity;
  if (typeof value === 'number' && value >= 1e-6) return value;
  refuse(value, name, 'a number of seconds above 0, Infinity for none', RangeError);
}

/** @type {Reader} */
export function pause(value, name) {
  if (typeof value === 'number' && value >= 0 && value <= SECONDS_MAX) return value;
  refuse(value, name, 'a number of seconds, 0 or more', RangeError);
}

/** @type {Reader} */
export function bytes(value, name) {
  if (value === Infinity || (Number.isSafeInteger(value) && value >= 0)) return value;
  refuse(value, name, 'a number of bytes', RangeError);
}

/** @type {Reader} */
export function flag(value, name) {
  if (typeof value === 'boolean') return value;
  refuse(value, name, 'true or false');
}

/** @returns {Reader} */
export function oneOf(...words) {
  return (value, name) => {
    if (words.includes(value)) return value;
    refuse(value, name, words.map((word) => `'${word}'`).join(' or '));
  };
}

/** @returns {Reader} */
export function listOf(reader, most = Infinity) {
  return (value, name) => {
    if (!Array.isArray(value)) refuse(value, name, 'an array');
    if (value.length > most) throw new RangeError(`${name} may have ${most} at most, not ${value.length}`);
    return value.map((one, i) => reader(one, `${name}[${i}]`));
  };
}

/** @type {Reader} */
export function text(value, name) {
  if (typeof value === 'string') return value;
  refuse(value, name, 'a text');
}

/** @type {Reader} */
export function callable(value, name) {
  if (typeof value === 'function') return value;
  refuse(value, name, 'a function');
}

/** Checked by whom it is for. @type {Reader} */
export function asGiven(value) {
  return value;
}

const TIMEOUTS = {
  total: seconds,
  attempt: seconds,
  transfer: seconds,
  queue: seconds,
  connect: seconds,
  read: seconds,
};

const RETRY = {
  limit: count(0),
  methods: listOf((method, name) => text(method, name).toUpperCase()),
  statuses: listOf(count(100, 999), 16), // FL_STATUSES_MAX
  backoff: pause,
  backoffMax: pause,
};

const SESSION_RETRY = { ...RETRY, retryAfterMax: pause, budget: count(1) };

/** @returns {Timeouts} */
function timeout(value, name) {
  if (typeof value !== 'object' || value === null) {
    const both = seconds(value, name);
    return { total: both, attempt: both };
  }
  return readOptions(TIMEOUTS, value, name);
}

/** @returns {(value: any, name: string) => Retry} */
function retryAs(table) {
  return (value, name) => {
    if (value === false) return { limit: 0 };
    if (typeof value === 'number') return { limit: count(0)(value, name) };
    return readOptions(table, value, name);
  };
}

function rate(value, name) {
  return more.makeRate(value, name);
}

function signal(value, name) {
  if (typeof value?.aborted === 'boolean' && typeof value.addEventListener === 'function') return value;
  if (value === null) return undefined;
  refuse(value, name, 'an AbortSignal');
}

/** Of the session, as defaults, and of each request. @satisfies {Table} */
const SHARED = {
  headers: asGiven,
  params: asGiven,
  auth: asGiven,
  timeout,
  maxRedirects: (value, name) => (value === false ? 0 : count(0)(value, name)),
  raiseForStatus: flag,
  bodyMax: bytes,
  join: flag,
};

/** @satisfies {Table} */
export const SESSION_OPTIONS = {
  ...SHARED,
  retry: retryAs(SESSION_RETRY),
  baseUrl: asGiven,
  absoluteUrls: flag,
  limit: count(1),
  limitPerHost: count(1),
  queueLimit: count(1),
  whenFull: oneOf('refuse', 'dropOldest'),
  rate,
  ratePerHost: rate,
  ignoreRateLimit: flag,
  sensitiveHeaders: listOf(text),
  readAhead: count(1),
  middleware: listOf(callable),
  trace: callable,
  seed: count(1, Number.MAX_SAFE_INTEGER),
};

/** @satisfies {Table} */
export const REQUEST_OPTIONS = {
  ...SHARED,
  retry: retryAs(RETRY),
  json: asGiven,
  form: asGiven,
  multipart: asGiven,
  body: asGiven,
  bodyLength: asGiven,
  allowGetBody: flag,
  signal,
  priority: count(-128, 127),
  stream: (value, name) =>
    [true, false, 'ahead'].includes(value) ? value : refuse(value, name, "true, false or 'ahead'"),
  onDownloadProgress: callable,
};
