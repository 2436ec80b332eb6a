import { once } from './once.js';

/**
 * What need not be there from the beginning: more.js, and what the platform has besides. In Node it is there, a browser
 * loads it for the first session or request that has one of the OPTIONS.
 * @typedef {typeof import('./more.js') & { FetchRequest?: typeof import('./browser/fetch-request.js').FetchRequest }} More
 */

/** @type {More} not there before it is loaded */
export let more;

/** @type {() => Promise<More>} */
export let loadMore;

/** @param {() => Promise<More>} load */
export function provideLater(load) {
  loadMore = once(async () => {
    more = await load();
    return more;
  });
}

/** @param {More} parts */
export function provide(parts) {
  more = parts;
}

/** Whether they need what is not there yet. @param {object} options of a session or a request */
export function lacks(options) {
  return !more && OPTIONS.some((name) => options?.[name] !== undefined);
}

const OPTIONS = [
  'absoluteUrls',
  'auth',
  'baseUrl',
  'body',
  'bodyLength',
  'cache',
  'credentials',
  'form',
  'join',
  'json',
  'maxRedirects',
  'multipart',
  'params',
  'priority',
  'rate',
  'ratePerHost',
  'stream',
];
