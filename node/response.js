import { decodeUtf8 } from '../web/response/charset.js';
import { decodeText } from './charset.js';

/** Made while the first response is waited for: where `Response` is named, Node loads its own fetch(), which takes 25 ms and 9 MB. */
let ResponseClass;

const QUIET_MS = 5;
let timer = null;

/** A request has gone out. Those that go out together should not wait for it, nor a process for this. */
export function expectResponse() {
  if (ResponseClass) return;
  if (timer) timer.refresh();
  else timer = setTimeout(() => (ResponseClass ??= defineResponse()), QUIET_MS).unref();
}

/**
 * @param {object} xhr from xhr.js, whose headers have come; one that isn't streamed has ended. Nobody else keeps its
 *   `response`, or reads its `sink`
 * @param {import('../web/core.js').Hop[]} [history]
 * @returns {Response}
 */
export function makeResponse(xhr, history = []) {
  ResponseClass ??= defineResponse();
  return new ResponseClass(xhr, history);
}

/**
 * A WHATWG Response. Making one through Node's own constructor costs more than all the rest of a small request (13 of
 * 25 µs: it builds a ReadableStream), so that is left until somebody asks for the stream; the methods that read the whole
 * body give it directly.
 *
 * It differs from fetch()'s in one thing: text() decodes by the charset that Content-Type names (a byte order mark counts
 * more, and what is not known is read as UTF-8), as aiohttp's does. json() is UTF-8, always.
 */
function defineResponse() {
  return class LoopResponse extends Response {
    #xhr;
    #history;
    #reader; // of a streamed one
    #headers = null;
    #whole = null; // the Response that Node makes, once one is needed
    #used = false;

    constructor(xhr, history) {
      super(null);
      this.#xhr = xhr;
      this.#history = history;
      this.#reader = xhr.sink?.openReader() ?? null;
    }

    get status() {
      return this.#xhr.responseStatus;
    }

    get ok() {
      return this.status >= 200 && this.status <= 299;
    }

    get statusText() {
      return this.#xhr.statusText;
    }

    get url() {
      return this.#xhr.responseURL;
    }

    get redirected() {
      return this.#history.length > 0;
    }

    /** The redirects that were followed, in order. @returns {import('../web/core.js').Hop[]} */
    get history() {
      return this.#history;
    }

    get headers() {
      if (!this.#headers) {
        this.#headers = new Headers();
        const raw = this.#xhr.rawHeaders;
        for (let i = 0; i < raw.length; i += 2) this.#headers.append(raw[i].latin1Slice(), raw[i + 1].latin1Slice());
      }
      return this.#headers;
    }

    get bodyUsed() {
      return this.#whole ? this.#whole.bodyUsed : this.#used;
    }

    get body() {
      return hasNoBody(this.#xhr) ? null : this.#makeWhole().body;
    }

    async arrayBuffer() {
      return this.#whole ? this.#whole.arrayBuffer() : this.#take();
    }

    async bytes() {
      return new Uint8Array(await this.arrayBuffer());
    }

    async text() {
      return decodeText(await this.arrayBuffer(), this.#xhr.getResponseHeader('content-type'));
    }

    async json() {
      return JSON.parse(decodeUtf8(await this.arrayBuffer()));
    }

    async blob() {
      return this.#makeWhole().blob();
    }

    async formData() {
      return this.#makeWhole().formData();
    }

    /**
     * The body as it comes, in chunks of what there is, which takes half of the time that `body` does. They may be shared
     * with whoever else has them (a cache, say), and are not to be changed. To a file: `pipeline(response,
     * createWriteStream(path))`; to a disk that keeps up, `for await (const chunk of response) writeSync(fd, chunk)` is quicker
     * still.
     * @returns {AsyncIterator<Uint8Array>}
     */
    [Symbol.asyncIterator]() {
      if (!this.#reader || this.#used) return this.#chunks();
      this.#used = true;
      return this.#takeReader();
    }

    async *#chunks() {
      const body = new Uint8Array(await this.arrayBuffer());
      if (body.length > 0) yield body;
    }

    clone() {
      if (this.bodyUsed) throw new TypeError('Response.clone: the body has been read');
      if (this.#reader) this.#makeWhole();
      const xhr = this.#xhr;
      const { method, responseStatus, statusText, responseURL, rawHeaders, response } = xhr;
      const copy = new LoopResponse(
        {
          method,
          responseStatus,
          statusText,
          responseURL,
          rawHeaders,
          response: response?.slice(0) ?? null,
          getResponseHeader: (name) => xhr.getResponseHeader(name),
        },
        this.#history,
      );
      copy.#headers = this.#headers && new Headers(this.#headers);
      copy.#whole = this.#whole?.clone() ?? null;
      return copy;
    }

    /** @returns {ArrayBuffer | Promise<ArrayBuffer>} */
    #take() {
      if (hasNoBody(this.#xhr)) return new ArrayBuffer(0);
      if (this.#used) throw new TypeError('Body is unusable: Body has already been read');
      this.#used = true;
      if (this.#reader) return this.#takeReader().collect();
      const body = this.#xhr.response;
      this.#xhr.response = null;
      return body;
    }

    /** From here on, it is whoever reads that keeps the request going. */
    #takeReader() {
      const reader = this.#reader;
      this.#reader = null;
      return reader;
    }

    #makeWhole() {
      if (this.#whole) return this.#whole;
      const usedUp = this.#used;
      this.#whole = new Response(this.#bodyForWhole(), { headers: this.headers });
      if (usedUp) this.#whole.arrayBuffer(); // so that its stream, too, says so
      return this.#whole;
    }

    #bodyForWhole() {
      if (hasNoBody(this.#xhr)) return null;
      if (this.#used) return '';
      return this.#reader ? this.#takeReader().toStream() : this.#take();
    }
  };
}

function hasNoBody({ method, responseStatus }) {
  return method === 'HEAD' || responseStatus === 204 || responseStatus === 205 || responseStatus === 304;
}
