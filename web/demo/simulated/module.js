/** The C core on a simulated network, with its small programs: build/web/simulated, here compiled once. */
import createModule from '../../../build/web/simulated.mjs';
import source from '../../../build/web/simulated.wasm'; // its URL, or in the page that is one file its bytes
import { once } from '../../wasm.js';

const compiled = once(async () =>
  typeof source === 'string'
    ? WebAssembly.compileStreaming(fetch(new URL(source, import.meta.url)))
    : WebAssembly.compile(source),
);

/** @param {object} options the module's */
export async function createSimulated(options) {
  return createModule({ wasm: await compiled(), ...options });
}
