// Whoever makes the module gives it what fetches: web/browser/requests.js.
// biome-ignore lint/correctness/noUnusedVariables: library.js uses it
var XMLHttpRequest = Module['XMLHttpRequest'];

// Emscripten's minimal runtime takes the file's bytes; web/wasm.js has compiled them already, as they came.
// biome-ignore lint/correctness/noUnusedVariables: it does
var WebAssembly = {
  instantiate: async (wasm, imports) => ({ instance: await globalThis.WebAssembly.instantiate(wasm, imports) }),
};
