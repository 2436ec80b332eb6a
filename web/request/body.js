import { kindOf } from '../common/kind-of.js';
import { makeByteSource } from './byte-source.js';
import { hasHeader } from './header-list.js';
import { isFormData, makeMultipart } from './multipart.js';
import { isSearchParams, makeSearchParams } from './search-params.js';

/**
 * A request's body, as one of these:
 * @typedef {object} BodyInit
 * @property {unknown} [json] anything that JSON.stringify() takes; null is JSON's
 * @property {import('./search-params.js').Params} [form] for application/x-www-form-urlencoded
 * @property {FormData | Iterable<import('./multipart.js').Part>} [multipart]
 * @property {import('./byte-source.js').Bytes | FormData | URLSearchParams | null} [body] a FormData is sent as multipart, a
 *   URLSearchParams as a form
 * @property {number} [bodyLength] in bytes, of a stream as `body`, which is then sent with a Content-Length
 */

/**
 * @param {BodyInit} init
 * @returns {import('./byte-source.js').ByteSource | null} null without any
 */
export function makeBody(init) {
  const given = KINDS.filter((kind) => (kind === 'json' ? init.json !== undefined : (init[kind] ?? null) !== null));
  if (given.length > 1) throw new TypeError(`a request has one body: give only one of ${given.join(', ')}`);
  if (init.bodyLength !== undefined && given[0] !== 'body') throw new TypeError('bodyLength goes with body');
  switch (given[0]) {
    case 'json':
      return ofText(stringified(init.json), 'application/json');
    case 'form':
      return ofForm(makeSearchParams(init.form, 'form'));
    case 'multipart':
      return makeMultipart(init.multipart);
    case 'body':
      return ofBody(init.body, init.bodyLength);
    default:
      return null;
  }
}

/**
 * As makeBody(), where it goes with the request; what it is, is said in its headers.
 * @param {{ method: string, headers: (string | null)[] }} request
 * @param {BodyInit & { allowGetBody?: boolean }} init
 * @param {(string | null)[]} defaults the session's headers
 */
export function makeBodyFor({ method, headers }, init, defaults) {
  const body = makeBody(init);
  if (!body) return null;
  if (method === 'TRACE' || ((method === 'GET' || method === 'HEAD') && !init.allowGetBody)) {
    throw new TypeError(`a ${method} has no body${method === 'TRACE' ? '' : ' (unless allowGetBody is true)'}`);
  }
  if (hasHeader(headers, 'content-type')) {
    if (!body.contentType?.startsWith('multipart/form-data; boundary=')) return body;
    throw new TypeError('leave out the header Content-Type of a multipart body: it must name the boundary');
  }
  // That a text is plain is no more than a guess.
  const isGuess = typeof init.body === 'string' && hasHeader(defaults, 'content-type');
  if (body.contentType !== null && !isGuess) headers.push('Content-Type', body.contentType);
  return body;
}

const KINDS = ['json', 'form', 'multipart', 'body'];

function ofBody(body, length) {
  if (isFormData(body)) return makeMultipart(body);
  if (isSearchParams(body)) return ofForm(body);
  const source = makeByteSource(body, 'body', length);
  if (typeof body === 'string') source.contentType = 'text/plain;charset=UTF-8';
  return source;
}

function ofForm(params) {
  return ofText(params.toString(), 'application/x-www-form-urlencoded;charset=UTF-8');
}

function ofText(text, contentType) {
  const source = makeByteSource(text, 'body');
  source.contentType = contentType;
  return source;
}

function stringified(value) {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`json can't be ${kindOf(value)}`);
  return text;
}
