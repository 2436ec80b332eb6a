import createModule from '../build/fetchloop.mjs';
import { Core } from '../web/core.js';
import { makeXMLHttpRequest } from './xhr.js';

let core = null;

/** The one wasm module of the process, with undici for the network. @returns {Promise<Core>} */
export function loadCore() {
  core ??= Core.load(createModule, (sending) => ({ XMLHttpRequest: makeXMLHttpRequest(sending) }));
  return core;
}
