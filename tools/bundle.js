#!/usr/bin/env node
/**
 * Usage: tools/bundle.js [--debug]
 *
 * Makes of web/browser and the wasm in build/web what browsers load: index.js, and more.js, which it loads when it needs it; whole.js,
 * which is both; loop.js, with the loop besides; their wasm is beside them. remote.js and worker.js are for a session in a worker,
 * executor-worker.js for runInExecutor(); inline.js holds the wasm.
 *
 * And of node/ what Node loads, in build/node: a few files in place of many, each of which would take it a millisecond. What
 * few need is a file of its own, loaded with import() when it is needed. Only Node's own modules and the package's
 * dependencies are left to import.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Names, shorten, withShortExports, withShortImports, withWasmNames } from './shorten.js';

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
  },
});

/** The version is known when this is built. */
const withVersion = {
  name: 'with-version',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]version\.js$/ }, () => ({ contents: `export const version = ${JSON.stringify(version)};` }));
  },
};
/** The wasm, as it lies from build/node. */
const withWasmAbove = {
  name: 'with-wasm-above',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]wasm-source\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace('../build/fetchloop.wasm', '../fetchloop.wasm'),
    }));
  },
};
/** Emscripten's own way to the wasm, which nothing goes: whoever bundles for Node would look for one there. */
const withoutOwnWasm = {
  name: 'without-own-wasm',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]build[\\/]fetchloop\.mjs$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(/new URL\("fetchloop\.wasm", ?import\.meta\.url\)\.href/, '""'),
    }));
  },
};

const NO_WORKER = `export const RemoteSession = {
  open() {
    throw new TypeError("fetchloop/inline can't be in a worker of its own: open the session in yours, or use 'fetchloop'");
  },
};`;

/** What index.js holds is imported from there, by the files beside it. */
const besideIndex = {
  name: 'beside-index',
  setup({ onResolve }) {
    const held =
      /[\\/](aborts|absolute-url|client|errors|kind-of|later|local|options|or-aborted|pairs|platform-fetch|progress|request-body|resource-timing|response|wasm)\.js$/;
    onResolve({ filter: held }, () => ({ path: './index.js', external: true }));
  },
};
const withRemote = beside('remote.js', /[\\/]remote[\\/]session\.js$/);
const withMore = beside('more.js', /^\.\/more\.js$/);

/** A file that is loaded when it is needed. */
function beside(file, filter) {
  return {
    name: `with-${file}`,
    setup({ onResolve }) {
      onResolve({ filter }, ({ kind }) => (kind === 'dynamic-import' ? { path: `./${file}`, external: true } : null));
    },
  };
}

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

async function browser(entry, file, names, ...plugins) {
  const outfile = `${root}build/web/${file}`;
  const define = { setImmediate: 'undefined' }; // Node's
  const entryPoints = [`web/browser/${entry}`];
  if (!isDebug) plugins.push(withWasmNames(names));
  const { metafile } = await build({ ...common, define, entryPoints, outfile, plugins, metafile: true });
  const [{ exports }] = Object.values(metafile.outputs);
  if (isDebug) return exports;
  const code = await shorten(await readFile(outfile, 'utf8'), names);
  await writeFile(outfile, file === 'index.js' ? withShortExports(code, open, names) : withShortImports(code, names));
  return exports;
}

const names = new Names(); // of index.js and the files beside it
const open = await browser('index.js', 'whole.js', new Names(), withRemote); // a service worker can load nothing later
await browser('bundle.js', 'index.js', names, withRemote, withMore);
await browser('more.js', 'more.js', names, besideIndex);
await browser('loop.js', 'loop.js', new Names(), withRemote, withLoop);
// As it is: minified it would lose what tells bundlers to leave the import of a call's own module alone.
await build({ ...common, minify: false, entryPoints: ['web/browser/executor-worker.js'], outdir: 'build/web' });
await browser('remote/session.js', 'remote.js', names, besideIndex);
await browser('remote/worker.js', 'worker.js', names, besideIndex);
await browser('index.js', 'inline.js', new Names(), withWasm('build/web/fetchloop.wasm'));

/**
 * esbuild would cut what `entry` loads into a file for each set of late ones that need it, too. So each late one is made to
 * need all of it, and it stays one file.
 */
const inOneFile = (entry) => ({
  name: 'in-one-file',
  setup({ onResolve, onLoad }) {
    const late = new Set();
    onResolve({ filter: /^\./ }, ({ path, importer, kind }) => {
      if (kind === 'dynamic-import') late.add(resolve(dirname(importer), path));
    });
    onLoad({ filter: /[\\/]node[\\/].*\.js$/ }, async ({ path }) => {
      if (!late.has(path) || path === root + entry) return undefined;
      return { contents: `${await readFile(path, 'utf8')}\nimport ${JSON.stringify(root + entry)};` };
    });
  },
});

/** Readable, for whoever follows a stack trace into it. */
const node = {
  ...common,
  minify: false,
  platform: 'node',
  target: 'node20.18',
  external: Object.keys(dependencies).flatMap((name) => [name, `${name}/*`]),
};
const nodeParts = (entries, chunkNames, main) =>
  build({
    ...node,
    entryPoints: entries.map((name) => `node/${name}.js`),
    outdir: 'build/node',
    splitting: true,
    chunkNames,
    ignoreAnnotations: true, // "sideEffects": false would take away what inOneFile adds
    plugins: [withVersion, withWasmAbove, withoutOwnWasm, inOneFile(main)],
  });
const nodeWhole = (entry, file, ...plugins) =>
  build({
    ...node,
    entryPoints: [`node/${entry}`],
    outfile: `build/node/${file}`,
    plugins: [withVersion, withoutOwnWasm, ...plugins],
  });

await rm(`${root}build/node`, { recursive: true, force: true });
await nodeParts(['index', 'loop'], 'part-[name]-[hash]', 'node/index.js');
await nodeParts(['cli'], 'cli-[name]-[hash]', 'node/command/main.js');
await nodeWhole('xhr-for-c.js', 'xhr-for-c.js');
await nodeWhole('thread-worker.js', 'thread-worker.js');
await nodeWhole('index.js', 'inline.js', withWasm('build/fetchloop.wasm'));
