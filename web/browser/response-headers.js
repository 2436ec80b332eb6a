/**
 * @param {string} text as XMLHttpRequest.getAllResponseHeaders() gives it
 * @returns {[string, string][]}
 */
export function parseHeaders(text) {
  /** @type {[string, string][]} */
  const headers = [];
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return headers;
}
