/** What users give: the options of sessions, requests and lists. Types alone; options.js reads them. */

/**
 * What ClientSession.open() takes: limits, and what all requests have in common.
 * @typedef {object} SessionOptions
 * @property {number} [limit] requests in flight at once, 1 or more; default 50 (curl: --parallel-max)
 * @property {number} [limitPerHost] of these to one scheme, host and port; default 6, as browsers do
 * @property {number} [queueLimit] requests that may wait for a place; default 1,048,576. fetchAll() has its own, readAhead
 * @property {'refuse' | 'dropOldest'} [whenFull] what then becomes of the next: it is refused (FL_EFULL, the default), or
 *   the one of the lowest priority that has waited longest ends with FL_EFULL in its stead
 * @property {number} [readAhead] URLs that fetchAll() may hold, read but not started, because their host has no place;
 *   default 10,000. More finds other hosts deeper in a list that is sorted by host; less reads less in vain
 * @property {import('./options.js').Timeouts | number | false} [timeout] seconds. A number is `total` and `attempt`; false: neither
 * @property {import('./options.js').Retry | number | false} [retry] a number is its `limit`
 * @property {import('./rate.js').RateInit} [rate] how many requests may go out, redirects and retries among them: '100/s'
 * @property {import('./rate.js').RateInit} [ratePerHost] how many to one scheme, host and port
 * @property {boolean} [ignoreRateLimit] don't obey RateLimit and X-RateLimit-… headers; default false
 * @property {number | false} [maxRedirects] default 10; false or 0: a redirect is a response like others. One that leads round in a
 *   circle, without a cookie set on the way, is FL_EREDIRECTLOOP at once
 * @property {string[]} [sensitiveHeaders] that a redirect to another origin must not carry, besides those that no redirect
 *   does: Authorization, Cookie, and whatever looks like a secret
 * @property {string | URL} [baseUrl] what the requests' URLs are beneath: of 'https://host/api' both 'users' and '/users' are
 *   'https://host/api/users'
 * @property {boolean} [absoluteUrls] with a baseUrl: a request may also go elsewhere, by a URL that is written out, and takes none of
 *   the session's headers, params and auth there; default false: that is an error
 * @property {import('./request/request-init.js').HeadersInit} [headers] of each request that has no own of that name
 * @property {import('./request/search-params.js').Params} [params] added to the query of each request's URL
 * @property {import('./request/auth.js').SessionAuth} [auth] of each request to the base URL's origin, or to those that it names
 * @property {boolean} [raiseForStatus] a status of 400 or more is an error: FL_ESTATUS, with `status` and `response`;
 *   of a streamed one's body, what is read ahead: the first 64 KiB; a streamed one's from a worker has no `response`
 * @property {number} [bodyMax] bytes of a body, decoded; default 100 MiB, for streams Infinity. More is FL_ETOOBIG
 * @property {boolean} [join] equal GETs that are in flight at one time are sent once
 * @property {import('./middleware.js').Middleware[]} [middleware] what goes around each request() (and get(), …)
 * @property {(event: import('./session.js').TraceEvent) => void} [trace] told of each step of each request. What it asks the session for itself is not
 *   traced; what it asks for later, or by fetch(), or in a worker, is, and asked at each step there is no end of it: ask another session
 * @property {number} [seed] of the backoff's jitter: one seed, one sequence; default from the clock
 */

/**
 * fetch()'s own words, which not all have the types of.
 * @typedef {'same-origin' | 'include' | 'omit'} Credentials
 * @typedef {'default' | 'no-store' | 'reload' | 'no-cache' | 'force-cache' | 'only-if-cached'} CacheMode
 * What only a browser's fetch() has. Why it refuses a response, it doesn't tell: with `integrity` or `mode` a request that
 * may be retried is (session.fetch()'s isn't).
 * @typedef {{ integrity?: string, keepalive?: boolean, mode?: 'cors' | 'same-origin', referrer?: string,
 *   referrerPolicy?: string }} FetchInit
 */

/**
 * What a request has of its own; see RequestInit for the rest.
 * @typedef {object} RequestInitOwn
 * @property {AbortSignal | null} [signal] cancels it, at any step
 * @property {Credentials} [credentials] whether cookies go along (in Node 'omit' alone makes a difference); default the session's
 * @property {CacheMode} [cache] in browsers: fetch()'s; default the session's. 'no-store' is quicker by a fifth
 * @property {FetchInit} [fetchInit] in browsers: what else fetch() is to be given; default the session's
 * @property {number} [priority] -128 to 127: among those that wait for the same place the higher goes first; default 0
 * @property {boolean | 'ahead'} [stream] resolve as soon as the headers are there: `body` is read as fast as it is used, and the
 *   request holds its place until then, or until it is cancelled; 'ahead', and in browsers always: a short body is read
 *   ahead (64 KiB of it in browsers, 256 in Node), and holds no place once all of it is there. Default: resolve with the
 *   whole body, so that an attempt that breaks within it is retried
 * @property {(progress: import('./progress.js').DownloadProgress) => void} [onDownloadProgress] told of each part of the
 *   body, as it comes
 * @property {import('./options.js').RequestRetry | number | false} [retry] a number is its `limit`
 */

/**
 * What request(), get(), post() and the others take; fetchAll() and map() for each request of the list.
 * @typedef {Pick<SessionOptions, 'timeout' | 'maxRedirects' | 'raiseForStatus' | 'bodyMax' | 'join'>
 *   & import('./request/request-init.js').RequestOptions & import('./request/body.js').BodyInit & RequestInitOwn} RequestInit
 */

/**
 * What fetchAll() and map() take besides the requests: options of those that have no own, and
 * @typedef {object} ListInitOwn
 * @property {string} [method]
 * @property {(progress: import('./progress.js').ListProgress) => void} [onProgress] told when one has ended
 * @typedef {RequestInit & ListInitOwn} ListInit
 */

/**
 * One of fetchAll()'s. `data` is yours: it is found again in the result's `request`.
 * @typedef {RequestInit & { url: string | URL, method?: string, data?: any }} BatchRequest
 *
 * @typedef {Iterable<string | URL | BatchRequest> | AsyncIterable<string | URL | BatchRequest>} Requests
 */

export {};
