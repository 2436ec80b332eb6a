/** Of a browser: what has options that only fetch() has, and where there is no XMLHttpRequest. */
import { fetchBy as fetchAnywhere } from '../fetch.js';

export * from '../more.js';
export { FetchRequest } from './fetch-request.js';
export { watchPage } from './visibility.js';

/** @type {typeof fetchAnywhere} */
export const fetchBy = (client, input, init) =>
  fetchAnywhere(client, input, init, ['credentials', 'cache', 'fetchInit']);
