const CHUNK_BYTES = 2 ** 20;

/**
 * A file's lines, and where each begins and ends in it.
 * @param {import('node:fs/promises').FileHandle} handle
 * @returns {AsyncGenerator<{ text: string, start: number, end: number, whole: boolean }>} `whole`: it ends with its newline
 */
export async function* linesOf(handle) {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let parts = []; // of the line that goes on beyond its chunk
  let start = 0;
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) break;
    let from = 0;
    for (let newline = chunk.indexOf(10); newline >= 0 && newline < bytesRead; newline = chunk.indexOf(10, from)) {
      const text = textOf(parts, chunk.subarray(from, newline));
      from = newline + 1;
      yield { text, start, end: at + from, whole: true };
      start = at + from;
      parts = [];
    }
    parts.push(Buffer.from(chunk.subarray(from, bytesRead)));
    at += bytesRead;
  }
  const text = textOf(parts, Buffer.alloc(0));
  if (text !== '') yield { text, start, end: start + Buffer.concat(parts).length, whole: false };
}

function textOf(parts, last) {
  return parts.length === 0 ? last.toString('utf8') : Buffer.concat([...parts, last]).toString('utf8');
}
