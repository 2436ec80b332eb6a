import { isHeadWanted } from '../web/core.js';
import { tellDownload } from '../web/progress.js';
import { makeSink } from './body/body.js';
import { splitUrl } from './wire/split-url.js';
import { codeOf, failure } from './wire/wire-errors.js';

/**
 * What XMLHttpRequest needs to know of the session that it works for.
 * @typedef {object} Wire
 * @property {Pick<import('./wire/connections.js').Connections, 'dispatch'>} dispatcher of all its requests
 * @property {Record<string, string>} headers sent with each request, lower-case names
 * @property {number} bodyMax bytes, decoded
 * @property {boolean} [discardBodies] those that aren't streamed are dropped as they come
 * @property {import('./cookies.js').Cookies} [cookies]
 * @property {() => void} [onSent] of each request
 * @property {(attempt: number, step: string, bytes: number) => void} [onStep] of a traced session
 * @property {any} [told] of which a step is being told
 */

/** Of a response. @typedef {{ responseStatus: number, statusText: string, rawHeaders: Buffer[] }} Head */

const UNSENT = 0;
const OPENED = 1;
const HEADERS_RECEIVED = 2;
const DONE = 4;

/**
 * Make the class that Emscripten's Fetch.js finds under the name XMLHttpRequest in Node: as much of the standard's as
 * Fetch.js uses, over undici, whose DispatchHandler it is. As Fetch.js needs it: send() never throws and never calls back
 * before it returns; `response` is an ArrayBuffer of just the body; after abort() there is only the one synchronous
 * readystatechange, and no other is ever sent. Of the ready states only 2 is told of, and that only where C decides by
 * the head of a response, or where a C program may want it; what it doesn't want is dropped as it comes. Redirects are C's.
 *
 * @param {() => import('../web/core.js').Sending} sending what the next one is for
 */
