import { printableUrl } from '../../../web/response/errors.js';
import { UsageError } from '../usage-error.js';

/**
 * The URLs that a pattern stands for, one after the other, the last part counting fastest: curl's `[1-100]`, `[001-100:2]`,
 * `[a-z]`, `{one,two}`, and a shell's `{1..10}`, `{01..10..2}`, `{a..z}`. A backslash before a bracket or brace takes it as
 * it is; so is [::1].
 * @param {string} pattern
 * @returns {Iterable<string>}
 */
export function expand(pattern) {
  return /[[\]{}]/.test(pattern) ? combinations(new Parser(pattern).parts()) : [pattern];
}

/** @typedef {{ count: number, at: (index: number) => string }} Part */

/** @param {Part[]} parts */
function* combinations(parts) {
  const indexes = parts.map(() => 0);
  for (;;) {
    yield parts.map((part, i) => part.at(indexes[i])).join('');
    let i = parts.length - 1;
    while (i >= 0 && ++indexes[i] === parts[i].count) indexes[i--] = 0;
    if (i < 0) return;
  }
}

const IPV6 = /^\[[\da-f:.]*:[\da-f:.]*(%[\w.~-]+)?\]/i;

/** As curl's: the same errors, at the same places. */
class Parser {
  #text;
  #at = 0;

  constructor(text) {
    this.#text = text;
  }

  /** @returns {Part[]} */
  parts() {
    const parts = [];
    while (this.#at < this.#text.length) {
      const literal = this.#literal();
      if (literal !== '') parts.push({ count: 1, at: () => literal });
      else if (this.#text[this.#at] === '{') parts.push(this.#set());
      else if (this.#text[this.#at] === '[') parts.push(this.#range());
    }
    return parts;
  }

  #literal() {
    let literal = '';
    for (;;) {
      const [plain] = /^(\\[[\]{}]|[^[\]{}])*/.exec(this.#text.slice(this.#at));
      const [address = ''] = IPV6.exec(this.#text.slice(this.#at + plain.length)) ?? [];
      literal += plain.replace(/\\([[\]{}])/g, '$1') + address;
      this.#at += plain.length + address.length;
      if (address === '') break;
    }
    if (/[\]}]/.test(this.#text[this.#at] ?? '')) this.#fail('unmatched close brace/bracket');
    return literal;
  }

  #set() {
    const start = this.#at++;
    const items = [''];
    for (; this.#text[this.#at] !== '}'; this.#at++) {
      const character = this.#text[this.#at];
      if (character === undefined) this.#fail('unmatched brace', start);
      if (/[{[]/.test(character)) this.#fail('nested brace');
      if (character === ']') this.#fail('unexpected close bracket');
      if (character === ',') items.push('');
      else items[items.length - 1] += character === '\\' ? (this.#text[++this.#at] ?? '') : character;
    }
    if (this.#at === start + 1) this.#fail('empty string within braces');
    this.#at++;
    const range = items.length === 1 ? shellRange(items[0]) : null;
    if (range === BAD) this.#fail('bad range', start + 1);
    return range ?? { count: items.length, at: (index) => items[index] };
  }

  #range() {
    const start = ++this.#at;
    const [whole, first, last, step = '1'] =
      /^(\d+)- *(\d+)(?::(\d+))?\]/.exec(this.#text.slice(start)) ??
      /^([a-z])-([a-z])(?::(\d+))?\]/i.exec(this.#text.slice(start)) ??
      [];
    if (whole === undefined) {
      this.#at += /^(\d+-( *\d+:)?)?/.exec(this.#text.slice(start))[0].length;
      this.#fail(/[a-z\d]/i.test(this.#text[start] ?? '') ? 'bad range' : 'bad range specification');
    }
    this.#at += whole.length;
    const range = makeRange(first, last, Number(step), first.startsWith('0') ? first.length : 0);
    if (range === BAD || !isUpwards(first, last)) this.#fail('bad range');
    return range;
  }

  /** @returns {never} */
  #fail(what, at = this.#at) {
    throw new UsageError(`${what} in URL position ${at + 1}: ${printableUrl(this.#text)} (-g takes it as it is)`);
  }
}

const BAD = Symbol('bad range');

/** `first..last` and `first..last..step`, which may go down. */
function shellRange(text) {
  const [, first, last, step = '1'] =
    /^(-?\d+)\.\.(-?\d+)(?:\.\.-?(\d+))?$/.exec(text) ?? /^([a-z])\.\.([a-z])(?:\.\.-?(\d+))?$/i.exec(text) ?? [];
  if (first === undefined) return null;
  const isPadded = [first, last].some((end) => /^-?0\d/.test(end));
  return makeRange(first, last, Math.max(1, Number(step)), isPadded ? Math.max(first.length, last.length) : 0);
}

/** @returns {Part | typeof BAD} */
function makeRange(first, last, step, width) {
  const isLetters = /^[a-z]$/i.test(first);
  const [from, to] = [first, last].map((end) => (isLetters ? end.charCodeAt(0) : Number(end)));
  const span = Math.abs(to - from);
  const isWrong = step < 1 || (span > 0 && step > span) || (span === 0 && step !== 1) || (isLetters && span > 25);
  if (isWrong || ![from, to].every(Number.isSafeInteger)) return BAD;
  const direction = to < from ? -step : step;
  const textOf = (value) => (value < 0 ? `-${padded(-value, width - 1)}` : padded(value, width));
  return {
    count: Math.floor(span / step) + 1,
    at: (index) => (isLetters ? String.fromCharCode(from + index * direction) : textOf(from + index * direction)),
  };
}

const padded = (value, width) => String(value).padStart(width, '0');

function isUpwards(first, last) {
  return /\d/.test(first) ? Number(first) <= Number(last) : first <= last;
}
