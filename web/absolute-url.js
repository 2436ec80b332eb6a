/** As URL parsers see it: after blanks and control characters. */
export const SCHEME = /^[\0- ]*[a-z][a-z\d+.-]*:/i;

/**
 * In a page, whose URL is `documentUrl`, a URL may be relative to it, as fetch()'s. Elsewhere it is left as it is: C checks it.
 * @param {string | URL} url
 * @param {string} [documentUrl]
 */
export function absoluteUrl(url, documentUrl) {
  const text = String(url);
  if (documentUrl === undefined || text === '' || SCHEME.test(text)) return text;
  return URL.canParse(text, documentUrl) ? new URL(text, documentUrl).href : text;
}
