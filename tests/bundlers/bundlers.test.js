/** The app in app/, as each bundler makes it of the packed package by the configuration there, opened in Chromium. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test as nodeTest } from 'node:test';
import { promisify } from 'node:util';
import * as vite from 'vite';
import webpack from 'webpack';
import { installApp, serveFolder, startSite, textOf, useApp } from './support.js';

const app = await installApp();
const site = await startSite();
const test = (name, body) => nodeTest(name, { timeout: 120_000 }, body);
const run = (file, ...args) => promisify(execFile)(file, args, { cwd: app });

/** A page that loads main.js, beside what was built. */
async function writePage(name) {
  const folder = join(app, name);
  await mkdir(folder, { recursive: true });
  await copyFile(join(app, 'index.html'), join(folder, 'index.html'));
  return folder;
}

async function assertWorks(origin, { inWorker = true } = {}) {
  const urls = Array.from({ length: 100 }, (_, i) => `${site}/${i}`);
  for (const isInWorker of inWorker ? [false, true] : [false]) {
    const { texts, codes, status, done } = await useApp(origin, [...urls, 'http://127.0.0.1:1/'], isInWorker);
    assert.deepEqual(texts.sort(), urls.map((url, i) => `${url}: ${i}`).sort());
    assert.deepEqual([codes, status, done], [['FL_ENETWORK'], '101 URLs, 1 failed', 1]);
  }
}

async function assertBuilds(config) {
  const stats = await promisify(webpack)(config);
  assert.deepEqual(
    stats.toJson().errors.map(({ message }) => message),
    [],
  );
}

test('Vite, while developing', async () => {
  const server = await vite.createServer({ root: app, logLevel: 'error', server: { host: '127.0.0.1', port: 0 } });
  after(() => server.close());
  await server.listen();
  await assertWorks(server.resolvedUrls.local[0].replace(/\/$/, ''));
});

test('Vite, built', async () => {
  await run('node_modules/vite/bin/vite.js', 'build');
  await assertWorks(await serveFolder(join(app, 'vite')));
});

test('webpack', async () => {
  const { default: config } = await import(join(app, 'webpack.config.js'));
  await assertBuilds(config);
  await assertWorks(await serveFolder(await writePage('webpack')));
});

test('webpack, for Node', async () => {
  const { default: config } = await import(join(app, 'webpack.config.js'));
  const folder = join(app, 'server');
  await assertBuilds({
    ...config,
    target: 'node20.18',
    entry: './node.js',
    experiments: { outputModule: true },
    output: { path: folder, filename: 'main.mjs', module: true },
  });
  const { stdout } = await run(process.execPath, join(folder, 'main.mjs'), `${site}/7`);
  assert.equal(stdout, '7');
});

test('webpack: a function runs in a worker', async () => {
  const { default: config } = await import(join(app, 'webpack.config.js'));
  const folder = await writePage('executor');
  await assertBuilds({ ...config, entry: './executor.js', output: { path: folder, filename: 'main.js' } });
  assert.match(await textOf(await serveFolder(folder), /sum: \d/), /sum: 3/);
});

test('Rollup, with its plugins for packages and for files', async () => {
  await run('node_modules/rollup/dist/bin/rollup', '--config');
  await assertWorks(await serveFolder(await writePage('rollup')), { inWorker: false }); // none of its plugins bundles workers of packages
});

test('esbuild: the wasm imported as a file, or inside', async () => {
  await run(process.execPath, 'esbuild.config.js');
  for (const name of ['esbuild', 'esbuild-inline']) {
    await assertWorks(await serveFolder(await writePage(name)), { inWorker: false });
  }
});

test('without a bundler, the files as they are, by an import map', async () => {
  const folder = await writePage('plain');
  for (const file of ['index.js', 'more.js', 'fetchloop.wasm', 'remote.js', 'worker.js']) {
    await copyFile(join(app, 'node_modules/fetchloop/build/web', file), join(folder, file));
  }
  for (const file of ['main.js', 'app.js']) await copyFile(join(app, file), join(folder, file));
  const map = '<script type="importmap">{ "imports": { "fetchloop": "./index.js" } }</script>';
  const html = await readFile(join(app, 'index.html'), 'utf8');
  await writeFile(join(folder, 'index.html'), html.replace('<script', `${map}\n<script`));
  await assertWorks(await serveFolder(folder));
});
