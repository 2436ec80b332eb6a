/** The package as npm packs it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { installPacked, pack } from './packed.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-package-'));
after(() => rm(folder, { recursive: true, force: true }));
const npx = (...args) =>
  run('npx', ['--no-install', ...args], { cwd: root }).catch(({ stdout }) => assert.fail(stdout));

const { tarball, files: names } = await pack(folder);

test('it holds what a program loads, and nothing else', () => {
  const kinds = [
    /^(LICENSE|README\.md|package\.json)$/,
    /^build\/fetchloop\.wasm$/,
    /^build\/web\/((index|more|whole|loop|inline|remote|worker|executor-worker)\.js|fetchloop(-loop)?\.wasm)$/,
    /^build\/node\/(index|loop|inline|xhr-for-c|cli|thread-worker)\.js$/,
    /^build\/node\/(part|cli)-[\w-]+-[A-Z\d]{8}\.js$/,
    /^build\/demo\/(fetchloop\/)?[\w-]+\.(html|js|css|wasm)(\.(gz|br))?$/,
    /^build\/types\/(node|web)\/.*\.d\.ts$/,
    /^build\/report\.html$/,
    /^node\/command\/compare\/with[\w-]+\.(js|py)$/,
    /^build\/man\/fetchloop\.1$/,
  ];
  assert.deepEqual(
    names.filter((name) => !kinds.some((kind) => kind.test(name))),
    [],
  );
  for (const name of [
    'build/web/index.js',
    'build/web/more.js',
    'build/web/whole.js',
    'build/web/fetchloop.wasm',
    'build/web/loop.js',
    'build/web/fetchloop-loop.wasm',
    'build/web/executor-worker.js',
    'build/fetchloop.wasm',
    'build/node/index.js',
    'build/node/loop.js',
    'build/node/thread-worker.js',
    'build/man/fetchloop.1',
    'build/node/inline.js',
    'build/demo/index.html',
    'build/demo/fetchloop/fetchloop.wasm',
  ]) {
    assert.ok(names.includes(name), `${name} is missing`);
  }
});

test('publint has nothing to say', async () => {
  const { messages, pkg } = await publint({ pkgDir: root, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  );
});

test('its types are right however they are looked for', async () => {
  await npx('attw', tarball, '--profile', 'esm-only', '--no-color', '--exclude-entrypoints', './wasm', './loop/wasm');
});

test('its types say what a program may do, in Node and in a browser', async () => {
  await npx('tsc', '-p', 'tests/types');
  await npx('tsc', '-p', 'tests/types/tsconfig.browser.json');
});

test('installed, it runs in Node: from its files, with the wasm inside, and as a command', async () => {
  const app = await installPacked({ after });
  const program = (name) => `
    const { ClientSession } = await import('${name}');
    const session = await ClientSession.open();
    const error = await session.get('http://127.0.0.1:1/').catch((error) => error);
    await session.close();
    console.log(error.code);`;
  for (const name of ['fetchloop', 'fetchloop/inline']) {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program(name)], { cwd: app });
    assert.equal(stdout, 'FL_ECONNECT\n', name);
  }
  const loop = `
    const { EventLoop, ClientSession } = await import('fetchloop/loop');
    const loop = await EventLoop.open();
    console.log(typeof ClientSession.open, await loop.runInExecutor((a, b) => a + b, [1, 2]));
    await loop.close();`;
  const ended = await run(process.execPath, ['--input-type=module', '-e', loop], { cwd: app });
  assert.equal(ended.stdout, 'function 3\n');
  const { stdout } = await run('npx', ['--no-install', 'fetchloop', '--version'], { cwd: app });
  assert.match(stdout, /^fetchloop \d/);
});
