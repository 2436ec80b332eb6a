/**
 * A WHATWG Response whose body has come already. Making one through Node's own constructor costs more than all the rest of
 * a small request (13 of 25 µs: it builds a ReadableStream), so that is left until somebody asks for the stream; the
 * methods that read the whole body give it directly.
 */
export class LoopResponse extends Response {
  #xhr;
  #history;
  #headers = null;
  #whole = null; // the Response that Node makes, once one is needed
  #used = false;

  /** @param {object} xhr ended, from xhr.js; nobody else keeps its `response` */
  constructor(xhr, history = []) {
    super(null);
    this.#xhr = xhr;
    this.#history = history;
  }

  get status() {
    return this.#xhr.status;
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
    return hasNoBody(this.status) ? null : this.#makeWhole().body;
  }

  async arrayBuffer() {
    return this.#whole ? this.#whole.arrayBuffer() : this.#take();
  }

  async bytes() {
    return new Uint8Array(await this.arrayBuffer());
  }

  async text() {
    return this.#whole ? this.#whole.text() : new TextDecoder().decode(this.#take());
  }

  async json() {
    return JSON.parse(await this.text());
  }

  async blob() {
    return this.#makeWhole().blob();
  }

  async formData() {
    return this.#makeWhole().formData();
  }

  clone() {
    if (this.bodyUsed) throw new TypeError('Response.clone: the body has been read');
    const { status, statusText, responseURL, rawHeaders, response } = this.#xhr;
    const copy = new LoopResponse(
      {
        status,
        statusText,
        responseURL,
        rawHeaders,
        response: response?.slice(0) ?? null,
      },
      this.#history,
    );
    copy.#whole = this.#whole?.clone() ?? null;
    return copy;
  }

  #take() {
    if (hasNoBody(this.status)) return new ArrayBuffer(0);
    if (this.#used) throw new TypeError('Body is unusable: Body has already been read');
    this.#used = true;
    const body = this.#xhr.response;
    this.#xhr.response = null;
    return body;
  }

  #makeWhole() {
    if (this.#whole) return this.#whole;
    const usedUp = this.#used;
    const body = hasNoBody(this.status) ? null : usedUp ? '' : this.#take();
    this.#whole = new Response(body, { headers: this.headers });
    if (usedUp) this.#whole.arrayBuffer(); // so that its stream, too, says so
    return this.#whole;
  }
}

/** @param {number} status */
function hasNoBody(status) {
  return status === 204 || status === 205 || status === 304;
}
