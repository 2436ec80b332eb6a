import { isHeadWanted } from '../core.js';
import { tellDownload } from '../progress.js';
import { collectBody } from './request-body.js';
import { connectionOf, normalized, resourceTiming } from './resource-timing.js';
import { parseHeaders } from './response-headers.js';

const HEADERS_RECEIVED = 2;

/** A body of no more bytes comes with its head, in one packet. */
const PACKET_BYTES = 1400;

const HERE = `${globalThis.origin}/`;

/** The browser's XMLHttpRequest, and what fetchloop must know of it besides: see fl__xhr_state in src/host/fetch.c. */
export class PlainRequest extends /** @type {typeof XMLHttpRequest} */ (globalThis.XMLHttpRequest ?? Object) {
  /** Why there is no response, and the name of that in FL_ERRORS; '' where the browser doesn't tell. */
  error = null;
  errorCode = '';
  /** How many were followed: a browser doesn't tell. */
  redirects = null;
  headersAt = 0;
  lastAt = 0;
  responseStatus = 0;
  hasQuota = false; // it may have one
  sink = null;
  requestedURL = '';
  method = '';

  #terms;
  #onHead = null;
  #headerText = '';
  #headers = null;
  #loaded = 0;
  #sentAt = 0;
  #entry;

  /** @param {import('./requests.js').Terms} terms */
  constructor(terms) {
    super();
    this.#terms = terms;
  }

  /** Told of the head alone, and only where C decides or learns something by it. */
  set onreadystatechange(tell) {
    this.#onHead = tell;
  }

  open(method, url) {
    this.requestedURL = url;
    this.method = method;
    try {
      super.open(method, url);
      super.onreadystatechange = this.#onHeadCome; // from now on: each event costs. Its `this` is the event's target
    } catch {
      this.errorCode = 'FL_EURLHOST'; // what C took for a URL, and the browser doesn't: http://[abc]/
    }
  }

  setRequestHeader(name, value) {
    if (!this.errorCode) super.setRequestHeader(name, value);
  }

  send(data) {
    const { source, credentials } = this.#terms;
    this.#sentAt = performance.now();
    if (this.errorCode) {
      queueMicrotask(() => this.#fail(null, this.errorCode));
      return;
    }
    if (credentials === 'include') this.withCredentials = true;
    if (source) this.#sendFrom(source);
    else super.send(data);
  }

  /** What is being read is not sent any more: one that has not been sent is still opened. */
  abort() {
    this.onerror = null;
    super.abort();
  }

  /** Whether it came from another URL than was asked for: the browser doesn't tell. */
  get redirected() {
    return normalized(this.requestedURL) !== normalized(this.responseURL);
  }

  get connection() {
    return connectionOf(this.#timing);
  }

  /** Of the body, as it came over the network; null where the browser doesn't tell. */
  get bodySize() {
    return this.#timing?.encodedBodySize ?? null;
  }

  get #timing() {
    if (this.#entry === undefined) this.#entry = resourceTiming(this.requestedURL, this.#sentAt);
    return this.#entry;
  }

  getAllResponseHeaders() {
    return this.#headerText;
  }

  /** Not through the browser's own, which tells the console of each header that isn't exposed. */
  getResponseHeader(name) {
    this.#headers ??= new Headers(this.responseHeaders);
    return this.#headers.get(name);
  }

  /** As Headers are made of. @returns {[string, string][]} */
  get responseHeaders() {
    return parseHeaders(this.#headerText);
  }

  /** @param {import('../request/byte-source.js').ByteSource} source */
  async #sendFrom(source) {
    try {
      const body = await collectBody(source);
      if (this.onerror) super.send(body);
    } catch (error) {
      this.#fail(error, 'FL_EBODYREAD');
    }
  }

  #onHeadCome() {
    if (this.readyState !== HEADERS_RECEIVED) return; // it failed before
    super.onreadystatechange = null;
    this.headersAt = this.lastAt = performance.now();
    this.responseStatus = this.status;
    this.#headerText = super.getAllResponseHeaders();
    if (!this.#comesAtOnce()) super.onprogress = this.#onProgress;
    this.hasQuota = this.#headerText.includes('ratelimit');
    if (isHeadWanted(this) || this.#terms.onStep) this.#onHead?.();
  }

  /** Nobody needs to know how far it is. Another origin's Content-Encoding isn't shown. */
  #comesAtOnce() {
    const { onStep, onDownloadProgress, watched, bytesMax } = this.#terms;
    if (onStep || onDownloadProgress || watched || !this.responseURL.startsWith(HERE)) return false;
    if (this.#headerText.includes('content-encoding')) return false;
    return Number(super.getResponseHeader('content-length') ?? Infinity) <= Math.min(PACKET_BYTES, bytesMax);
  }

  /** @param {ProgressEvent} event */
  #onProgress({ loaded, total, lengthComputable }) {
    this.lastAt = performance.now();
    tellDownload(this.#terms.onDownloadProgress, loaded, lengthComputable ? total : null);
    this.#terms.onStep?.('chunk', loaded - this.#loaded);
    this.#loaded = loaded;
    if (loaded > this.#terms.bytesMax) this.#fail(new Error(`more than ${this.#terms.bytesMax} bytes`), 'FL_ETOOBIG');
  }

  #fail(error, code) {
    const { onerror } = this;
    if (!onerror) return;
    this.error = error;
    this.errorCode = code;
    this.onload = this.#onHead = null;
    this.abort();
    /** @type {() => void} */ (onerror)();
  }
}
