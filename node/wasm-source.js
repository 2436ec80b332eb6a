import { readFile } from 'node:fs/promises';

export const wasmSource = () => readFile(new URL('../build/fetchloop.wasm', import.meta.url));
