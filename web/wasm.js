/** Where the wasm module comes from. */
import { platformFetch } from './common/platform-fetch.js';

/**
 * Where the types of WebAssembly are known, a module is one.
 * @typedef {typeof globalThis extends { WebAssembly: { Module: { prototype: infer T } } } ? T : object} WasmModule
 * @typedef {URL | string | Request | Response | ArrayBuffer | ArrayBufferView | WasmModule} WasmSource
 */

/** @type {WasmSource | PromiseLike<WasmSource> | null} */
let given = null;
/** It, which may be a Response, that can be read once. @type {Promise<any> | null} */
let compiled = null;
let isLoading = false;

/**
 * Say where fetchloop's wasm file is, where it doesn't lie beside the JavaScript: after a bundler that doesn't know of it,
 * on another server, in memory. Once, before the first session is opened. Sessions in a worker have it, too, but for those of
 * fetchloop/loop, whose own wasm is another: they take what lies beside.
 * @param {{ wasm: WasmSource | PromiseLike<WasmSource> }} options a URL, a Response, the bytes, or the compiled module
 */
export function initialize({ wasm }) {
  if (isLoading) throw new Error('initialize() comes too late: a session has been opened');
  given = wasm;
}

/**
 * @param {() => WasmSource | PromiseLike<WasmSource>} otherwise where it lies unless it was said
 * @returns {Promise<any>} a WebAssembly.Module
 */
export async function compileWasm(otherwise) {
  isLoading = true;
  compiled ??= compile(given ?? otherwise());
  try {
    return await compiled;
  } catch (error) {
    compiled = null;
    isLoading = false; // it may come from elsewhere the next time
    throw error;
  }
}

/** The module that was told of, for a worker, which nobody tells: undefined where none was. */
export const givenWasm = async () => (given ? compileWasm(() => given) : undefined);

/**
 * What is loaded once for all; when that fails, the next who asks tries again.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {() => Promise<T>}
 */
export function once(load) {
  /** @type {Promise<T> | null} */
  let loading = null;
  return () => {
    loading ??= load().catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  };
}

/** @param {WasmSource | PromiseLike<WasmSource>} from */
async function compile(from) {
  const source = await from;
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source))
    return WebAssembly.compile(/** @type {any} */ (source));
  const { url = String(source) } = /** @type {Response} */ (source);
  try {
    const response = source instanceof Response ? source : await platformFetch(source, { credentials: 'same-origin' });
    if (!response.ok) throw new Error(`${response.status}`);
    // Compiled as it comes, where the server says what it is.
    return response.headers.get('content-type') === 'application/wasm'
      ? await WebAssembly.compileStreaming(response)
      : await WebAssembly.compile(await response.arrayBuffer());
  } catch (cause) {
    const { message } = /** @type {Error} */ (cause);
    throw new Error(`fetchloop's wasm could not be loaded from ${url} (${message}): initialize() says where it is`, {
      cause,
    });
  }
}
