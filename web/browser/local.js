/** A session where it is asked for: in the page's own thread, or in a worker's. */
import createModule from '../../build/web/fetchloop.mjs';
import { Core } from '../core.js';
import { flag, oneOf } from '../options.js';
import { Session } from '../session.js';
import { compileWasm, once } from '../wasm.js';
import { makeXMLHttpRequest } from './requests.js';
import { startObserving } from './resource-timing.js';
import { PageResponse } from './response.js';
import { watchPage } from './visibility.js';
import { wasmSource } from './wasm-source.js';

const loadCore = once(async () => {
  const wasm = await compileWasm(wasmSource);
  return Core.load(createModule, (sending) => ({ wasm, XMLHttpRequest: makeXMLHttpRequest(sending) }));
});

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
