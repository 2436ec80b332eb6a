import { fileValue } from './file-value.js';

/** @typedef {{ option: string, value: string }} Given */

/**
 * What -d and its kin come to, in their order, as curl joins them.
 * @param {Given[]} given
 * @returns {{ bytes: Buffer, headers: [string, string][] }}
 */
export function makeBody(given) {
  const pieces = [];
  for (const { option, value } of given) {
    // Between them an &, but none between two pieces of JSON.
    if (pieces.length > 0 && option !== 'json') pieces.push(Buffer.from('&'));
    pieces.push(PIECES[option](value));
  }
  const isJson = given.some(({ option }) => option === 'json');
  return { bytes: Buffer.concat(pieces), headers: isJson ? JSON_HEADERS : FORM_HEADERS };
}

const FORM_HEADERS = [['content-type', 'application/x-www-form-urlencoded']];
const JSON_HEADERS = [
  ['content-type', 'application/json'],
  ['accept', 'application/json'],
];

const PIECES = {
  data: (value) => (value[0] === '@' ? withoutLineEnds(fileValue(value.slice(1))) : Buffer.from(value)),
  'data-raw': (value) => Buffer.from(value),
  'data-binary': asItIs,
  json: asItIs,
  'data-urlencode': (value) => Buffer.from(urlencoded(value)),
};

function asItIs(value) {
  return value[0] === '@' ? fileValue(value.slice(1)) : Buffer.from(value);
}

function withoutLineEnds(bytes) {
  return bytes.filter((byte) => byte !== 0x0a && byte !== 0x0d && byte !== 0);
}

/** `text`, `=text`, `name=text`, `@file`, `name@file`: what comes after the name is encoded. @param {string} value */
export function urlencoded(value) {
  const [, name, sign, rest] = /^([^=@]*)([=@]?)(.*)$/s.exec(value);
  if (sign === '') return encoded(Buffer.from(name));
  const content = encoded(sign === '@' ? fileValue(rest) : Buffer.from(rest));
  return name === '' ? content : `${name}=${content}`;
}

/** All but RFC 3986's unreserved characters; a blank is a plus sign. @param {Buffer} bytes */
function encoded(bytes) {
  return bytes
    .toString('latin1')
    .replace(/[^\w.~ -]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
    .replaceAll(' ', '+');
}