export function makeXMLHttpRequest(sending) {
  return class XMLHttpRequest {
    static followsRedirects = false;
    /** For RawHandler: which headers it is given by name is fixed. */
    readsFew = true;
    /** The one whose body broke off, and goes on with the next one's. @type {XMLHttpRequest | null} */
    static resumes = null;

    onload = null;
    onerror = null;
    onreadystatechange = null;
    readyState = UNSENT;
    status = 0;
    statusText = '';
    response = null;
    responseURL = '';

    // Beyond the standard, for fetchloop: see fl__xhr_state in src/host/fetch.c.
    method = '';
    /** Why there is no response, and the name of that in FL_ERRORS. */
    error = null;
    errorCode = '';
    /** Whether a connection stands, so that the request could be sent. */
    connected = false;
    /** @type {import('./wire/connector.js').Connection | null} as it was when the request went out */
    connection = null;
    /** @type {import('./wire/line.js').Line | null} what it goes over, or waits for: set, and taken back, by Connections */
    line = null;
    /** Also of a response that broke off. */
    responseStatus = 0;
    /** Of the response that this one goes on with. @type {Head | null} */
    resumedHead = XMLHttpRequest.resumes?.head ?? null;
    #resumes = XMLHttpRequest.resumes !== null;
    /** When the headers came, on performance.now()'s clock; 0: not yet. */
    headersAt = 0;
    /** As undici has them: names and values in turn, as Buffers. */
    rawHeaders = NOTHING;
    hasQuota = false;
    /** C doesn't want the body. */
    unwanted = false;
    /** @type {import('./body/body.js').BodySink | null} where the body goes; goes on to the XMLHttpRequest that resumes this one */
    sink = XMLHttpRequest.resumes?.sink ?? null;

    #connectedAt = 0;
    #bodyReadAt = 0; // the server took what was read before
    #wire;
    #exchange;
    #attempt;
    #hasBody;
    #again;
    #sending = false;
    #options = null;
    #headers = NOTHING; // those of its own, names and values in turn
    #controller = null;
    #dropped = 0; // bytes of an unwanted body
    #leaving = null; // the timer for the rest of it
    #bodyError = null;
    #isProgram;

    constructor() {
      const { wire, exchange, attempt, hasBody, again, isProgram = false } = sending();
      this.#wire = wire;
      this.#exchange = exchange;
      this.#attempt = attempt;
      this.#hasBody = hasBody;
      this.#again = again;
      this.#isProgram = isProgram;
    }

    get reused() {
      return this.connection?.reused ?? false;
    }

    get paused() {
      return this.responseStatus !== 0 && (this.sink?.paused ?? false);
    }

    get delivered() {
      return this.sink?.delivered ?? false;
    }

    /** The body as it came over the network, before a Content-Encoding was undone. */
    get encodedBytes() {
      return this.sink?.received ?? 0;
    }

    get bodySize() {
      return this.encodedBytes;
    }

    get lastAt() {
      const came = Math.max(this.#connectedAt, this.#bodyReadAt, this.headersAt, this.sink?.lastAt ?? 0);
      return Math.max(came, this.line?.stoodAt ?? 0);
    }

    open(method, url) {
      this.method = method;
      this.responseURL = url;
      this.readyState = OPENED;
    }

    setRequestHeader(name, value) {
      if (this.#headers === NOTHING) this.#headers = [];
      this.#headers.push(name, value);
    }

    getResponseHeader(name) {
      const values = [];
      const raw = this.rawHeaders;
      for (let i = 0; i < raw.length; i += 2) {
        if (raw[i].length === name.length && raw[i].latin1Slice().toLowerCase() === name)
          values.push(raw[i + 1].latin1Slice());
      }
      if (values.length === 0) return null;
      return ONCE.has(name) ? values[0] : values.join(', ');
    }

    getAllResponseHeaders() {
      let text = '';
      for (let i = 0; i < this.rawHeaders.length; i += 2) {
        text += `${this.rawHeaders[i].latin1Slice().toLowerCase()}: ${this.rawHeaders[i + 1].latin1Slice()}\r\n`;
      }
      return text;
    }

    send(body) {
      this.#sending = true;
      try {
        const { origin, path } = splitUrl(this.responseURL);
        this.responseURL = origin + path;
        const headers = this.#makeHeaders();
        this.#options = { origin, path, method: this.method, headers, body: null, again: this.#again };
        this.#setBody(body);
        this.#wire.dispatcher.dispatch(this.#options, this);
      } catch (error) {
        this.onResponseError(null, error);
      }
      this.#sending = false;
    }

    abort() {
      if (this.#giveUp()) this.onreadystatechange?.();
    }

    /** @returns {Head | null} of the body that `sink` has */
    get head() {
      if (this.resumedHead) return this.resumedHead;
      const { responseStatus, statusText, rawHeaders } = this;
      return responseStatus === 0 ? null : { responseStatus, statusText, rawHeaders };
    }

    /** It is the rest of what it resumes, and one response with that. */
    join() {
      Object.assign(this, this.resumedHead);
    }

    /** Without a word, and without loss of what has come: it is to be resumed. */
    stop() {
      this.#giveUp();
    }

    /** @returns {boolean} whether it was under way */
    #giveUp() {
      if (this.readyState === UNSENT || this.readyState === DONE) return false;
      this.readyState = DONE;
      this.#controller?.abort(ABORTED);
      this.line?.cancel(this);
      return true;
    }

    get #cookies() {
      return this.#exchange?.options.credentials === 'omit' ? undefined : this.#wire.cookies;
    }

    /** The session's, but for those that the request has its own of; and the jar's cookies. */
    #makeHeaders() {
      const own = this.#headers;
      const cookie = this.#cookies?.header(this.responseURL);
      if (own.length === 0 && !cookie) return this.#wire.headers;
      const names = new Set();
      for (let i = 0; i < own.length; i += 2) names.add(own[i].toLowerCase());
      const isOwnPart = names.has('range') && !this.#resumes; // which can't be decoded by itself, as fetch() knows, too
      const headers = [];
      for (const name in this.#wire.headers) {
        if (!names.has(name))
          headers.push(name, isOwnPart && name === 'accept-encoding' ? 'identity' : this.#wire.headers[name]);
      }
      if (cookie && !names.has('cookie')) headers.push('cookie', cookie);
      headers.push(...(names.size < own.length / 2 ? withFewerRepeated(own) : own));
      return headers;
    }

    #setBody(body) {
      const source = this.#hasBody ? this.#exchange?.body : null;
      if (body) {
        this.#options.body = Buffer.from(body); // a copy: the module's memory may move
      } else if (source?.bytes) {
        this.#options.body = source.bytes;
      } else if (source) {
        // Http2Line may have to send it again, and looks at `source` for whether it can.
        this.#options.body = { source, [Symbol.asyncIterator]: () => this.#read(source) };
        if (source.length !== null) this.#setHeader('content-length', String(source.length));
      }
    }

    #setHeader(name, value) {
      const { headers } = this.#options;
      if (Array.isArray(headers)) headers.push(name, value);
      else this.#options.headers = { ...headers, [name]: value };
    }

    async *#read(source) {
      try {
        for await (const chunk of source.open()) {
          yield chunk;
          this.#bodyReadAt = performance.now();
        }
      } catch (error) {
        this.#bodyError = error || new Error('it gave no reason'); // undici takes none for no error
        throw this.#bodyError;
      }
    }

    // What undici calls.

    onRequestStart(controller) {
      this.#controller = controller;
      this.connected = true;
      this.connection = this.line?.connection ?? null;
      this.#connectedAt = performance.now();
      this.#wire.onSent?.();
      if (this.#wire.onStep) this.#telling(() => this.#wire.onStep(this.#attempt, 'connected', 0));
      if (this.readyState !== OPENED) controller.abort(ABORTED); // it was aborted while it waited for a connection
    }

    onResponseStart(controller, status, headers, statusText) {
      if (status < 100) throw failure('FL_ERESPONSE', `status ${status}`);
      if (status < 200) return; // 103 Early Hints
      if (status === 407 && this.connection?.proxied) throw failure('FL_EPROXY', '407');
      assertUnambiguous(headers, controller.rawHeaders);
      this.headersAt = performance.now();
      this.responseStatus = status;
      this.statusText = statusText ?? '';
      this.rawHeaders = controller.rawHeaders;
      this.hasQuota =
        headers['ratelimit'] !== undefined ||
        headers['ratelimit-remaining'] !== undefined ||
        headers['x-ratelimit-remaining'] !== undefined;
      if (headers['set-cookie']) this.#cookies?.store(this.responseURL, headers['set-cookie']);
      const resumes = status === 206 && this.sink !== null;
      const sink = resumes ? this.sink : makeSink(this.#exchange, this.#wire);
      if (this.#exchange?.options.stream) this.sink ??= sink; // for Exchange, which is told of the head
      if (this.#wire.onStep) this.#telling(() => this.#tellHead(status));
      else if (isHeadWanted(this) || this.#isProgram || this.#exchange?.options.stream) this.#tellHead(status);
      if (this.unwanted) this.#leaving = setTimeout(() => this.#leave(controller), DROPPED_MS_MAX);
      if (this.unwanted || this.readyState === DONE) return; // what would be resumed may be so by the next attempt
      this.sink = sink;
      if (!resumes) this.resumedHead = null;
      sink.onFinished = this.#onFinished;
      const hasBody = this.#options.method !== 'HEAD' && status !== 204 && status !== 304;
      if (hasBody) assertUnwrapped(headers['transfer-encoding']);
      sink.begin(controller, headers, { resumes, hasBody });
    }

    onResponseData(controller, chunk) {
      if (this.unwanted) {
        this.#dropped += chunk.length;
        if (this.#dropped > DROPPED_BYTES_MAX) this.#leave(controller);
        return;
      }
      this.#wire.onStep?.(this.#attempt, 'chunk', chunk.length);
      this.sink.write(chunk);
      tellDownload(this.#exchange?.options.onDownloadProgress, this.sink.received, this.sink.announced);
    }

    onResponseEnd() {
      if (this.unwanted) this.#load();
      else if (this.line?.error) this.onResponseError(null, this.line.error);
      else if (this.sink.isCut) this.onResponseError(null, failure('FL_EPARTIAL', this.sink.isCut));
      else this.sink.end();
    }

    onResponseError(_controller, error) {
      if (this.readyState === UNSENT || this.readyState === DONE) return;
      const headersCame = this.responseStatus !== 0;
      if (this.#sending) {
        queueMicrotask(() => this.onResponseError(null, error));
      } else if (this.unwanted) {
        this.#load(); // C has what it wanted
      } else if (error.code === MISMATCH && (this.responseStatus === 304 || this.responseStatus === 204)) {
        // A 304 may announce the length of what it doesn't send (RFC 9110, 8.6), which undici takes for a broken body.
        this.sink.end();
      } else if (error.code === BROKEN && this.sink && this.sink.received === this.sink.announced) {
        // All has come. Paused by its reader at the very end, undici takes the connection's end for a break.
        this.sink.end();
      } else if (this.#bodyError) {
        this.#end(this.#bodyError, 'FL_EBODYREAD');
      } else {
        this.#end(error, error.fetchloop ?? codeOf(error, { headersCame }));
      }
    }

    /** What a trace tells of a step besides its time. */
    describe(step) {
      if (step === 'connected') {
        const { method, headers } = this.#options;
        return { request: { method, url: this.responseURL, headers: pairsOf(headers) }, connection: this.connection };
      }
      if (step !== 'headers') return undefined;
      const headers = pairsOf(this.rawHeaders.map((bytes) => bytes.latin1Slice()));
      return { response: { status: this.responseStatus, statusText: this.statusText, headers } };
    }

    #telling(tell) {
      this.#wire.told = this;
      tell();
      this.#wire.told = null;
    }

    /** C may answer by setting `unwanted`. */
    #tellHead(status) {
      this.status = status;
      this.readyState = HEADERS_RECEIVED;
      this.onreadystatechange?.();
    }

    /** The rest of a body that isn't wanted takes longer than a new connection would. */
    #leave(controller) {
      this.line?.cancel(this);
      this.#load();
      controller.abort(ABORTED);
    }

    #end(error, code) {
      this.line?.cancel(this);
      this.errorCode = code;
      this.error = error;
      this.status = 0;
      this.readyState = DONE;
      this.onerror?.();
    }

    /** The sink's: all of the body has gone to its reader, or is there. */
    #onFinished = (error) => {
      if (error) this.onResponseError(null, error);
      else this.#load();
    };

    #load() {
      if (this.readyState === UNSENT || this.readyState === DONE) return;
      clearTimeout(this.#leaving);
      this.line?.release(this);
      this.status = this.responseStatus;
      this.response = this.unwanted || this.#exchange?.options.stream ? NO_BYTES : this.sink.whole();
      this.readyState = DONE;
      this.#controller = this.#options = null; // a result that waits to be taken needs neither
      this.onload?.();
    }
  };
}

