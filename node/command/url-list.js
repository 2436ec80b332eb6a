import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { printable } from '../../web/errors.js';
import { UsageError } from './usage-error.js';

/** Longer than any URL that the C core takes (64 KiB): of a longer line only so much is kept, to be shown and refused. */
const LINE_CHARACTERS_MAX = 65537;

/**
 * The URLs that the command is given, in order: arguments, then files, read as they are asked for.
 * Files are opened before anything is fetched, so that a wrong name stops the command while nothing has happened.
 * @param {string[]} urls '-' is stdin
 * @param {string[]} files '-' is stdin
 * @returns {Promise<AsyncGenerator<string>>} rejects with a UsageError that names the file; so does the list when reading
 *   on fails
 */
export async function openUrlList(urls, files) {
  const sources = [];
  for (const file of files) sources.push(file === '-' ? stdin : await openFile(file));
  return list(urls, sources);
}

async function* list(urls, sources) {
  for (const url of urls) {
    if (url === '-') yield* lines(stdin);
    else yield url;
  }
  for (const source of sources) yield* lines(source);
}

const stdin = { name: 'stdin', open: () => process.stdin };

async function openFile(name) {
  try {
    const handle = await open(name);
    if ((await handle.stat()).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    return { name, open: () => handle.createReadStream() };
  } catch (error) {
    throw cannotRead(name, error);
  }
}

function cannotRead(name, { code, message }) {
  const why = { ENOENT: 'there is no such file', EACCES: 'permission denied', EISDIR: 'it is a folder' }[code];
  return new UsageError(`can't read ${printable(name)}: ${why ?? message.split(', ')[0]}`);
}

/** A list's lines without blanks and comments. However long a line, little of it is held. */
async function* lines(source) {
  const decoder = new StringDecoder('utf8');
  let line = '';
  try {
    for await (const chunk of source.open()) {
      const [first, ...rest] = decoder.write(chunk).split('\n');
      if (line.length < LINE_CHARACTERS_MAX) line += first;
      for (const next of rest) {
        if (isUrl(line)) yield line.trim();
        line = next;
      }
    }
  } catch (error) {
    throw cannotRead(source.name, error);
  }
  line += decoder.end();
  if (isUrl(line)) yield line.trim();
}

function isUrl(line) {
  const text = line.trim(); // also a byte order mark
  return text !== '' && !text.startsWith('#');
}
