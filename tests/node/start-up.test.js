/** What a program and the command load before they are of use: as little as they need, for each file takes its millisecond. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CLI } from './support/command.js';
import { startHttp } from './support/odd-servers.js';
import { test } from './support/test.js';

const run = promisify(execFile);
const ROOT = new URL('../..', import.meta.url);

/** Writes down, at the end of the process that it is loaded into, what that has loaded. */
const WATCH = `process.on('exit', () => require('node:fs').writeFileSync(process.env.LOADED, JSON.stringify({
  own: process.moduleLoadList,
  packages: Object.keys(require.cache).flatMap((file) => file.split('node_modules/').slice(1)),
})));`;

/** @returns {Promise<{ own: string[], packages: string[] }>} Node's own modules; the files of packages */
async function loadedBy(t, args) {
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-loaded-'));
  t.after(() => rm(folder, { recursive: true }));
  const [watch, loaded] = [join(folder, 'watch.cjs'), join(folder, 'loaded.json')];
  await writeFile(watch, WATCH);
  await run(process.execPath, ['-r', watch, ...args], { cwd: ROOT, env: { ...process.env, LOADED: loaded } });
  return JSON.parse(await readFile(loaded, 'utf8'));
}

/** Node's own fetch(), which any mention of Response loads: 25 ms and 9 MB. */
const NODE_FETCH = 'NativeModule internal/deps/undici/undici';
const IMPORT = ['--input-type=module', '-e'];

test('import of the module loads no package, neither TLS nor HTTP/2 nor a fetch()', async (t) => {
  const { own, packages } = await loadedBy(t, [...IMPORT, `import 'fetchloop';`]);
  assert.deepEqual(packages, []);
  for (const name of [
    NODE_FETCH,
    'NativeModule tls',
    'NativeModule http2',
    'NativeModule crypto',
    'NativeModule dns',
  ]) {
    assert.ok(!own.includes(name), name);
  }
});

test('the command loads nothing for a plain URL but what one connection takes', async (t) => {
  const { origin } = await startHttp(t, (_request, response) => response.end('hello'));
  const { own, packages } = await loadedBy(t, [CLI, origin]);
  assert.ok(!own.includes(NODE_FETCH));
  assert.ok(packages.includes('undici/lib/dispatcher/client.js'));
  assert.deepEqual(
    packages.filter(
      (file) => !/^undici\/lib\/(core|dispatcher\/(client|dispatcher)|handler\/(un)?wrap|llhttp|util)/.test(file),
    ),
    [],
  );
});

test('without bodies no response is made until it is asked for, and then it is one', async (t) => {
  const { origin } = await startHttp(t, (_request, response) => response.end('hello'));
  const fetchOne = (then) => `
    import { ClientSession } from 'fetchloop';
    const session = await ClientSession.open({ discardBodies: true });
    for await (const result of session.fetchAll(['${origin}'])) {
      if (result.status !== 200 || result.size !== 5) throw new Error('no such result');
      ${then}
    }
    await session.close();`;
  const without = await loadedBy(t, [...IMPORT, fetchOne('')]);
  assert.ok(!without.own.includes(NODE_FETCH));
  const check = `if (result.response !== result.response || !(result.response instanceof Response)) throw new Error('none');`;
  const asked = await loadedBy(t, [...IMPORT, fetchOne(check)]);
  assert.ok(asked.own.includes(NODE_FETCH));
});
