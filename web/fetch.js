import { orAborted } from './common/or-aborted.js';
import { platformFetch } from './common/platform-fetch.js';

/**
 * fetch() of a session.
 * @param {import('./client.js').Client<any, any>} client
 * @param {string | URL | Request} input
 * @param {RequestInit | null} init
 * @param {string[]} names of fetch()'s options that the platform's requests have, too
 */
export async function fetchBy(client, input, init, names = []) {
  if (isLocal(input)) return platformFetch(input, init ?? undefined);
  const asked = await readFetch(input, init, names);
  const response = await client.request(asked.method, asked.url, asked.init);
  assertNoRedirect(response, asked.redirect);
  return response;
}

/** What is no request of HTTP's: the platform's own fetch() has it. @param {string | URL | Request} input */
function isLocal(input) {
  return /^\s*(data|blob):/i.test(isRequest(input) ? input.url : String(input));
}

/**
 * What fetch() takes, as a request of a session. What would have another outcome is refused.
 * The body of a Request is read whole first, so that it has a length and can be sent again: who wants to send a stream as it
 * comes gives it as `init.body`.
 * @param {string | URL | Request} input
 * @param {RequestInit | null} init
 * @param {string[]} names of fetch()'s options that the platform's requests have, too
 * @returns {Promise<{ method: string, url: string | URL, redirect: RequestRedirect, init: import('./given.js').RequestInit }>}
 */
async function readFetch(input, init, names) {
  init ??= {};
  const request = isRequest(input) ? input : null;
  const given = request ? request.url : String(input).trim();
  const url = URL.canParse(given) ? new URL(given).href : given; // which writes a space as %20; a relative one is the session's affair
  const fetchInit = readFetchInit(init, request);
  assertCan(fetchInit, names);
  const {
    method = request?.method ?? 'GET',
    signal = request?.signal,
    redirect = request?.redirect ?? 'follow',
  } = init;
  const body =
    (init.body ?? null) === null && hasBody(request) ? await orAborted(request.arrayBuffer(), signal) : init.body;
  const headers = init.headers ?? request?.headers;
  return {
    method,
    url,
    redirect,
    init: {
      ...(headers && { headers: [...new Headers(headers)].filter(([name]) => !FORBIDDEN.test(name)) }),
      ...((body ?? null) !== null && { body }),
      ...(signal && { signal }),
      ...Object.fromEntries(names.flatMap((name) => optionOf(name, init, request))),
      ...(Object.keys(fetchInit).length > 0 && names.includes('fetchInit') && { fetchInit }),
      ...(isFinal(fetchInit) && { retry: 0 }),
      ...(redirect !== 'follow' && { maxRedirects: 0 }),
      raiseForStatus: false,
      stream: 'ahead', // who looks at the status alone reads no body, and must not hold up the others
    },
  };
}

/**
 * What fetch() refuses then, it doesn't tell from a network that fails: it would only be refused again.
 * @param {import('./given.js').FetchInit} fetchInit
 */
function isFinal({ integrity, mode }) {
  return integrity !== undefined || mode === 'same-origin';
}

/** Not every browser's Request has `body`. @param {Request | null} request */
function hasBody(request) {
  return request?.body === undefined ? !/^(GET|HEAD)$/.test(request?.method ?? 'GET') : request.body !== null;
}

/** A Request has all of them, so that what is the default there is left to the session. */
function optionOf(name, init, request) {
  const value = init[name] ?? request?.[name];
  const isGiven = init[name] !== undefined || !['same-origin', 'default', undefined].includes(value);
  return isGiven ? [[name, value]] : [];
}

/** fetch() drops them without a word: they belong to the connection. */
const FORBIDDEN = /^(connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;

/** What only fetch() knows, and what it is by default. */
const FETCH_ONLY = { integrity: '', keepalive: false, mode: 'cors', referrer: 'about:client', referrerPolicy: '' };

/** What is given of it. @returns {import('./given.js').FetchInit} */
function readFetchInit(init, request) {
  const names = Object.keys(FETCH_ONLY);
  const givenOf = (some) => Object.fromEntries(some.map((name) => [name, init[name] ?? request?.[name]]));
  // Which says what is wrong with them, and what a relative referrer is.
  const read = new Request('https://host/', {
    redirect: init.redirect,
    ...givenOf([...names, 'credentials', 'cache']),
  });
  return Object.fromEntries(names.filter((name) => read[name] !== FETCH_ONLY[name]).map((name) => [name, read[name]]));
}

/** @param {any} fetchInit @param {string[]} names */
function assertCan({ integrity, mode = 'same-origin', referrer }, names) {
  if (!names.includes('fetchInit')) {
    if (integrity) throw new TypeError("a session's fetch() checks no integrity");
    if (referrer) throw new TypeError("a session's fetch() takes no referrer: give it as the header referer");
  }
  if (mode !== 'same-origin') throw new TypeError(`a session's fetch() has no mode '${mode}'`);
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
