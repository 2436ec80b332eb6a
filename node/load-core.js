import createModule from '../build/fetchloop.mjs';
import { Core } from '../web/core.js';
import { compileWasm, once } from '../web/wasm.js';
import { wasmSource } from './wasm-source.js';
import { makeXMLHttpRequest } from './xhr.js';

let module;

/** The one wasm module of the process, with undici for the network. @type {() => Promise<Core>} */
export const loadCore = once(async () => {
  const wasm = await compileWasm(wasmSource);
  const instantiateWasm = (imports, receive) => receive(new WebAssembly.Instance(wasm, imports));
  const create = async (options) => {
    module = await createModule(options);
    return module;
  };
  const platform = (sending) => ({ instantiateWasm, XMLHttpRequest: makeXMLHttpRequest(sending) });
  return Core.load(create, platform, (redirects) => (redirects === 0 ? NONE : Array.from({ length: redirects }, hop)));
});

const NONE = /** @type {any[]} */ (Object.freeze([]));

/** One of the redirects of the request that is being told of. */
const hop = (_nothing, i) => ({
  status: module._fl__js_hop_status(i),
  method: module.UTF8ToString(module._fl__js_hop_method(i)),
  url: module.UTF8ToString(module._fl__js_hop_url(i)),
});

// What only Node's module tells, once it is loaded.

/** Bytes that its malloc() has given out. @returns {number} */
export const heapUsed = () => module._fl__js_heap_used();

/** By which it was compiled. @returns {string} */
export const emscriptenVersion = () => module.UTF8ToString(module._fl__js_emscripten_version());
