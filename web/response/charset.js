const UTF8 = new TextDecoder();

/**
 * Text, by its byte order mark; without one by the charset that Content-Type names; without one that is known as UTF-8.
 * Never fails: what makes no character becomes U+FFFD.
 * @param {ArrayBuffer} body
 * @param {string | null} contentType
 * @param {typeof TextDecoder} [Decoder] the platform's
 */
export function decodeText(body, contentType, Decoder = TextDecoder) {
  const label = markOf(body) ?? charsetOf(contentType);
  return (label ? decoderOf(label, Decoder) : UTF8).decode(body);
}

/** @param {ArrayBuffer} body */
export function decodeUtf8(body) {
  return UTF8.decode(body);
}

/** UTF-8's own is the decoder's business. */
function markOf(body) {
  const [a, b, c] = new Uint8Array(body, 0, Math.min(3, body.byteLength));
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return a === 0xff && b === 0xfe ? 'utf-16le' : null;
}

/** The first that a media type is given (WHATWG, MIME Sniffing, 4.4); null where it is none. */
function charsetOf(contentType) {
  if (!contentType) return null;
  const [, quoted, plain] =
    /^\s*[^\s/;]+\/[^\s/;]+\s*(?:;(?:"(?:[^"\\]|\\.)*"|[^;"])*)*?;\s*charset=(?:"((?:[^"\\]|\\.)*)"?|([^;]*))/i.exec(
      contentType,
    ) ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? plain?.trim() ?? null;
}

function decoderOf(label, Decoder) {
  try {
    return new Decoder(label);
  } catch {
    return UTF8;
  }
}
