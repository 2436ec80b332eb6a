/** What an option's value may be: each reads the text that was given, or says what it takes. */
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { makeRate } from '../../web/rate.js';
import { UsageError } from './usage-error.js';

/** @typedef {(text: string, option: string) => any} Kind */

/** @type {Kind} */
export const text = (given) => given;

/** @returns {Kind} */
export function wholeNumber(least, most) {
  return (given, option) => {
    const number = Number(given);
    if (/^\d+$/.test(given) && number >= least && number <= most) return number;
    const range = most === Infinity ? `, ${least} or more` : ` from ${least} to ${most}`;
    throw new UsageError(`${option} takes a whole number${range}, not '${given}'`);
  };
}

/** 0 is no limit. @type {Kind} */
export function seconds(given, option) {
  const number = Number(given);
  if (!/^(\d+\.?\d*|\.\d+)$/.test(given) || (number > 0 && number < 0.001)) {
    throw new UsageError(`${option} takes seconds, such as 10 or 0.5, not '${given}'`);
  }
  return number === 0 ? Number.POSITIVE_INFINITY : number;
}

/** 0 is none at all. @type {Kind} */
export function pause(given, option) {
  return given.trim() !== '' && Number(given) === 0 ? 0 : seconds(given, option);
}

/** An IP address, or the first of an interface: IPv4, where it has one. @type {Kind} */
export function ipAddress(given, option) {
  if (isIP(given)) return given;
  const interfaces = networkInterfaces();
  const own = Object.hasOwn(interfaces, given) ? interfaces[given] : [];
  const found = own.find(({ family }) => family === 'IPv4') ?? own.find(({ scopeid }) => scopeid === 0);
  if (found) return found.address;
  const names = Object.keys(interfaces).join(', ');
  throw new UsageError(`${option} takes an IP address or one of ${names}, not '${given}'`);
}

const SCALES = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** As curl has them: 1024 to a k. @type {Kind} */
export function bytes(given, option) {
  const [, number, scale] = /^(\d+(?:\.\d+)?)([kmgt]?)b?$/i.exec(given) ?? [];
  if (number === undefined) throw new UsageError(`${option} takes bytes, such as 500, 64k or 10M, not '${given}'`);
  return Math.floor(Number(number) * SCALES[scale.toLowerCase()]);
}

/** With its unit, as the session reads it. @type {Kind} */
export function rate(given, option) {
  try {
    return makeRate(given, option);
  } catch (error) {
    throw new UsageError(error.message);
  }
}

/** Its `words` are for the shells' completions. @returns {Kind & { words: string[] }} */
export function oneOf(...words) {
  const kind = (given, option) => {
    if (words.includes(given)) return given;
    throw new UsageError(`${option} takes ${words.slice(0, -1).join(', ')} or ${words.at(-1)}, not '${given}'`);
  };
  return Object.assign(kind, { words });
}

/** The one text that there is. @returns {Kind} */
export function constant(word) {
  return (given, option) => {
    if (given === word) return given;
    throw new UsageError(`${option} takes ${word} alone, not '${given}'`);
  };
}

/** A list with commas. @param {Kind} kind @returns {Kind} */
export function listOf(kind) {
  return (given, option) => given.split(',').map((item) => kind(item.trim(), option));
}

/** Statuses and ranges of them: 200..299,304. Gives a function that tells whether one is among them. @type {Kind} */
export function statuses(given, option) {
  const ranges = given.split(',').map((item) => {
    const [, first, dots, last] = /^(\d{3})(?:(\.\.=?|-)(\d{3}))?$/.exec(item.trim()) ?? [];
    if (first === undefined) {
      throw new UsageError(`${option} takes statuses, such as 200..299,304, not '${given}'`);
    }
    return [Number(first), Number(dots ? last : first)];
  });
  return (status) => ranges.some(([first, last]) => status >= first && status <= last);
}
