import { more } from '../later.js';
import { PlainRequest } from './plain-request.js';

/**
 * Make what Emscripten's Fetch.js finds under the name XMLHttpRequest in a browser: the browser's own, which is quicker, for
 * what it can do, and for the rest one over fetch().
 * @param {() => import('../core.js').Sending} sending what the next one is for
 */
export function makeXMLHttpRequest(sending) {
  return class XMLHttpRequest {
    /** The one whose body broke off, and goes on with the next one's. @type {import('./fetch-request.js').FetchRequest | null} */
    static resumes = null;

    constructor() {
      const { wire, exchange, attempt, hasBody } = sending();
      const isOwn = exchange || wire.onStep; // else it is a GET as the session has it, like the next
      if (!isOwn) wire.terms ??= termsOf(wire);
      const terms = isOwn ? termsOf(wire, exchange, attempt, hasBody) : wire.terms;
      // biome-ignore lint/correctness/noConstructorReturn: it is one of two
      return needsFetch(terms) ? new more.FetchRequest(terms, XMLHttpRequest.resumes) : new PlainRequest(terms);
    }
  };
}

/**
 * @typedef {object} Terms what a request must know of its session and of what it is for
 * @property {import('../given.js').Credentials} [credentials]
 * @property {import('../given.js').CacheMode} [cache]
 * @property {import('../given.js').FetchInit} [fetchInit]
 * @property {boolean} redirects whether they are followed; else one is an error
 * @property {RequestPriority} priority among all that the page asks for
 * @property {boolean | 'ahead'} [stream]
 * @property {number} bytesMax of the body, decoded
 * @property {(progress: import('../progress.js').DownloadProgress) => void} [onDownloadProgress]
 * @property {boolean} watched there is a deadline for each part of the body
 * @property {import('../request/byte-source.js').ByteSource | null} source of the request's body
 * @property {((step: string, bytes: number) => void) | undefined} onStep of a traced session
 */

/** @returns {Terms} */
function termsOf(wire, exchange, attempt, hasBody) {
  const { bodyMax, ...options } = { ...wire.options, ...exchange?.options };
  const { stream, maxRedirects, priority = 0 } = options;
  return {
    ...options,
    source: hasBody ? (exchange?.body ?? null) : null,
    onStep: wire.onStep && ((step, bytes) => wire.onStep(attempt, step, bytes)),
    bytesMax: bodyMax ?? (stream ? Infinity : BODY_MAX),
    redirects: maxRedirects !== 0,
    priority: PRIORITIES[Math.sign(priority) + 1],
    watched: (exchange?.options.timeout?.read ?? wire.options.timeout?.read) !== undefined,
  };
}

/** Service workers have no XMLHttpRequest. @param {Terms} terms */
function needsFetch({ stream, credentials, cache = 'default', fetchInit, redirects, priority }) {
  const isPlain =
    !stream && !fetchInit && redirects && credentials !== 'omit' && cache === 'default' && priority === 'auto';
  return !isPlain || !globalThis.XMLHttpRequest;
}

const PRIORITIES = ['low', 'auto', 'high'];

const BODY_MAX = 100 * 1024 * 1024;
