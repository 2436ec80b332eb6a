/**
 * All of a request's body, as a browser can send it. It sends a stream as it comes over HTTP/2 at best, and most send none:
 * so what is not in memory is read first, into a Blob, which the browser may keep on disk.
 * @param {import('../request/byte-source.js').ByteSource} source
 * @returns {Promise<Uint8Array<ArrayBuffer> | Blob>}
 */
export async function collectBody(source) {
  if (source.bytes) return /** @type {Uint8Array<ArrayBuffer>} */ (source.bytes);
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  for await (const chunk of source.open()) chunks.push(/** @type {Uint8Array<ArrayBuffer>} */ (chunk));
  return new Blob(chunks);
}
