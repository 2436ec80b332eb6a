import { makeTiming } from './timing.js';

const VERSIONS = { 'http/1.1': '1.1', h2: '2', h3: '3' };

/**
 * The response, or what makes it; or why there is none.
 * @typedef {{ response?: any, error?: any, makeResponse?: () => any }} Outcome
 */

/** What came of one request of a list: Result in session.js, with its response made when that is asked for. */
export class ListResult {
  #xhr; // null without a response
  #response;
  #makeResponse;

  /**
   * @param {{ index: number, url: string, request?: string | URL | import('./session.js').BatchRequest }} asked
   * @param {import('./core.js').Told} end
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

  /** Of an error it is undefined; what came with it, the error has. @returns {import('./session.js').SessionResponse | undefined} */
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
