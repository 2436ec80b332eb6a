/** A session where it is asked for: in the page's own thread, or in a worker's. */

import { lacks, loadMore, more, provideLater } from '../later.js';
import { asGiven, flag, oneOf } from '../options.js';
import { documentUrl } from '../request/absolute-url.js';
import { Session } from '../session.js';
import { loadCore } from './load-core.js';
import { startObserving } from './resource-timing.js';
import { PageResponse } from './response.js';

const requestOptions = {
  credentials: oneOf('same-origin', 'include', 'omit'),
  cache: oneOf('default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'),
  fetchInit: asGiven,
};

/** @type {import('../session.js').Platform} */
export const platform = {
  documentUrl,
  options: { ...requestOptions, pauseWhenHidden: flag, pauseWhenOffline: flag },
  requestOptions,
  makeWire(_limits, options, onStep) {
    startObserving();
    return { options, onStep, makeResponse: (xhr) => new PageResponse(xhr) };
  },
};

provideLater(async () => {
  try {
    return await import('./more.js');
  } catch (error) {
    if (!('ServiceWorkerGlobalScope' in globalThis)) throw error;
    throw new TypeError("a service worker can load nothing later: import 'fetchloop/whole' there", { cause: error });
  }
});

export class LocalSession extends Session {
  /**
   * @param {import('../given.js').SessionOptions & import('./index.js').BrowserOptions} options
   * @param {() => string | undefined} [baseOf] what relative URLs are relative to
   */
  static async open(options, baseOf = documentUrl) {
    const needsMore = lacks(options) || !globalThis.XMLHttpRequest;
    const [core] = await Promise.all([loadCore(), needsMore && loadMore()]);
    const session = new LocalSession(core, { ...platform, documentUrl: baseOf }, options);
    if (options.pauseWhenHidden || options.pauseWhenOffline) more.watchPage(session, options);
    return session;
  }
}
