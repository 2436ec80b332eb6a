import { tellDownload } from '../progress.js';
import { collectBody } from './request-body.js';
import { connectionOf, resourceTiming } from './resource-timing.js';
import { parseHeaders } from './response-headers.js';

const HEADERS_RECEIVED = 2;

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
  sink = null;
  requestedURL = '';
  method = '';

  #terms;
  #onHead = null;
  #headerText = '';
  #headers = null;
  #loaded = 0;
  #sentAt = 0;
  #entry = null;

  /** @param {import('./requests.js').Terms} terms */
  constructor(terms) {
    super();
    this.#terms = terms;
    super.onprogress = this.#onProgress; // whose `this` is the event's target
    if (terms.onStep || terms.watched) super.onreadystatechange = this.#onStateChange;
  }

  /**
   * Told of the head alone; where nobody needs to know it at once, when the first of the body comes, at the latest at load. For
   * each state is an event, and a pool of six bare XMLHttpRequests that listens to them is a tenth slower in Chromium.
   */
  set onreadystatechange(tell) {
    this.#onHead = tell;
  }

  set onload(tell) {
    super.onload = () => {
      this.#seeHead();
      tell();
    };
  }

  open(method, url) {
    this.requestedURL = url;
    this.method = method;
    try {
      super.open(method, url);
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

  get connection() {
    return connectionOf(this.#timing);
  }

  /** Of the body, as it came over the network; null where the browser doesn't tell. */
  get bodySize() {
    return this.#timing?.encodedBodySize ?? null;
  }

  get #timing() {
    this.#entry ??= resourceTiming(this.requestedURL, this.#sentAt);
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

  /** @param {import('../byte-source.js').ByteSource} source */
  async #sendFrom(source) {
    try {
      const body = await collectBody(source);
      if (this.onerror) super.send(body);
    } catch (error) {
      this.#fail(error, 'FL_EBODYREAD');
    }
  }

  #onStateChange() {
    if (this.readyState === HEADERS_RECEIVED) this.#seeHead();
  }

  #seeHead() {
    if (this.headersAt) return;
    this.headersAt = this.lastAt = performance.now();
    this.responseStatus = this.status;
    this.#headerText = super.getAllResponseHeaders();
    this.#onHead?.();
  }

  /** @param {ProgressEvent} event */
  #onProgress({ loaded, total, lengthComputable }) {
    const { onStep, onDownloadProgress, bytesMax } = this.#terms;
    this.#seeHead();
    this.lastAt = performance.now();
    tellDownload(onDownloadProgress, loaded, lengthComputable ? total : null);
    onStep?.('chunk', loaded - this.#loaded);
    this.#loaded = loaded;
    if (loaded > bytesMax) this.#fail(new Error(`more than ${bytesMax} bytes`), 'FL_ETOOBIG');
  }

  #fail(error, code) {
    const { onerror } = this;
    if (!onerror) return;
    this.error = error;
    this.errorCode = code;
    super.onload = this.#onHead = null;
    this.abort();
    /** @type {() => void} */ (onerror)();
  }
}