const ABORTED = new Error('aborted');
const BROKEN = 'UND_ERR_SOCKET';
const MISMATCH = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';
/** How much of an unwanted body is read, and how long it is waited for, to keep its connection. */
const DROPPED_BYTES_MAX = 64 * 1024;
const DROPPED_MS_MAX = 100;
/** @type {any[]} never written to */
const NOTHING = [];
Object.freeze(NOTHING);
const NO_BYTES = new ArrayBuffer(0);
/** As undici takes and gives them: names and values in turn, or by name. @returns {[string, string][]} */
function pairsOf(headers) {
  if (!Array.isArray(headers)) return Object.entries(headers);
  return Array.from({ length: headers.length / 2 }, (_, i) => [headers[2 * i], headers[2 * i + 1]]);
}

/** By what those are joined that are a list, and may be there once all the same: says Node of HTTP/2, and RFC 6265, 5.4, of Cookie. */
const JOINED_BY = new Map([
  ['cookie', '; '],
  ['content-encoding', ', '],
  ['content-language', ', '],
  ['if-match', ', '],
  ['if-none-match', ', '],
]);

function withFewerRepeated(given) {
  const headers = [];
  const at = new Map();
  for (let i = 0; i < given.length; i += 2) {
    const name = given[i].toLowerCase();
    if (name === 'host' && at.has(name)) throw failure('FL_EHEADER', 'more than one Host');
    if (JOINED_BY.has(name) && at.has(name)) {
      headers[at.get(name)] += JOINED_BY.get(name) + given[i + 1];
    } else {
      headers.push(given[i], given[i + 1]);
      at.set(name, headers.length - 1);
    }
  }
  return headers;
}

/** Headers that can't be joined by commas: the first counts. */
const ONCE = new Set(['location', 'retry-after', 'date', 'etag', 'last-modified', 'content-range']);
const HEADERS_MAX = 1000;

/** Of transfer codings, none but chunked is asked for (TE), and undici hands on what is in another as it is. */
function assertUnwrapped(coding) {
  if (coding === undefined || /^(chunked|identity)$/i.test(coding)) return;
  throw failure('FL_EENCODING', `Transfer-Encoding: ${coding}`);
}

/** However much they agree: where two programs read them differently, one answer is smuggled into another. */
function assertUnambiguous(headers, rawHeaders) {
  const { location } = headers;
  if (Array.isArray(headers['content-length'])) {
    throw failure('FL_ERESPONSE', `${headers['content-length'].length} Content-Lengths`);
  }
  if (Array.isArray(location) && location.some((one) => one !== location[0])) {
    throw failure('FL_ERESPONSE', `${location.length} Locations`);
  }
  if (rawHeaders.length > 2 * HEADERS_MAX) throw failure('FL_ERESPONSE', `more than ${HEADERS_MAX} headers`);
}
