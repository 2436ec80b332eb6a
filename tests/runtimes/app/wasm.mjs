/** The wasm from where the program says that it is. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { get, initialize } from 'fetchloop';

initialize({ wasm: await readFile(fileURLToPath(import.meta.resolve('fetchloop/wasm'))) });
const { nginx } = JSON.parse(process.env.SITES);
process.stdout.write(await (await get(`${nginx}/wasm`)).text());
