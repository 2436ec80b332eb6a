/** A session where it is asked for: in the page's own thread, or in a worker's. */
import { flag, oneOf } from '../options.js';
import { Session } from '../session.js';
import { loadCore } from './load-core.js';
import { startObserving } from './resource-timing.js';
import { PageResponse } from './response.js';
import { watchPage } from './visibility.js';

/** @type {import('../session.js').Platform} */
const platform = {
  documentUrl: globalThis.document?.baseURI ?? globalThis.location?.href,
  options: {
    credentials: oneOf('same-origin', 'include', 'omit'),
    pauseWhenHidden: flag,
    pauseWhenOffline: flag,
    cache: oneOf('default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'),
  },
  makeWire(_limits, { credentials = 'same-origin', cache = 'default', bodyMax, maxRedirects, timeout }, onStep) {
    startObserving();
    const makeResponse = (xhr) => new PageResponse(xhr);
    return { credentials, cache, bodyMax, redirects: maxRedirects !== 0, timeout, onStep, makeResponse };
  },
};

export class LocalSession extends Session {
  #stopWatching;

  /**
   * @param {import('../session.js').SessionOptions & import('./index.js').BrowserOptions} options
   * @param {string} [documentUrl] what relative URLs are relative to
   */
  static async open(options, documentUrl = platform.documentUrl) {
    const session = new LocalSession(await loadCore(), { ...platform, documentUrl }, options);
    session.#stopWatching = watchPage(session, options);
    return session;
  }

  close() {
    this.#stopWatching();
    return super.close();
  }
}
