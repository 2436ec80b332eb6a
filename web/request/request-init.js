import { kindOf } from '../common/kind-of.js';
import { more } from '../later.js';
import { absoluteUrl, hasUser } from './absolute-url.js';
import { makeHeaders } from './request-headers.js';

/** @typedef {import('./request-headers.js').HeadersInit} HeadersInit */

/**
 * What a request is made of besides its method, URL and body.
 * @typedef {object} RequestOptions
 * @property {HeadersInit | null} [headers] null as a value leaves out the session's of that name
 * @property {import('./search-params.js').Params | null} [params] added to the URL's query
 * @property {import('./auth.js').Auth | null} [auth] for this request's origin; null: not the session's either
 * @property {boolean} [allowGetBody] a GET or HEAD may have a body. Its meaning isn't defined (RFC 9110, 9.3.1): servers
 *   ignore or refuse it, and browsers can't send it.
 */

/**
 * @typedef {object} MadeRequest
 * @property {string} method in upper case
 * @property {string} url not yet known to be valid
 * @property {(string | null)[]} headers names and values in turn; the value null leaves out the session's of that name
 * @property {import('./byte-source.js').ByteSource | null} body
 */

/** What a session gives each of its requests; with a base URL, only those to its origin. */
export class RequestDefaults {
  #base;
  #params;
  #auth;
  #baseOf;

  /**
   * @param {{ baseUrl?: string | URL | null, absoluteUrls?: boolean, auth?: import('./auth.js').SessionAuth | null,
   *   headers?: RequestOptions['headers'], params?: RequestOptions['params'] }} options
   * @param {() => string | undefined} [baseOf] what relative URLs, and a relative base URL, are relative to
   */
  constructor({ baseUrl, absoluteUrls = false, auth, headers, params }, baseOf) {
    this.#baseOf = baseOf;
    const base = (baseUrl ?? null) === null ? null : absoluteUrl(baseUrl, baseOf);
    this.#base = base === null ? null : new more.BaseUrl(base, { absoluteUrls });
    this.#params = withParams('', params).slice(1);
    /** Names and values in turn, for C, which gives them to each request that has no own of that name. */
    this.headers = makeHeaders(headers);
    this.#auth = (auth ?? null) === null ? null : more.makeSessionAuth(auth, this.#base, this.headers);
    if (this.headers.includes(null))
      throw new TypeError("a session's headers can't be null: there is nothing to leave out");
  }

  /** The URL to ask for: beneath the base URL, where there is one. What comes out is not yet known to be valid. */
  resolve(url) {
    return this.#base ? this.#base.resolve(url) : absoluteUrl(url, this.#baseOf);
  }

  /**
   * @param {string} method
   * @param {string | URL} url with a base URL, beneath it
   * @param {RequestOptions & import('./body.js').BodyInit} [init] borrowed for the call, but for what the body is read from
   * @returns {MadeRequest}
   */
  make(method, url, init) {
    let target = this.resolve(url);
    const verb = checkedMethod(method);
    const isForeign = this.#base?.isForeign(target);
    const headers = this.#makeHeaders(target, isForeign, init ?? NONE);
    if (hasUser(target)) target = more.takeUser(target, headers, this.headers);
    const withDefaults = this.#params && !isForeign ? withParams(target, this.#params) : target;
    if (!init) return { method: verb, url: withDefaults, headers, body: null };
    const whole = withParams(withDefaults, init.params);
    // Last, for nobody would give back a stream when something else is wrong.
    const body = more ? more.makeBodyFor({ method: verb, headers }, init, this.headers) : null;
    return { method: verb, url: whole, headers, body };
  }

  #makeHeaders(url, isForeign, init) {
    const headers = makeHeaders(init.headers);
    if (this.#auth || init.auth !== undefined) more.addAuthorization(headers, url, init.auth, this.#auth);
    return isForeign ? more.withoutDefaults(headers, this.headers) : headers;
  }
}

function withParams(url, params) {
  return params ? more.appendParams(url, params) : url;
}

/* As aiohttp, and unlike fetch, which sends 'patch' as it is: no server knows it. */
function checkedMethod(method) {
  if (typeof method !== 'string') throw new TypeError(`the method must be a text, not ${kindOf(method)}`);
  return method.toUpperCase();
}

const NONE = Object.freeze({});
