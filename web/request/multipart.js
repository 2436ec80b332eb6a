import { kindOf } from '../common/kind-of.js';
import { ByteSource, isBlob, makeByteSource } from './byte-source.js';

/**
 * A part of a form. A Blob knows its type, length and, as a File, its name; others may be told here. `value` is sent as
 * it is.
 * @typedef {object} Part
 * @property {string} name
 * @property {import('./byte-source.js').Bytes} value
 * @property {string} [filename] makes a file of it
 * @property {string} [contentType] default: application/octet-stream, but none for a text
 * @property {number} [length] in bytes, of a stream; with all lengths known, the request has a Content-Length
 */

/**
 * multipart/form-data (RFC 7578) as browsers write it. Files are read as they are sent, one after the other.
 * @param {FormData | Iterable<Part>} form
 * @returns {ByteSource}
 */
export function makeMultipart(form) {
  const boundary = makeBoundary();
  const sources = [];
  for (const part of isFormData(form) ? formParts(/** @type {FormData} */ (form)) : listed(form)) {
    const { head, content } = makePart(part);
    sources.push(makeText(`${sources.length ? '\r\n' : ''}--${boundary}\r\n${head}\r\n\r\n`), content);
  }
  sources.push(makeText(`${sources.length ? '\r\n' : ''}--${boundary}--\r\n`));
  const lengths = sources.map(({ length }) => length);
  return new ByteSource({
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: lengths.includes(null) ? null : lengths.reduce((sum, length) => sum + length, 0),
    replayable: sources.every(({ replayable }) => replayable),
    pull: () => pullInTurn(sources),
    discard: (reason) => cancelAll(sources, reason),
  });
}

/** @param {any} value */
export function isFormData(value) {
  return Object.prototype.toString.call(value) === '[object FormData]' && typeof value.entries === 'function';
}

/** @param {FormData} form */
export function* formParts(form) {
  for (const [name, value] of form) {
    yield { name: withLineEnds(name), value: typeof value === 'string' ? withLineEnds(value) : value };
  }
}

function listed(parts) {
  if (typeof parts === 'object' && parts?.[Symbol.iterator] && !ArrayBuffer.isView(parts)) return parts;
  throw new TypeError(`multipart must be a FormData or an array of { ${PART.join(', ')} }, not ${kindOf(parts)}`);
}

function makePart(part) {
  const { name, value, filename = filenameOf(value), contentType, length } = part ?? {};
  if (typeof name !== 'string') {
    throw new TypeError(`multipart: each part needs a name, as { ${PART.join(', ')} }, not ${kindOf(part)}`);
  }
  const unknown = Object.keys(part).find((key) => !PART.includes(key));
  if (unknown) throw new TypeError(`multipart: ${name} has an unknown ${unknown}: there are ${PART.join(', ')}`);
  const content = makeByteSource(value, `multipart: ${name}`, length);
  const type = contentType ?? typeOf(value, content, filename);
  let head = `Content-Disposition: form-data; name="${escaped(name)}"`;
  if (filename !== undefined) head += `; filename="${escaped(filename)}"`;
  if (type !== null) head += `\r\nContent-Type: ${checkedType(type, name)}`;
  return { head, content };
}

/* As FormData has it: a Blob is a file, and one without a name is called blob. */
function filenameOf(value) {
  return isBlob(value) ? (value.name ?? 'blob') : undefined;
}

function typeOf(value, content, filename) {
  const isField = typeof value === 'string' && filename === undefined;
  return isField ? null : (content.contentType ?? 'application/octet-stream');
}

function checkedType(type, name) {
  // A line end would begin a header of its own.
  if (typeof type === 'string' && /^[\x20-\x7e]+$/.test(type)) return type;
  throw new TypeError(`multipart: ${name} has a contentType that can't be sent`);
}

function makeText(text) {
  return makeByteSource(text, 'multipart');
}

/** One source after the other, each of them opened when the one before has ended. @param {ByteSource[]} sources */
function pullInTurn(sources) {
  let at = 0;
  let reading = null;
  return {
    async next() {
      while (at < sources.length) {
        reading ??= sources[at].open();
        const result = await reading.next();
        if (!result.done) return result;
        reading = null;
        at++;
      }
      return { done: true, value: undefined };
    },
    stop(reason) {
      cancelAll(sources.slice(at), reason);
      at = sources.length;
    },
  };
}

function cancelAll(sources, reason) {
  for (const source of sources) source.cancel(reason);
}

function escaped(text) {
  return String(text).replace(/[\r\n"]/g, (c) => ({ '\r': '%0D', '\n': '%0A', '"': '%22' })[c]);
}

function withLineEnds(text) {
  return text.replace(/\r\n|\r|\n/g, '\r\n');
}

function makeBoundary() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return `----fetchloop${[...random].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

const PART = ['name', 'value', 'filename', 'contentType', 'length'];
