/**
 * V8 optimises undici's HTTP parser, a large function in WebAssembly, as soon as it has parsed one response, on a thread that
 * the end of the process then waits for: 0.2 s for a list of one URL. Ten times later is early enough for a long list
 * (measured: 20,000 URLs take as long). To be called when all is loaded: what was compiled before, as the code of Node's own
 * modules was, V8 doesn't take under flags that are others (15 ms).
 */
export function tuneEngine() {
  process.getBuiltinModule('node:v8').setFlagsFromString('--wasm-tiering-budget=18000000');
}
