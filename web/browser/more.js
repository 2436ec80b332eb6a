/** Of a browser: what has options that only fetch() has, and where there is no XMLHttpRequest. */
export * from '../more.js';
export { FetchRequest } from './fetch-request.js';
export { watchPage } from './visibility.js';
