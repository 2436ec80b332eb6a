import { kindOf } from './common/kind-of.js';

/**
 * How many requests may start: '10/s', '600/m' (minutes), '5/h', '1000/d', '1/30s', or `per` seconds and a `burst` that
 * may start at once.
 * @typedef {string | { requests: number, per: number, burst?: number } | false} RateInit
 * @typedef {{ requests: number, per: number, burst?: number }} Rate `per` in seconds, `requests` and `burst` whole numbers
 */

/**
 * @param {RateInit} rate
 * @param {string} name the option's
 * @returns {Rate | undefined} undefined: no limit
 */
export function makeRate(rate, name) {
  if (rate === false) return undefined;
  const { requests, per, burst, ...unknown } = typeof rate === 'string' ? parsed(rate, name) : fields(rate, name);
  const [stray] = Object.keys(unknown);
  if (stray) throw new TypeError(`${name}: unknown ${stray}: there are requests, per, burst`);
  assertRange(requests, `${name}: requests`, Number.MIN_VALUE, COUNT_MAX);
  assertRange(per, `${name}: per`, 1e-6, PER_MAX);
  if (burst !== undefined && !Number.isInteger(burst)) throw new RangeError(`${name}: burst must be a whole number`);
  if (burst !== undefined) assertRange(burst, `${name}: burst`, 1, COUNT_MAX);
  const made = Number.isInteger(requests) ? { requests, per } : { requests: 1, per: per / requests };
  assertRange(made.per, `${name}: seconds for one request`, 1e-6, PER_MAX);
  return burst === undefined ? made : { ...made, burst };
}

function parsed(text, name) {
  const [, requests, count, unit] = /^\s*(\d+(?:\.\d+)?)\s*\/\s*(\d*)\s*([smhd])\s*$/.exec(text) ?? fail(text, name);
  return { requests: Number(requests), per: (count === '' ? 1 : Number(count)) * SECONDS[unit] };
}

function fields(rate, name) {
  return typeof rate === 'object' && rate !== null ? rate : fail(rate, name);
}

/** @returns {never} */
function fail(rate, name) {
  const number = Number.parseFloat(rate) > 0 ? Number.parseFloat(rate) : 10;
  const given = typeof rate === 'string' ? `'${rate.slice(0, 40)}'` : kindOf(rate);
  throw new TypeError(`${name} needs its unit: '${number}/s', '${number}/m' or '${number}/h', not ${given}`);
}

function assertRange(value, what, least, most) {
  if (typeof value === 'number' && value >= least && value <= most) return;
  const range = least === Number.MIN_VALUE ? 'above 0' : `${least} to ${most}`;
  throw new RangeError(
    `${what} must be a number, ${range}, not ${typeof value === 'string' ? `'${value}'` : kindOf(value)}`,
  );
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };
const COUNT_MAX = 0xffffffff;
const PER_MAX = 1e9;
