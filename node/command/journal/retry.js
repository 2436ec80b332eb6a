import { open } from 'node:fs/promises';
import { printable } from '../../../web/response/errors.js';
import { UsageError } from '../usage-error.js';
import { recordOf, requestOf } from './finished.js';
import { Journal } from './index.js';
import { linesOf } from './lines.js';

/**
 * What failed of a run before: from its journal, which then has what comes of it now, or from its file of failures.
 * @param {string[]} files as many as were given
 * @param {import('../parse.js').Values} values
 * @returns {Promise<{ requests: import('../../index.js').Requests, journal?: Journal }>}
 */
export async function openRetry(files, values) {
  const [file] = files;
  if (files.length !== 1 || values['input-file']) {
    throw new UsageError('retry takes one file, a journal or what --failures wrote: fetchloop retry FILE');
  }
  const lines = await openLines(file);
  const { value: first } = await lines.next();
  if (first && recordOf(first.text)) {
    await lines.return();
    if (values.journal) throw new UsageError(`${printable(file)} is a journal itself: leave out --journal`);
    const journal = await Journal.open(file, { again: true });
    return { requests: journal.retry(), journal };
  }
  return { requests: requestsOf(first ? [first] : [], lines, file) };
}

async function* openLines(file) {
  let handle;
  try {
    handle = await open(file);
    yield* linesOf(handle);
  } catch (error) {
    const why = error.code === 'ENOENT' ? 'there is no such file' : error.message.split(', ')[0];
    throw new UsageError(`can't read ${printable(file)}: ${why}`);
  } finally {
    await handle?.close();
  }
}

async function* requestsOf(first, lines, file) {
  for (const { text } of first) yield requestOfLine(text, file);
  for await (const { text } of lines) if (text.trim() !== '') yield requestOfLine(text, file);
}

function requestOfLine(text, file) {
  try {
    const { url, method, ...request } = JSON.parse(text);
    if (typeof url === 'string') {
      return requestOf({ url, method, request: Object.keys(request).length > 0 ? request : undefined });
    }
  } catch {}
  throw new UsageError(`${printable(file)} is neither a journal nor what --failures wrote: ${printable(text)}`);
}
