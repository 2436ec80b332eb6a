import createModule from '../build/fetchloop.mjs';
import { Core } from '../web/core.js';
import { compileWasm, once } from '../web/wasm.js';
import { wasmSource } from './wasm-source.js';
import { makeXMLHttpRequest } from './xhr.js';

/** The one wasm module of the process, with undici for the network. @type {() => Promise<Core>} */
export const loadCore = once(async () => {
  const wasm = await compileWasm(wasmSource);
  const instantiateWasm = (imports, receive) => receive(new WebAssembly.Instance(wasm, imports));
  return Core.load(createModule, (sending) => ({ instantiateWasm, XMLHttpRequest: makeXMLHttpRequest(sending) }));
});
