import { platformFetch } from '../common/platform-fetch.js';
import { tellDownload } from '../progress.js';
import { collectBody } from './request-body.js';
import { connectionOf, resourceTiming } from './resource-timing.js';
import { StreamedBody } from './streamed-body.js';

const OPENED = 1;
const HEADERS_RECEIVED = 2;
const DONE = 4;

/** A body of no more is read by fetch() itself: a stream of ours between them takes a tenth of a small request's time. */
const SHORT_BYTES = 64 * 1024;

/**
 * As much of XMLHttpRequest as Emscripten's Fetch.js uses, over fetch(): for streamed responses, for what only fetch() has an
 * option for, and for service workers. send() never throws and never calls back before it returns.
 */
export class FetchRequest {
  onload = null;
  onerror = null;
  onreadystatechange = null;
  readyState = 0;
  status = 0;
  statusText = '';
  response = null;
  responseURL = '';

  // Beyond the standard: see PlainRequest.
  error = null;
  errorCode = '';
  redirects = null;
  headersAt = 0;
  responseStatus = 0;
  redirected = false;
  requestedURL = '';
  method = '';
  responseHeaders = new Headers();
  /** C doesn't want the body. */
  unwanted = false;
  /** @type {StreamedBody | null} goes on to the request that resumes this one */
  sink;

  #terms;
  #headers = [];
  #abort = new AbortController();
  #sentAt = 0;
  #entry = null;
  #mayResume = false;

  /** @param {import('./requests.js').Terms} terms @param {FetchRequest | null} resumes */
  constructor(terms, resumes) {
    this.#terms = terms;
    this.sink = resumes?.sink ?? null;
  }

  get paused() {
    return this.sink?.paused ?? false;
  }

  get delivered() {
    return this.sink?.delivered ?? false;
  }

  get lastAt() {
    return Math.max(this.headersAt, this.sink?.lastAt ?? 0);
  }

  /** What has come, where that is what was sent: nothing can be resumed where an encoding was undone. */
  get encodedBytes() {
    return this.#mayResume ? (this.sink?.received ?? 0) : 0;
  }

  get connection() {
    return connectionOf(this.#timing);
  }

  get bodySize() {
    return this.#timing?.encodedBodySize ?? null;
  }

  get #timing() {
    this.#entry ??= resourceTiming(this.requestedURL, this.#sentAt);
    return this.#entry;
  }

  open(method, url) {
    this.method = method;
    this.requestedURL = this.responseURL = url;
    this.readyState = OPENED;
  }

  setRequestHeader(name, value) {
    this.#headers.push([name, value]);
  }

  getResponseHeader(name) {
    return this.responseHeaders.get(name);
  }

  getAllResponseHeaders() {
    return [...this.responseHeaders].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  send(data) {
    this.#sentAt = performance.now();
    this.#send(data && Uint8Array.from(data)); // a copy: the module's memory may move
  }

  abort() {
    if (this.readyState === 0 || this.readyState === DONE) return;
    this.readyState = DONE;
    this.#abort.abort();
    this.onreadystatechange?.();
  }

  /** Without a word, and without loss of what has come: another is to go on with it. */
  stop() {
    if (this.readyState === DONE) return;
    this.readyState = DONE;
    this.#abort.abort();
  }

  async #send(data) {
    const { source, credentials, cache, fetchInit, redirects, priority } = this.#terms;
    let body = data;
    try {
      if (source) body = await collectBody(source);
    } catch (error) {
      this.#fail(error, 'FL_EBODYREAD');
      return;
    }
    const { signal } = this.#abort;
    /** @type {RequestRedirect} */
    const redirect = redirects ? 'follow' : 'manual';
    /** @type {RequestMode} fetch() has no other for what is only looked for in the cache */
    const mode = cache === 'only-if-cached' || fetchInit?.mode === 'same-origin' ? 'same-origin' : 'cors';
    const init = {
      .../** @type {RequestInit} */ (fetchInit),
      method: this.method,
      headers: this.#headers,
      body,
      credentials,
      cache,
      mode,
      redirect,
      priority,
      signal,
    };
    try {
      this.#begin(await platformFetch(this.requestedURL, init));
    } catch (error) {
      this.#fail(error, URL.canParse(this.requestedURL) ? 'FL_ENETWORK' : 'FL_EURLHOST');
    }
  }

  /** @param {Response} response */
  #begin(response) {
    if (this.readyState === DONE) return;
    if (response.type === 'opaqueredirect') {
      this.#fail(new Error('a browser shows no redirect'), 'FL_EREDIRECTS');
      return;
    }
    this.headersAt = performance.now();
    this.responseStatus = this.status = response.status;
    this.statusText = response.statusText;
    this.responseURL = response.url;
    this.redirected = response.redirected;
    this.responseHeaders = response.headers;
    // Another origin's Content-Encoding isn't shown.
    const isAsSent = response.type === 'basic' && !response.headers.has('content-encoding');
    this.#mayResume = this.#terms.stream && isAsSent;
    const { stream, bytesMax, watched } = this.#terms;
    const resumed = response.status === 206 ? this.sink : null;
    const length = response.headers.get('content-length');
    const announced = isAsSent && length ? Number(length) : null;
    const onChunk = this.#tellerOf(announced);
    const isShort = (announced ?? Infinity) <= Math.min(SHORT_BYTES, bytesMax);
    const isDirect = isShort && !stream && !watched && !onChunk;
    this.sink = isDirect ? null : (resumed ?? new StreamedBody({ bytesMax, onChunk }));
    this.readyState = HEADERS_RECEIVED;
    this.onreadystatechange?.();
    if (this.readyState === DONE) return;
    const isEmpty = this.unwanted || !response.body;
    if (isEmpty) response.body?.cancel().catch(() => {});
    const wanted = isEmpty ? new Response('') : response;
    this.sink?.begin(wanted.body, this.#onFinished, isEmpty || resumed ? null : announced);
    if (!stream) this.#collect(this.sink ? new Response(this.sink.stream) : wanted);
  }

  /** Also for the requests that go on with the same body. */
  #tellerOf(totalBytes) {
    const { onStep, onDownloadProgress } = this.#terms;
    if (!onStep && !onDownloadProgress) return undefined;
    return (bytes) => {
      onStep?.('chunk', bytes);
      tellDownload(onDownloadProgress, this.sink.received, totalBytes);
    };
  }

  /** Of a response that isn't streamed. What breaks off in a sink, that has told of. */
  async #collect(response) {
    try {
      this.response = await response.arrayBuffer();
      this.#load();
    } catch (error) {
      this.#fail(error, 'FL_EPARTIAL');
    }
  }

  /** The sink's: all of the body has gone to its reader, or it broke. */
  #onFinished = (error) => {
    if (error) this.#fail(error, error.fetchloop ?? 'FL_EPARTIAL');
    else if (this.#terms.stream) this.#load();
  };

  #load() {
    if (this.readyState === DONE) return;
    this.readyState = DONE;
    this.onload?.();
  }

  #fail(error, code) {
    if (this.readyState === DONE) return;
    this.error = error;
    this.errorCode = code;
    this.status = 0;
    this.readyState = DONE;
    this.#abort.abort();
    this.onerror?.();
  }
}
