/**
 * @param {string} text as XMLHttpRequest.getAllResponseHeaders() gives it
 * @returns {Headers}
 */
export function parseHeaders(text) {
  const headers = new Headers();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}
