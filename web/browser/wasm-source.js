/** Beside the bundle that this becomes a part of: in these words bundlers look for files to take along. */
export const wasmSource = () => new URL('./fetchloop.wasm', import.meta.url);
