import { loadMore, more } from '../later.js';

const HAS_NO_BODY = [204, 205, 304];

/** A server may write them into its reason; a Response refuses them. */
const UNSAYABLE = /[\0-\x08\n-\x1f\x7f]/g;

/**
 * What a response is made of: a PlainRequest or a FetchRequest that has its head, or what came of one in a worker.
 * @typedef {object} Received
 * @property {string} [method]
 * @property {number} responseStatus
 * @property {string} statusText
 * @property {string} responseURL
 * @property {boolean} redirected
 * @property {Headers} responseHeaders
 * @property {any} response its body, when there is one already
 * @property {{ failure: Error | null, takeStream?: () => ReadableStream } | null} sink
 */

/** A WHATWG Response, of what came over XMLHttpRequest or fetch(). */
export class PageResponse extends Response {
  #xhr;

  /** @param {Received} xhr */
  constructor(xhr, body = bodyOf(xhr), headers = xhr.responseHeaders) {
    const { responseStatus, statusText } = xhr;
    // For what takes it without asking it: a cache, respondWith().
    const status = responseStatus >= 200 && responseStatus <= 599 ? responseStatus : 200; // servers answer with 999, too
    super(body, { status, headers, statusText: statusText.replace(UNSAYABLE, '') });
    this.#xhr = xhr;
  }

  get status() {
    return this.#xhr.responseStatus;
  }

  get ok() {
    return this.status >= 200 && this.status <= 299;
  }

  get url() {
    return this.#xhr.responseURL;
  }

  get redirected() {
    return this.#xhr.redirected;
  }

  /** A browser doesn't tell which redirects it followed. @returns {null} */
  get history() {
    return null;
  }

  clone() {
    return new PageResponse(this.#xhr, super.clone().body, this.headers);
  }

  // Where a stream fails, the browser's own say "Failed to fetch", and not why.

  arrayBuffer() {
    return this.#read('arrayBuffer');
  }

  blob() {
    return this.#read('blob');
  }

  bytes() {
    return this.#read('bytes');
  }

  formData() {
    return this.#read('formData');
  }

  json() {
    return this.#read('json');
  }

  /** By the charset of Content-Type, as aiohttp; a browser's own takes all for UTF-8. */
  async text() {
    const body = await this.#read('arrayBuffer');
    const type = this.headers.get('content-type');
    if (isUtf8(body, type)) return new TextDecoder().decode(body);
    const { decodeText } = more ?? (await loadMore());
    return decodeText(body, type);
  }

  #read(how) {
    const body =
      how in Response.prototype ? super[how]() : super.arrayBuffer().then((buffer) => new Uint8Array(buffer));
    const { sink } = this.#xhr;
    if (!sink) return body;
    return body.catch((error) => {
      throw sink.failure ?? error;
    });
  }
}

/** Of most it is clear at once. */
function isUtf8(body, type) {
  const [first] = new Uint8Array(body, 0, Math.min(1, body.byteLength));
  return !(first >= 0xfe) && !/charset(?!=utf-8$)/i.test(type);
}

function bodyOf(xhr) {
  if (xhr.method === 'HEAD' || HAS_NO_BODY.includes(xhr.responseStatus)) return null;
  return xhr.response ?? xhr.sink?.takeStream() ?? null;
}
