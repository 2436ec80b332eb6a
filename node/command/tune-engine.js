/**
 * V8 optimises undici's HTTP parser, a large function in WebAssembly, as soon as it has parsed one response. That takes 30 MB, on a
 * thread that the end of the process then waits for: 0.2 s for a list of one URL. What V8 has compiled at first does as
 * well (measured: 200,000 URLs take as long). To be called when all is loaded: what was compiled before, as the code of
 * Node's own modules was, V8 doesn't take under flags that are others (15 ms).
 */
export function tuneEngine() {
  process.getBuiltinModule('node:v8').setFlagsFromString('--no-wasm-tier-up --no-wasm-dynamic-tiering');
}
