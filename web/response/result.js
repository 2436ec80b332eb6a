import { makeTiming } from './timing.js';

const VERSIONS = { 'http/1.1': '1.1', h2: '2', h3: '3' };

/**
 * `history`: the redirects that were followed; null where the platform follows them by itself.
 * @typedef {Response & { readonly history: import('../core.js').Hop[] | null }} SessionResponse
 */

/**
 * What came of one request besides `response` or `error`.
 * @typedef {object} ResultOwn
 * @property {number} index the URL's place among those given, from 0
 * @property {string} url as it was given
 * @property {string | URL | import('../given.js').BatchRequest} request what was given
 * @property {number} status 0 without a response
 * @property {import('./timing.js').Timing} timing
 * @property {number | null} size of the body as it came over the network, in bytes; null when it isn't known
 * @property {number | null} redirects how many were followed; null when it isn't known
 * @property {number} retries
 * @property {string | null} remoteAddress the IP address that answered, or the proxy's; null when it isn't known, as in
 *   browsers, or nobody was asked; likewise below
 * @property {'1.1' | '2' | '3' | null} httpVersion that was spoken
 * @property {Promise<void>} [ended] of a streamed one: resolves when its body has been read or left, or has broken, which is
 *   its `error` then; `size`, `timing` and `retries` are complete. Never rejects
 */

/**
 * What came of one request. Either `response` or `error` is there; the response is made when it is first asked for.
 * @template {SessionResponse} [R=SessionResponse]
 * @typedef {ResultOwn & ({ response: R, error?: undefined } | { error: ResultError, response?: undefined })} Result
 */

/**
 * Why a result has no response: a ClientError, or the TypeError or RangeError of what makes no request.
 * @typedef {Error & Partial<import('./errors.js').ClientError>} ResultError
 */

/**
 * One of map()'s. `error` may be what the function threw; the response is there then.
 * @template T
 * @template {SessionResponse} [R=SessionResponse]
 * @typedef {ResultOwn & ({ response: R, value: T, error?: undefined } | { error: ResultError, response?: R, value?: undefined })} MapResult
 */

/**
 * The response, or what makes it; or why there is none.
 * @typedef {{ response?: any, error?: any, makeResponse?: () => any }} Outcome
 */

/** What came of one request of a list: Result above, with its response made when that is asked for. */
export class ListResult {
  #xhr; // null without a response
  #response;
  #makeResponse;

  /**
   * @param {{ index: number, url: string, request?: string | URL | import('../given.js').BatchRequest }} asked
   * @param {import('../core.js').Told} end
   * @param {Outcome} outcome
   */
  constructor({ index, url, request = url }, end, { response, error, makeResponse }) {
    const { status, xhr, history, retries } = end;
    const connection = xhr?.connection; // made for whoever asks
    this.index = index;
    this.url = url;
    this.request = request;
    this.status = status;
    if (error) this.error = error;
    this.timing = makeTiming(end, connection);
    this.size = xhr?.bodySize ?? null;
    this.redirects = xhr && xhr.redirects === null ? null : history.length;
    this.retries = retries;
    this.remoteAddress = connection?.remoteAddress ?? null;
    this.httpVersion = VERSIONS[connection?.protocol] ?? null;
    this.#xhr = status > 0 ? xhr : null;
    this.#response = response;
    this.#makeResponse = makeResponse;
  }

  /** Of an error it is undefined; what came with it, the error has. @returns {SessionResponse | undefined} */
  get response() {
    this.#response ??= this.#makeResponse?.();
    return this.#response;
  }

  /** Of a streamed one: nobody wants the rest of its body. @internal */
  leave() {
    this.#xhr.sink.drop();
  }

  /** The response's URL, and one of its headers, without the response's being made. @internal @returns {string | null} */
  get effectiveUrl() {
    return this.#xhr?.responseURL ?? null;
  }

  /** @internal @param {string} name lower-case @returns {string | null} */
  header(name) {
    return this.#xhr?.getResponseHeader(name) ?? null;
  }
}
