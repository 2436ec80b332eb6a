import { orAborted } from './common/or-aborted.js';
import { hasUser } from './request/absolute-url.js';

/**
 * What need not be there from the beginning: more.js, and what the platform has besides. In Node it is there; a browser loads
 * it for the first session or request that has one of the OPTIONS.
 * @typedef {typeof import('./more.js') & Partial<typeof import('./browser/more.js') & typeof import('../node/meant.js')>} More
 */

/** @type {More} undefined until then */
export let more;

/** @type {Promise<More> | null} while it is being loaded */
export let loading = null;

/** @type {() => Promise<More>} */
let load;

/** @param {More} parts */
export function provide(parts) {
  more = parts;
}

/** @param {() => Promise<More>} how */
export function provideLater(how) {
  load = how;
}

/** @returns {Promise<More>} */
export function loadMore() {
  loading ??= load()
    .then((parts) => {
      more = parts;
      return parts;
    })
    .finally(() => {
      loading = null; // who asks next tries again, when it failed
    });
  return loading;
}

/** Whether they need what is not there yet. @param {any} options of a session or a request @param {any} [url] absolute */
export function lacks(options = {}, url) {
  const { cache = 'default', credentials, maxRedirects, ...rest } = options;
  const isPlain = cache === 'default' && credentials !== 'omit' && (maxRedirects ?? 1);
  return !more && (!isPlain || OPTIONS.some((name) => rest[name] !== undefined) || hasUser(url));
}

/**
 * Until what it needs is there; and what those before it need, too, for they go first. The file may never come: whoever asked
 * is told when a signal aborts.
 * @param {object} init of a request
 * @param {string} url absolute
 * @param {(AbortSignal | null | undefined)[]} signals
 */
export async function untilThere(init, url, ...signals) {
  const there = lacks(init, url) ? loadMore() : loading?.catch(() => {});
  if (there) await signals.reduce(orAborted, /** @type {Promise<any>} */ (there));
}

const OPTIONS = [
  'auth',
  'baseUrl',
  'body',
  'bodyLength',
  'fetchInit',
  'form',
  'join',
  'json',
  'middleware',
  'multipart',
  'params',
  'pauseWhenHidden',
  'pauseWhenOffline',
  'priority',
  'rate',
  'ratePerHost',
  'stream',
];
