import createModule from '../../build/web/fetchloop.mjs';
import { Core } from '../core.js';
import { compileWasm, once } from '../wasm.js';
import { makeXMLHttpRequest } from './requests.js';
import { wasmSource } from './wasm-source.js';

/** The one wasm module of a page or a worker, with its XMLHttpRequest and fetch() for the network. @type {() => Promise<Core>} */
export const loadCore = once(async () => {
  const wasm = await compileWasm(wasmSource);
  return Core.load(createModule, (sending) => ({ wasm, XMLHttpRequest: makeXMLHttpRequest(sending) }));
});
