import { documentUrl } from './absolute-url.js';
import { orAborted } from './or-aborted.js';
import { platformFetch } from './platform-fetch.js';

/**
 * fetch() of a session.
 * @param {import('./client.js').Client} client
 * @param {string | URL | Request} input
 * @param {RequestInit | null} init
 */
export async function fetchBy(client, input, init) {
  if (isLocal(input)) return platformFetch(input, init ?? undefined);
  const asked = await readFetch(input, init, client.fetchOptions);
  const response = await client.request(asked.method, asked.url, asked.init);
  assertNoRedirect(response, asked.redirect);
  return response;
}

/** What is no request of HTTP's: the platform's own fetch() has it. @param {string | URL | Request} input */
function isLocal(input) {
  return /^\s*(data|blob):/i.test(isRequest(input) ? input.url : String(input));
}

/**
 * What fetch() takes, as a request of a session. Of `init`, what only tells a page's request from another's (referrer, keepalive,
 * priority, …) is left to the session's own options; what would have another outcome is refused.
 * The body of a Request is read whole first, so that it has a length and can be sent again: who wants to send a stream as it
 * comes gives it as `init.body`.
 * @param {string | URL | Request} input
 * @param {RequestInit | null} init
 * @param {string[]} names of fetch()'s options that the platform's requests have, too
 * @returns {Promise<{ method: string, url: string | URL, redirect: RequestRedirect, init: import('./session.js').RequestInit }>}
 */
async function readFetch(input, init, names) {
  init ??= {};
  const request = isRequest(input) ? input : null;
  assertCan(init, request, input);
  const {
    method = request?.method ?? 'GET',
    signal = request?.signal,
    redirect = request?.redirect ?? 'follow',
  } = init;
  const body =
    (init.body ?? null) === null && request?.body ? await orAborted(request.arrayBuffer(), signal) : init.body;
  const headers = init.headers ?? request?.headers;
  const url = request ? request.url : String(input).trim();
  return {
    method,
    url: URL.canParse(url) ? new URL(url).href : url, // which writes a space as %20; a relative one is the session's affair
    redirect,
    init: {
      ...(headers && { headers: [...new Headers(headers)].filter(([name]) => !FORBIDDEN.test(name)) }),
      ...((body ?? null) !== null && { body }),
      ...(signal && { signal }),
      ...Object.fromEntries(names.flatMap((name) => optionOf(name, init, request))),
      ...(redirect !== 'follow' && { maxRedirects: 0 }),
      raiseForStatus: false,
      stream: 'ahead', // who looks at the status alone reads no body, and must not hold up the others
    },
  };
}

/** A Request has all of them, so that what is the default there is left to the session. */
function optionOf(name, init, request) {
  const value = init[name] ?? request?.[name];
  const isGiven = init[name] !== undefined || !['same-origin', 'default', undefined].includes(value);
  return isGiven ? [[name, value]] : [];
}

/** fetch() drops them without a word: they belong to the connection. */
const FORBIDDEN = /^(connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;

const REDIRECTS = ['follow', 'error', 'manual'];

function assertCan(init, request, input) {
  if (init.redirect !== undefined && !REDIRECTS.includes(init.redirect)) {
    throw new TypeError(`redirect is 'follow', 'error' or 'manual', not '${String(init.redirect)}'`);
  }
  const { integrity = request?.integrity, mode = request?.mode } = init;
  if (integrity) throw new TypeError("a session's fetch() checks no integrity");
  if (mode === 'no-cors' || mode === 'navigate') throw new TypeError(`a session's fetch() has no mode '${mode}'`);
  const page = mode === 'same-origin' ? documentUrl() : undefined;
  if (page && new URL(request?.url ?? String(input), page).origin !== new URL(page).origin) {
    throw new TypeError("another origin's, where mode is 'same-origin'");
  }
}

const REDIRECTED = [301, 302, 303, 307, 308];

/** @param {Response} response @param {RequestRedirect} redirect */
function assertNoRedirect(response, redirect) {
  if (redirect !== 'error' || !REDIRECTED.includes(response.status) || !response.headers.has('location')) return;
  response.body?.cancel().catch(() => {});
  throw new TypeError('fetch failed', { cause: new Error(`a redirect to ${response.headers.get('location')}`) });
}

/** One of another realm, or of another library's, is one too. @param {unknown} input @returns {input is Request} */
function isRequest(input) {
  return typeof input === 'object' && Object.prototype.toString.call(input) === '[object Request]';
}
