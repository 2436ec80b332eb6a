import createModule from '../../build/fetchloop.mjs';
import { Core } from '../core.js';
import { makeXMLHttpRequest } from './requests.js';

let core = null;

/** The one wasm module of a page or a worker, with its XMLHttpRequest and fetch() for the network. @returns {Promise<Core>} */
export function loadCore() {
  core ??= Core.load(createModule, (sending) => ({ XMLHttpRequest: makeXMLHttpRequest(sending) }));
  return core;
}
