#!/usr/bin/env node
/**
 * Usage: tools/bundle.js [--debug]
 *
 * Makes of web/browser and the wasm in build/web what browsers load: index.js and loop.js with their wasm beside them; remote.js
 * and worker.js for a session in a worker, executor-worker.js for runInExecutor(); and inline.js, which holds the wasm. And
 * build/node/inline.js likewise, which leaves only Node's own modules and the package's dependencies to import.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { minify } from 'terser';

const root = fileURLToPath(new URL('..', import.meta.url));
const { dependencies, version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const isDebug = process.argv.includes('--debug');

/** Without other files: in place of wasm-source.js, which says where the wasm is, the wasm itself. */
const withWasm = (file) => ({
  name: 'with-wasm',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]wasm-source\.js$/ }, () => ({
      contents: `import bytes from ${JSON.stringify(root + file)}; export const wasmSource = () => bytes;`,
      resolveDir: root,
    }));
    onLoad({ filter: /[\\/]remote[\\/]session\.js$/ }, () => ({ contents: NO_WORKER }));
    // There is no package.json beside it.
    onLoad({ filter: /[\\/]version\.js$/ }, () => ({ contents: `export const version = ${JSON.stringify(version)};` }));
  },
});

const NO_WORKER = `export const RemoteSession = {
  open() {
    throw new TypeError("fetchloop/inline can't be in a worker of its own: open the session in yours, or use 'fetchloop'");
  },
};`;

/** What index.js holds is imported from there, by the files beside it. */
const besideIndex = {
  name: 'beside-index',
  setup({ onResolve }) {
    const held = /[\\/](client|errors|middleware|local|response|visibility)\.js$/;
    onResolve({ filter: held }, () => ({ path: './index.js', external: true }));
  },
};
const withRemote = {
  name: 'with-remote',
  setup({ onResolve }) {
    onResolve({ filter: /[\\/]remote[\\/]session\.js$/ }, () => ({ path: './remote.js', external: true }));
  },
};

/** With the loop for JavaScript, whose wasm is another. */
const withLoop = {
  name: 'with-loop',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /[\\/]web[\\/]fetchloop\.mjs$/ }, () => ({ path: `${root}build/web/fetchloop-loop.mjs` }));
    onLoad({ filter: /[\\/]browser[\\/]wasm-source\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace('fetchloop.wasm', 'fetchloop-loop.wasm'),
    }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: !isDebug,
  sourcemap: isDebug ? 'inline' : false,
  loader: { '.wasm': 'binary' },
  legalComments: 'none',
  logLevel: 'warning',
};
/** Terser takes another twentieth off. */
async function browser(entry, file, ...plugins) {
  const outfile = `${root}build/web/${file}`;
  await build({ ...common, entryPoints: [`web/browser/${entry}`], outfile, plugins });
  if (isDebug) return;
  const compress = { passes: 3, keep_fargs: false, unsafe_arrows: true };
  const { code } = await minify(await readFile(outfile, 'utf8'), { module: true, ecma: 2020, compress });
  await writeFile(outfile, code);
}

await browser('bundle.js', 'index.js', withRemote);
await browser('loop.js', 'loop.js', withRemote, withLoop);
await browser('executor-worker.js', 'executor-worker.js');
await browser('remote/session.js', 'remote.js', besideIndex);
await browser('remote/worker.js', 'worker.js', besideIndex);
await browser('index.js', 'inline.js', withWasm('build/web/fetchloop.wasm'));
await build({
  ...common,
  entryPoints: ['node/index.js'],
  outfile: 'build/node/inline.js',
  platform: 'node',
  external: Object.keys(dependencies),
  plugins: [withWasm('build/fetchloop.wasm')],
});
