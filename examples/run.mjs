/** Runs an example in Node: `node examples/run.mjs NAME [ARGUMENT...]`, once `make examples` has built them. */
import { existsSync } from 'node:fs';
import { XMLHttpRequest } from 'fetchloop/xhr';

const [name, ...args] = process.argv.slice(2);
const file = new URL(`../build/examples/${name}.mjs`, import.meta.url);
if (!/^\w+$/.test(name ?? '') || !existsSync(file)) {
  console.error(
    'Usage: make examples && node examples/run.mjs NAME [ARGUMENT...], with the NAME of an examples/NAME.c',
  );
  process.exit(2);
}
const { default: start } = await import(file);
await start({ XMLHttpRequest, arguments: args, thisProgram: name });
