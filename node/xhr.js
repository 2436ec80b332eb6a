import { decodeContent } from './content-encoding.js';
import { followRedirect, isRedirect } from './redirect.js';
import { codeOf } from './wire-errors.js';

/**
 * What XMLHttpRequest needs to know of the session that it works for.
 * @typedef {object} Wire
 * @property {import('./connections.js').Connections} connections
 * @property {Record<string, string>} headers sent with each request, lower-case names
 * @property {number} redirectsMax
 * @property {number} bodyBytesMax decoded
 */

const UNSENT = 0;
const OPENED = 1;
const DONE = 4;

/**
 * Make the class that Emscripten's Fetch.js finds under the name XMLHttpRequest in Node: as much of the standard's as
 * Fetch.js uses, over undici, whose DispatchHandler it is. As Fetch.js needs it: send() never throws and never calls back
 * before it returns; `response` is an ArrayBuffer of just the body; after abort() there is only the one synchronous
 * readystatechange, and no other is ever sent.
 *
 * @param {() => Wire} wireOfNext the wire of the session that makes the next one
 */
export function makeXMLHttpRequest(wireOfNext) {
  return class XMLHttpRequest {
    onload = null;
    onerror = null;
    onreadystatechange = null;
    readyState = UNSENT;
    status = 0;
    statusText = '';
    response = null;
    responseURL = '';

    // Beyond the standard, for fetchloop.
    /** Why there is no response, and the name of that in FL_ERRORS. */
    error = null;
    errorCode = '';
    /** Whether a connection stands, so that the request could be sent. */
    connected = false;
    /** When the headers came, on performance.now()'s clock; 0: not yet. */
    headersAt = 0;
    /** As undici has them: names and values in turn, as Buffers. */
    rawHeaders = [];
    redirects = 0;
    /** The body as it came over the network, before a Content-Encoding was undone. */
    encodedBytes = 0;

    #wire = wireOfNext();
    #host = null;
    #sending = false;
    #sentAgain = false;
    #followed = false;
    #options = null;
    #controller = null;
    #history = null;
    #redirect = null; // the response that says so, until its body has gone by
    #encoding = '';
    #chunks = [];

    open(method, url) {
      this.#options = { method, headers: this.#wire.headers };
      this.responseURL = url;
      this.readyState = OPENED;
    }

    setRequestHeader(name, value) {
      this.#options.headers = { ...this.#options.headers, [name.toLowerCase()]: value };
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
        this.#address(new URL(this.responseURL));
        this.#options.body = body;
        this.#dispatch();
      } catch (error) {
        this.onResponseError(null, error);
      }
      this.#sending = false;
    }

    #dispatch() {
      this.#host = this.#wire.connections.host(this.#options.origin);
      this.#host.pool.dispatch(this.#options, this);
    }

    abort() {
      if (this.readyState !== OPENED) return;
      this.readyState = DONE;
      this.#controller?.abort(ABORTED);
      this.onreadystatechange?.();
    }

    #address({ origin, pathname, search, username, password }) {
      this.#options.origin = origin;
      this.#options.path = pathname + search;
      this.responseURL = origin + pathname + search;
      if (!username && !password) return;
      const credentials = `${decoded(username)}:${decoded(password)}`;
      this.setRequestHeader('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
    }

    // What undici calls.

    onRequestStart(controller, context) {
      this.#controller = controller;
      this.connected = true;
      this.#history = context?.history;
      this.redirects = this.#history?.length ?? 0;
      if (this.readyState !== OPENED) controller.abort(ABORTED); // it was aborted while it waited for a connection
    }

    onResponseStart(controller, status, headers, statusText) {
      if (status < 100) throw fail('FL_ERESPONSE', `status ${status}`);
      if (status < 200) return; // 103 Early Hints
      if (isRedirect(status, headers)) {
        if (this.#history?.length > 0) throw fail('FL_EREDIRECTS', `${this.redirects} were followed`);
        this.#redirect = { controller, status, headers, statusText };
        return;
      }
      const announced = headers['content-length'];
      // However much they agree: where two programs read them differently, one answer is smuggled into another.
      if (Array.isArray(announced)) throw fail('FL_ERESPONSE', `${announced.length} Content-Lengths`);
      if (announced > this.#wire.bodyBytesMax) throw fail('FL_ETOOBIG', `${announced} bytes`);
      this.headersAt = performance.now();
      this.status = status;
      this.statusText = statusText ?? '';
      this.rawHeaders = controller.rawHeaders;
      this.#encoding = String(headers['content-encoding'] ?? '');
      if (this.redirects > 0) this.responseURL = this.#history.at(-1).href;
    }

    onResponseData(_controller, chunk) {
      if (this.#redirect) return;
      this.encodedBytes += chunk.length;
      if (this.encodedBytes > this.#wire.bodyBytesMax) throw fail('FL_ETOOBIG', `${this.encodedBytes} bytes`);
      this.#chunks.push(chunk);
    }

    onResponseEnd() {
      if (this.#redirect) {
        const response = this.#redirect;
        this.#redirect = null;
        this.#followed = true;
        followRedirect(this.#wire.connections, this.#options, response, this.#wire.redirectsMax, this);
      } else if (this.#encoding && this.encodedBytes > 0) {
        decodeContent(Buffer.concat(this.#chunks), this.#encoding, this.#wire.bodyBytesMax).then(
          (body) => this.#load([body], body.length),
          (error) => this.onResponseError(null, error.code === TOO_BIG ? error : fail('FL_EENCODING', error.message)),
        );
      } else {
        this.#load(this.#chunks, this.encodedBytes);
      }
    }

    onResponseError(_controller, error) {
      if (this.readyState !== OPENED) return;
      const headersCame = this.status !== 0;
      if (this.#sending) {
        queueMicrotask(() => this.onResponseError(null, error));
      } else if (error.code === MISMATCH && (this.status === 304 || this.status === 204)) {
        // A 304 may announce the length of what it doesn't send (RFC 9110, 8.6), which undici takes for a broken body.
        this.#load([], 0);
      } else if (this.#mayBeStale(error) && !headersCame && !this.#followed && !this.#sentAgain) {
        this.#sentAgain = true;
        this.#dispatch();
      } else {
        this.#end(error, error.fetchloop ?? codeOf(error, { headersCame, redirected: this.#followed }));
      }
    }

    /* A server may close a kept connection just when a request is on its way: that costs no request, as in browsers and
     * curl, if it may be made twice (RFC 9110, 9.2.2). A host that has never answered has no such connections. */
    #mayBeStale(error) {
      return this.#host?.answered && this.#options.method === 'GET' && STALE.has(error.code);
    }

    #end(error, code) {
      this.errorCode = code;
      this.error = error;
      this.status = 0;
      this.readyState = DONE;
      this.onerror?.();
    }

    #load(chunks, bytes) {
      if (this.readyState !== OPENED) return;
      // A copy: a chunk is a view into all that was read from the socket with it.
      const body = new Uint8Array(bytes);
      let at = 0;
      for (const chunk of chunks) {
        body.set(chunk, at);
        at += chunk.length;
      }
      this.#host.answered = true;
      this.#chunks = null;
      this.response = body.buffer;
      this.readyState = DONE;
      this.onload?.();
    }
  };
}

const ABORTED = new Error('aborted');
const STALE = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
const MISMATCH = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';
const TOO_BIG = 'ERR_BUFFER_TOO_LARGE';

function fail(code, message) {
  return Object.assign(new Error(message), { fetchloop: code });
}

/** A part of a URL's user information: percent-encoded, or what looks so and is not. @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
