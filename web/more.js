/** What most sessions never use: a browser loads it when it is first needed, see later.js. */
export { isFor, makeAuthorization, makeSessionAuth } from './auth.js';
export { BaseUrl } from './base-url.js';
export { makeBodyFor } from './body.js';
export { decodeText } from './charset.js';
export { asFetchError, assertNoRedirect, isLocal, readFetch } from './fetch.js';
export { Joins } from './join.js';
export { mapResults } from './map.js';
export { compose } from './middleware.js';
export { makeRate } from './rate.js';
export { appendParams } from './search-params.js';
