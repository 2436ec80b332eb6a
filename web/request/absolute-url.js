import { kindOf } from '../common/kind-of.js';

/** As URL parsers see it: after blanks and control characters. */
export const SCHEME = /^[\0- ]*[a-z][a-z\d+.-]*:/i;

const USER = /^([^/?#]*:\/\/)[^/?#\\]*@/;

/** Whether there is a user name before its host, which is rare. @param {string} url an absolute one */
export const hasUser = (url) => USER.test(url);

/** As it is sent. @param {string} url an absolute one */
export const withoutUser = (url) => url.replace(USER, '$1');

/** A page's, which changes with its history; a worker's; or none. */
export const documentUrl = () => globalThis.document?.baseURI ?? globalThis.location?.href;

/** A text, a URL, or what stands for one by its text. @param {string | URL} url */
export function urlText(url) {
  if (typeof url === 'string' || !/^(undefined|null|\[object .*])$/.test(String(url))) return String(url);
  throw new TypeError(`the URL must be a text or a URL, not ${kindOf(url)}: request(method, url, init)`);
}

/**
 * In a page a URL may be relative to that of the document, as fetch()'s. Elsewhere it is left as it is: C checks it.
 * @param {string | URL} url
 * @param {() => string | undefined} [baseOf] what it is relative to
 */
export function absoluteUrl(url, baseOf) {
  const text = urlText(url);
  if (text === '' || SCHEME.test(text)) return text;
  const base = baseOf?.();
  return URL.canParse(text, base) ? new URL(text, base).href : text;
}
