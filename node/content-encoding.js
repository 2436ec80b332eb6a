import { promisify } from 'node:util';
import zlib from 'node:zlib';

const inflate = promisify(zlib.inflate);
const inflateRaw = promisify(zlib.inflateRaw);

const DECODERS = {
  gzip: promisify(zlib.gunzip),
  'x-gzip': promisify(zlib.gunzip),
  // RFC 9110 says with zlib's header, some servers send it without; the low half of the header's first byte is 8.
  deflate: (body, options) => ((body[0] & 0x0f) === 8 ? inflate : inflateRaw)(body, options),
  br: promisify(zlib.brotliDecompress),
  // From Node 22.15 on.
  ...(zlib.zstdDecompress && { zstd: promisify(zlib.zstdDecompress) }),
};

export const ACCEPT_ENCODING = Object.keys(DECODERS)
  .filter((name) => !name.startsWith('x-'))
  .join(', ');

/** curl's and urllib3's limit: each decoder multiplies what comes out of the one before. */
const ENCODINGS_MAX = 5;

/**
 * Undo a Content-Encoding. One that is not known is left as it is, with all under it.
 * @param {Buffer} body
 * @param {string} header as `gzip, br`, in the order in which they were applied
 * @param {number} bytesMax decoded, at every step
 * @returns {Promise<Buffer>} rejects with a zlib error, or with ERR_BUFFER_TOO_LARGE
 */
export async function decodeContent(body, header, bytesMax) {
  const encodings = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name && name !== 'identity');
  if (encodings.length > ENCODINGS_MAX) throw new Error(`more than ${ENCODINGS_MAX} content encodings: ${header}`);
  for (const name of encodings.reverse()) {
    const decode = DECODERS[name];
    if (!decode || body.length === 0) return body;
    body = await decode(body, { maxOutputLength: bytesMax });
  }
  return body;
}
