import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { UsageError } from './options.js';

/** Longer than any URL that the C core takes (64 KiB): of a longer line only so much is kept, to be shown and refused. */
const LINE_CHARACTERS_MAX = 65537;

/**
 * The URLs that the command is given, in order: arguments, then files, read as they are asked for.
 * Files are opened before anything is fetched, so that a wrong name stops the command while nothing has happened.
 * @param {string[]} urls '-' is stdin
 * @param {string[]} files '-' is stdin
 * @returns {Promise<AsyncGenerator<string>>} rejects with a UsageError that names the file
 */
export async function openUrlList(urls, files) {
  const streams = [];
  for (const file of files) streams.push(file === '-' ? process.stdin : await openFile(file));
  return list(urls, streams);
}

async function* list(urls, streams) {
  for (const url of urls) {
    if (url === '-') yield* lines(process.stdin);
    else yield url;
  }
  for (const stream of streams) yield* lines(stream);
}

async function openFile(file) {
  try {
    const handle = await open(file);
    if ((await handle.stat()).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    return handle.createReadStream();
  } catch (error) {
    const why = { ENOENT: 'there is no such file', EACCES: 'permission denied', EISDIR: 'it is a folder' }[error.code];
    throw new UsageError(`can't read ${file}: ${why ?? error.message}`);
  }
}

/** A list's lines without blanks and comments. However long a line, little of it is held. */
async function* lines(stream) {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop();
    for (const part of parts) {
      const url = urlOf(part);
      if (url) yield url;
    }
    if (rest.length > LINE_CHARACTERS_MAX) rest = rest.slice(0, LINE_CHARACTERS_MAX);
  }
  const url = urlOf(rest + decoder.end());
  if (url) yield url;
}

/** @returns {string} '' for a line that is no URL's */
function urlOf(line) {
  const text = line.trim(); // also a byte order mark
  return text.startsWith('#') ? '' : text;
}
