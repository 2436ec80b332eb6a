/** The package as each bundler takes it, without more configuration than is written here, opened in Chromium. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test as nodeTest } from 'node:test';
import { promisify } from 'node:util';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { importMetaAssets } from '@web/rollup-plugin-import-meta-assets';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';
import { installApp, openApp, serveFolder, startSite } from './support.js';

const app = await installApp();
const site = await startSite();
const test = (name, body) => nodeTest(name, { timeout: 120_000 }, body);

/** A page that loads main.js, beside what was built. */
async function writePage(folder) {
  await mkdir(folder, { recursive: true });
  const html = await readFile(join(app, 'index.html'), 'utf8');
  await writeFile(join(folder, 'index.html'), html);
  return folder;
}

async function assertWorks(origin, { inWorker = true } = {}) {
  for (const isInWorker of inWorker ? [false, true] : [false]) {
    const { texts, errors, later } = await openApp(origin, site, isInWorker);
    assert.deepEqual(
      texts.sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i),
    );
    assert.deepEqual(errors, ['FL_ENETWORK']);
    assert.equal(later, '?later=yes');
  }
}

test('Vite, while developing', async () => {
  const server = await vite.createServer({
    root: app,
    configFile: false,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0 },
  });
  after(() => server.close());
  await server.listen();
  await assertWorks(server.resolvedUrls.local[0].replace(/\/$/, ''));
});

test('Vite, built', async () => {
  const outDir = join(app, 'vite');
  await vite.build({ root: app, configFile: false, logLevel: 'error', build: { outDir, target: 'es2022' } });
  await assertWorks(await serveFolder(outDir));
});

test('webpack', async () => {
  const path = await writePage(join(app, 'webpack'));
  const stats = await promisify(webpack)({
    mode: 'production',
    context: app,
    entry: './main.js',
    output: { path, filename: 'main.js' },
  });
  assert.deepEqual(
    stats.toJson().errors.map(({ message }) => message),
    [],
  );
  await assertWorks(await serveFolder(path));
});

test('Rollup, with its plugins for packages and for files', async () => {
  const dir = await writePage(join(app, 'rollup'));
  const bundle = await rollup({
    input: join(app, 'main.js'),
    plugins: [nodeResolve({ browser: true }), importMetaAssets()],
  });
  await bundle.write({ dir, format: 'es', entryFileNames: 'main.js' });
  await assertWorks(await serveFolder(dir), { inWorker: false }); // none of its plugins bundles workers of packages
});

test('esbuild, the wasm imported as a file', async () => {
  const outdir = await writePage(join(app, 'esbuild'));
  await esbuild.build({
    entryPoints: { main: join(app, 'wasm.js') },
    outdir,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['browser'],
    loader: { '.wasm': 'file' },
    logLevel: 'error',
  });
  await assertWorks(await serveFolder(outdir), { inWorker: false });
});

test('esbuild, the wasm inside: one file, and nothing said', async () => {
  const folder = await writePage(join(app, 'esbuild-inline'));
  const outfile = join(folder, 'main.js');
  await esbuild.build({ entryPoints: [join(app, 'inline.js')], outfile, bundle: true, format: 'esm' });
  await assertWorks(await serveFolder(folder), { inWorker: false });
});

test('without a bundler, the files as they are, by an import map', async () => {
  const folder = await writePage(join(app, 'plain'));
  for (const file of ['index.js', 'more.js', 'fetchloop.wasm', 'remote.js', 'worker.js']) {
    await copyFile(join(app, 'node_modules/fetchloop/build/web', file), join(folder, file));
  }
  for (const file of ['main.js', 'show.js']) await copyFile(join(app, file), join(folder, file));
  const map = '<script type="importmap">{ "imports": { "fetchloop": "./index.js" } }</script>';
  const html = await readFile(join(app, 'index.html'), 'utf8');
  await writeFile(join(folder, 'index.html'), html.replace('<script', `${map}\n<script`));
  await assertWorks(await serveFolder(folder));
});
