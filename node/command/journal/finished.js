/** What a journal has: a record a line, of a request that has ended, as --jsonl writes it. */
import { printable } from '../../../web/response/errors.js';
import { jsonLine } from '../formats/jsonl.js';
import { UsageError } from '../usage-error.js';
import { GROUP_BYTES_MAX } from './group-commit.js';
import { linesOf } from './lines.js';

/** Not imported: that would read all that node:crypto has. */
const { hash } = process.getBuiltinModule('node:crypto');

/** What was being written when the power failed lies within as much of the end. */
const TAIL_BYTES = 2 * GROUP_BYTES_MAX;
const BEGINNING = '{"urlnum":';

/**
 * All of a journal's records, in the order in which they were written; one that a later one replaces, too. A last group
 * that is not whole is cut off: nobody was told of it.
 * @param {import('node:fs/promises').FileHandle} handle
 * @param {string} name
 * @param {(record: any, line: string) => unknown} onRecord
 */
export async function readFinished(handle, name, onRecord) {
  const { size } = await handle.stat();
  let number = 0;
  for await (const { text, start, whole } of linesOf(handle)) {
    number++;
    const record = whole ? recordOf(text) : null;
    if (record) {
      onRecord(record, text);
      continue;
    }
    if (!mayBeTorn(text) || size - start > TAIL_BYTES) {
      throw new UsageError(`line ${number} of ${printable(name)} is no record of a journal: ${printable(text)}`);
    }
    await handle.truncate(start);
    await handle.datasync();
    return;
  }
}

/** @returns {any} null when the line isn't one */
export function recordOf(line) {
  try {
    const record = JSON.parse(line);
    return Number.isSafeInteger(record.urlnum) && typeof record.url === 'string' ? record : null;
  } catch {
    return null;
  }
}

/** The beginning of a record, or of a block that was given to the file and never written. */
function mayBeTorn(text) {
  return text.startsWith(BEGINNING) || BEGINNING.startsWith(text) || /^\0*$/.test(text.slice(0, 100));
}

/**
 * With what else its request was made of, so that it can be made again.
 * @param {import('../records.js').Record} record
 * @param {import('../../index.js').Result} result
 */
export function lineOf(record, { request }) {
  const details = detailsOf(request);
  return `${jsonLine(details ? { ...record, request: details } : record)}\n`;
}

/**
 * What a request has besides URL and method, in the form of a list's objects, as far as JSON can say it; null for a plain
 * one.
 * @param {string | URL | import('../../../web/given.js').BatchRequest} request
 */
export function detailsOf(request) {
  if (typeof request === 'string' || request instanceof URL) return null;
  const { url, method, signal, data, ...details } = request;
  if (data?.id != null) details.id = data.id;
  if (data?.output !== undefined) details.output = data.output;
  return Object.keys(details).length > 0 ? details : null;
}

/** The request again, as fetchAll() takes it. */
export function requestOf({ url, method = 'GET', request }) {
  if (method === 'GET' && !request) return url;
  const { id, output, ...details } = request ?? {};
  return { ...details, url, method, data: { id: id ?? null, ...(output !== undefined && { output }) } };
}

/**
 * A number that tells the requests of a list from each other: 48 bits, so that a million need no memory to speak of.
 * @param {string} method
 * @param {string} url
 */
export function markOf(method, url) {
  return Number.parseInt(hash('sha1', `${method} ${url}`).slice(0, 12), 16);
}
