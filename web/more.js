/** What most sessions never use: a browser loads it when it is first needed, see later.js. */

export { fetchBy } from './fetch.js';
export { Joins } from './join.js';
export { mapResults } from './map.js';
export { compose } from './middleware.js';
export { makeRate } from './rate.js';
export { addAuthorization, makeSessionAuth, takeUser } from './request/auth.js';
export { BaseUrl } from './request/base-url.js';
export { makeBodyFor } from './request/body.js';
export { withoutDefaults } from './request/header-list.js';
export { appendParams } from './request/search-params.js';
export { decodeText } from './response/charset.js';
