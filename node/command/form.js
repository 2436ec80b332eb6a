import { createReadStream, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { cannotRead } from './cannot-read.js';
import { fileValue } from './file-value.js';
import { UsageError } from './usage-error.js';

/** Those that curl knows by a file's name. */
const TYPES = {
  '.gif': 'image/gif',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.pdf': 'application/pdf',
  '.xml': 'application/xml',
};

/**
 * What -F gives, as curl reads it: `name=text`, `name=@file`, `name=<file`, each with `;type=…` and `;filename=…` after it,
 * values in quotes if need be. Files are read anew for each request, as they are sent.
 * @param {import('./body.js').Given[]} given
 * @returns {import('../../web/request/multipart.js').Part[]}
 */
export function makeForm(given) {
  return given.flatMap(({ option, value }) => {
    const equals = value.indexOf('=');
    if (equals < 0) throw new UsageError(`--${option} takes NAME=CONTENT`);
    const name = value.slice(0, equals);
    const content = value.slice(equals + 1);
    if (option === 'form-string') return [{ name, value: content }];
    return content[0] === '@' ? filesOf(name, content.slice(1)) : [textOf(name, content)];
  });
}

function textOf(name, content) {
  const [first, ...rest] = wordsOf(content[0] === '<' ? content.slice(1) : content, ';', name);
  const value = content[0] === '<' ? fileValue(first) : first;
  // Bytes would be called application/octet-stream; the text of a field has no type.
  const contentType = content[0] === '<' ? typeOf(first) : undefined;
  const text = typeof value === 'string' ? value : value.toString();
  return { name, value: text, ...(contentType && { contentType }), ...detailsOf(name, rest) };
}

const typeOf = (file) => TYPES[extname(file).toLowerCase()];

/** More than one, with commas between them. */
function filesOf(name, content) {
  return wordsOf(content, ',', name, false).map((one) => {
    const [file, ...rest] = wordsOf(one, ';', name);
    const details = detailsOf(name, rest);
    const filename = details.filename ?? (file === '-' ? '-' : basename(file));
    const contentType = details.contentType ?? typeOf(filename) ?? 'application/octet-stream';
    if (file === '-') return { name, value: fileValue('-'), filename, contentType };
    return { name, value: () => createReadStream(file), length: sizeOf(file), filename, contentType };
  });
}

function sizeOf(file) {
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    return stat.isFile() ? stat.size : undefined;
  } catch (error) {
    throw cannotRead(file, error);
  }
}

function detailsOf(name, words) {
  const details = {};
  for (const word of words) {
    const [, key, value] = /^\s*(\w+)\s*=(.*)$/s.exec(word) ?? [];
    if (key === 'type') details.contentType = details.contentType ?? value;
    else if (key === 'filename') details.filename = value;
    // A type's own parameter, as in text/plain; charset=utf-8.
    else if (details.contentType !== undefined && key !== undefined) details.contentType += `;${word}`;
    else throw new UsageError(`--form ${name}: after a ; stands type=… or filename=…`);
  }
  return details;
}

/** Split, but not within quotes, which are taken off where they stand around a word's value. */
function wordsOf(text, separator, name, unquoting = true) {
  const words = [];
  let rest = text;
  for (;;) {
    const pattern = separator === ';' ? WORD_BEFORE_SEMICOLON : WORD_BEFORE_COMMA;
    const [word] = pattern.exec(rest);
    words.push(unquoting ? unquoted(word, name) : word);
    if (word.length === rest.length) return words;
    rest = rest.slice(word.length + 1);
  }
}

const WORD_BEFORE_SEMICOLON = /^([^;="]*=)?("(\\.|[^"\\])*"|[^;])*/s;
const WORD_BEFORE_COMMA = /^("(\\.|[^"\\])*"|[^,])*/s;

function unquoted(word, name) {
  const [, before, quoted] = /^(\s*\w+\s*=)?"((?:\\.|[^"\\])*)"\s*$/s.exec(word) ?? [];
  if (quoted !== undefined) return (before ?? '') + quoted.replace(/\\(["\\])/g, '$1');
  if (/^(\s*\w+\s*=)?"/.test(word) && !/"\s*$/.test(word.slice(1))) {
    throw new UsageError(`--form ${name}: the quotes are not closed`);
  }
  return word;
}
