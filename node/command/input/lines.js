import { StringDecoder } from 'node:string_decoder';

/** Longer than any URL that the C core takes (64 KiB): of a longer line only so much is kept, to be shown and refused. */
export const URL_CHARACTERS_MAX = 65537;

/**
 * A list of URLs, one a line, without blanks and comments.
 * @param {import('./source.js').Source} source
 */
export async function* readLines(source) {
  for await (const [url, line] of linesOf(source, URL_CHARACTERS_MAX)) yield { url, data: { line } };
}

/**
 * The lines that say something, and their numbers. However long a line, little more than `most` is held of it.
 * @param {import('./source.js').Source} source
 * @param {number} most characters
 * @returns {AsyncGenerator<[string, number]>}
 */
export async function* linesOf(source, most) {
  const decoder = new StringDecoder('utf8');
  let text = '';
  let number = 1;
  for await (const chunk of source.read()) {
    const [first, ...rest] = decoder.write(chunk).split('\n');
    if (text.length < most) text += first;
    for (const next of rest) {
      const line = text.trim(); // also a byte order mark
      if (isList(line)) yield [line, number];
      text = next;
      number++;
    }
  }
  const last = (text + decoder.end()).trim();
  if (isList(last)) yield [last, number];
}

function isList(line) {
  return line !== '' && line[0] !== '#';
}
