/** What most sessions never use: a browser loads it when it is first needed, see later.js. */
export { addAuthorization, makeSessionAuth, takeUser } from './auth.js';
export { BaseUrl } from './base-url.js';
export { makeBodyFor } from './body.js';
export { decodeText } from './charset.js';
export { fetchBy } from './fetch.js';
export { withoutDefaults } from './header-list.js';
export { Joins } from './join.js';
export { mapResults } from './map.js';
export { compose } from './middleware.js';
export { makeRate } from './rate.js';
export { appendParams } from './search-params.js';
