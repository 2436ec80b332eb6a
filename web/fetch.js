import { orAborted } from './or-aborted.js';

/**
 * What fetch() takes, as a request of a session. Of `init`, what only a page has a meaning for (mode, referrer, integrity,
 * keepalive, …) is left to the session's own options.
 * The body of a Request is read whole first, so that it has a length and can be sent again: who wants to send a stream as it
 * comes gives it as `init.body`.
 * @param {string | URL | Request} input
 * @param {RequestInit} [init]
 * @returns {Promise<{ method: string, url: string | URL, redirect: RequestRedirect, init: import('./session.js').RequestInit }>}
 */
export async function readFetch(input, init = {}) {
  const request = isRequest(input) ? input : null;
  const {
    method = request?.method ?? 'GET',
    signal = request?.signal,
    redirect = request?.redirect ?? 'follow',
  } = init;
  const body = init.body === undefined && request?.body ? await orAborted(request.arrayBuffer(), signal) : init.body;
  const headers = init.headers ?? request?.headers;
  return {
    method,
    url: request ? request.url : /** @type {string | URL} */ (input),
    redirect,
    init: {
      ...(headers && { headers: [...new Headers(headers)] }),
      ...((body ?? null) !== null && { body }),
      ...(signal && { signal }),
      ...(redirect !== 'follow' && { maxRedirects: 0 }),
      raiseForStatus: false,
      stream: true,
    },
  };
}

/** As fetch() has it: what it can't say otherwise is a TypeError, and its cause tells why. */
export function asFetchError(error) {
  return error?.name === 'ClientError' ? new TypeError('fetch failed', { cause: error }) : error;
}

/** @param {Response} response @param {RequestRedirect} redirect */
export function assertNoRedirect(response, redirect) {
  if (redirect !== 'error' || response.status < 300 || response.status > 399 || !response.headers.has('location'))
    return;
  response.body?.cancel().catch(() => {});
  throw new TypeError('fetch failed', { cause: new Error(`a redirect to ${response.headers.get('location')}`) });
}

/** One of another realm, or of another library's, is one too. */
/** @param {unknown} input @returns {input is Request} */
function isRequest(input) {
  return typeof input === 'object' && Object.prototype.toString.call(input) === '[object Request]';
}
