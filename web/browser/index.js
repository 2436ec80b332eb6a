/** fetchloop in a browser, in a page or a worker: the C core, with XMLHttpRequest and fetch() for the network. */
import createModule from '../../build/fetchloop.mjs';
import { Core } from '../core.js';
import { makeOneShots } from '../one-shot.js';
import { flag, oneOf } from '../options.js';
import { Session } from '../session.js';
import { makeXMLHttpRequest } from './requests.js';
import { startObserving } from './resource-timing.js';
import { PageResponse } from './response.js';
import { watchPage } from './visibility.js';

export { ClientError } from '../errors.js';

let core = null;

function loadCore() {
  core ??= Core.load(createModule, (sending) => ({ XMLHttpRequest: makeXMLHttpRequest(sending) }));
  return core;
}

/** @type {import('../session.js').Platform} */
const platform = {
  documentUrl: globalThis.document?.baseURI ?? globalThis.location?.href,
  options: {
    credentials: oneOf('same-origin', 'include', 'omit'),
    pauseWhenHidden: flag,
    pauseWhenOffline: flag,
    cache: oneOf('default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'),
  },
  makeWire(_limits, { credentials = 'same-origin', cache = 'default', bodyMax, maxRedirects }, onStep) {
    startObserving();
    const makeResponse = (xhr) => new PageResponse(xhr);
    return { credentials, cache, bodyMax, redirects: maxRedirects !== 0, onStep, makeResponse };
  },
};

/**
 * @typedef {object} BrowserOptions
 * @property {RequestCredentials} [credentials] whether cookies go along; default 'same-origin'
 * @property {RequestCache} [cache] fetch()'s; default 'default'
 * @property {boolean} [pauseWhenHidden] start nothing while the page is hidden; default false
 * @property {boolean} [pauseWhenOffline] start nothing while the browser says that it is offline; default false
 */

/**
 * What a browser shows less of than Node: it follows redirects itself (`response.history` is null, `maxRedirects` is its own
 * limit of 20, and `maxRedirects: 0` makes a redirect an error); of another origin's response it shows only the headers
 * that the server exposes, so that Retry-After and RateLimit are obeyed only where Access-Control-Expose-Headers names
 * them; phases are those of Resource Timing, where Timing-Allow-Origin lets it tell, else null, and a trace has no step `connected`; why a connection failed it
 * tells nobody: FL_ENETWORK. Cookies, cache, proxies, TLS and connections are the browser's own. A body that is a stream
 * is read whole before it is sent.
 */
export class ClientSession extends Session {
  #stopWatching;

  /**
   * Open a session. `await using session = …`, or session.close(), closes it.
   * @param {import('../session.js').SessionOptions & BrowserOptions} [options]
   * @returns {Promise<ClientSession>}
   */
  static async open(options = {}) {
    const session = new ClientSession(await loadCore(), platform, options);
    session.#stopWatching = watchPage(session, options);
    return session;
  }

  close() {
    this.#stopWatching();
    return super.close();
  }
}

export const { get, fetchAll } = makeOneShots((options) => ClientSession.open(options));
