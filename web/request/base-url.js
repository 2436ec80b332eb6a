import { printable, printableUrl } from '../response/errors.js';
import { SCHEME, urlText } from './absolute-url.js';

/** The session's base URL: what its requests' URLs are beneath. */
export class BaseUrl {
  #prefix;
  #absoluteUrls;
  #url;

  /**
   * @param {string | URL} baseUrl absolute, http or https, without a query. Its path is kept, whether or not it ends in
   *   a slash.
   * @param {{ absoluteUrls?: boolean }} [options] `absoluteUrls`: a request may also go elsewhere, when its URL is
   *   written out: 'https://…' or '//…'
   */
  constructor(baseUrl, { absoluteUrls = false } = {}) {
    const text = String(baseUrl);
    const url = parsed(text);
    if (!url || !/^https?:$/.test(url.protocol) || /[?#]/.test(text)) {
      throw new TypeError(
        `baseUrl must be an http or https URL without a query or fragment, not ${printableUrl(text)}`,
      );
    }
    this.#url = url;
    this.#prefix = url.href.endsWith('/') ? url.href : `${url.href}/`;
    this.#absoluteUrls = absoluteUrls;
  }

  /** Whom the session's headers, params and auth are for. */
  get origin() {
    return this.#url.origin;
  }

  /**
   * Join them as httpx and ky do: with 'https://host/api' as with 'https://host/api/', both 'users' and '/users' become
   * 'https://host/api/users'. '', '?query' and '#fragment' are the base itself. A URL that is written out is taken as it
   * is when it lies beneath the base. A first segment with a colon looks like a scheme: write './users:search'.
   * What comes out is not yet known to be valid.
   * @param {string | URL} url
   * @throws {TypeError} where it would leave the base: by being absolute, unless the session has `absoluteUrls`, or by '..'
   */
  resolve(url) {
    const text = urlText(url);
    if (url instanceof URL || SCHEME.test(text)) return this.#admit(text, text);
    if (SCHEME_RELATIVE.test(text)) return this.#admit(text, this.#url.protocol + text.trimStart());
    if (text === '' || text[0] === '?' || text[0] === '#') return this.#url.href + text;
    const joined = this.#prefix + text.replace(/^[/\\]/, '');
    if (!this.#covers(joined)) throw new TypeError(`${this.#named(text)}: '..' leads out of it`);
    return joined;
  }

  /** Whether it goes elsewhere, where the session's headers, params and auth are not for. @param {string} url */
  isForeign(url) {
    return this.#absoluteUrls && parsed(url)?.origin !== this.origin;
  }

  #admit(text, absolute) {
    if (this.#absoluteUrls || this.#covers(absolute)) return absolute;
    const hint = parsed(absolute)?.host ? '' : ` (is it a path? write ./${printable(text)})`;
    throw new TypeError(
      `${this.#named(text)}: it goes elsewhere, which the session's option absoluteUrls would allow${hint}`,
    );
  }

  /* By the parser that the request will go through, which knows '%2e%2e', '\' and whatever else means '..' or '/'. */
  #covers(absolute) {
    const url = parsed(absolute);
    const path = this.#url.pathname;
    return (
      url?.origin === this.origin &&
      (url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
    );
  }

  #named(text) {
    // printableUrl() knows passwords after a scheme only.
    const shown = printableUrl(text.replace(/([/\\]{2})[^/\\?#]*@/, '$1…@'));
    return `the URL ${shown} is not beneath the baseUrl ${printableUrl(this.#url.href)}`;
  }
}

/** As URL parsers see them: after blanks and control characters, and where '\' is '/'. */
const SCHEME_RELATIVE = /^[\0- ]*[/\\][\t\n\r]*[/\\]/;

function parsed(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
