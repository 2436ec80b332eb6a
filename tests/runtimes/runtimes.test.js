/** The packed package in each runtime that it is made for, installed in an empty folder, against real servers. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { installPacked } from '../package/packed.js';
import { startSites } from './sites.js';

const PATIENCE_MS = 90_000;
const installed = (name) => fileURLToPath(new URL(`node_modules/${name}`, import.meta.url));

/**
 * What runs a file; which HTTP it speaks where a server offers HTTP/2; what is known not to hold there, and why.
 * @type {Record<string, { command: string[], httpVersion?: string, lacks?: Record<string, string> }>}
 */
const RUNTIMES = {
  [`Node ${process.versions.node}`]: { command: [process.execPath] },
  'Node 22': { command: [installed('node-22/bin/node')] },
  'Node 24': { command: [installed('node-24/bin/node')] },
  'Node 26': { command: [installed('node-26/bin/node')] },
  Bun: { command: [installed('.bin/bun')], httpVersion: '1.1' },
  Deno: {
    command: [installed('.bin/deno'), 'run', '--allow-all'],
    httpVersion: '1.1',
    lacks: { 'br that is cut off is an error': "its zlib takes a brotli stream's missing end for the end" },
  },
};

/** Of tests/node, what depends most on which Node it is, and takes little time. */
const NODE_TESTS = [
  'api',
  'fetch-all',
  'loop',
  'loop-awaits',
  'loop-circles',
  'loop-executor',
  'loop-tasks',
  'redirect',
  'response',
  'stream',
  'tls',
  'tls-options',
];

const folder = await installPacked({ after });
await cp(new URL('app', import.meta.url), folder, { recursive: true });
await cp(new URL('../node', import.meta.url), join(folder, 'tests/node'), { recursive: true });
await symlink('node_modules/fetchloop/build', join(folder, 'build')); // where they look for the command
const { bin } = JSON.parse(await readFile(join(folder, 'node_modules/fetchloop/package.json'), 'utf8'));
const sites = await startSites({ after });

/** @returns {Promise<{ code: number | string, stdout: string, stderr: string }>} once it has ended, by itself */
async function run({ command: [file, ...before], httpVersion = '2' }, ...args) {
  const child = spawn(file, [...before, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      NODE_TEST_CONTEXT: undefined,
      NO_COLOR: '1',
      SITES: JSON.stringify({ ...sites, httpVersion }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code, signal] = await ended;
  return { code: code ?? signal, stdout, stderr };
}

const records = (stdout) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

for (const [name, runtime] of Object.entries(RUNTIMES)) {
  describe(name, () => {
    for (const entry of ['fetchloop', 'fetchloop/inline', 'fetchloop/loop']) {
      test(`import '${entry}'`, async (t) => {
        const { code, stdout, stderr } = await run(runtime, 'main.mjs', entry);
        const lacks = runtime.lacks ?? {};
        for (const { name, error } of records(stdout)) {
          if (name in lacks) await t.test(`not: ${name} (${lacks[name]})`, () => assert.ok(error, 'now it does'));
          else await t.test(name, () => assert.ok(!error, error));
        }
        assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, 'it ends by itself, and says nothing else');
      });
    }

    test("the wasm of 'fetchloop/wasm'", async () => {
      assert.deepEqual(await run(runtime, 'wasm.mjs'), { code: 0, stdout: 'This is /wasm.\n', stderr: '' });
    });

    test('a session that nobody closes keeps no process', async () => {
      assert.deepEqual(await run(runtime, 'unclosed.mjs'), { code: 0, stdout: '200 200\n', stderr: '' });
    });

    test('the command', async () => {
      const urls = [`${sites.nginx}/a`, `${sites.own}/redirect/1`, sites.closed];
      const cli = join('node_modules/fetchloop', bin.fetchloop);
      const { code, stdout, stderr } = await run(runtime, cli, '--jsonl', ...urls);
      const codes = records(stdout).map(({ urlnum, exitcode, response_code }) => [urlnum, exitcode, response_code]);
      assert.deepEqual(
        [code, codes.sort()],
        [
          1,
          [
            [0, 0, 200],
            [1, 0, 200],
            [2, 7, 0],
          ],
        ],
        stderr,
      );
      assert.match(stderr, /^3 URLs in .*: 2 fetched, 1 failed$/m);
    });

    if (!name.startsWith('Node ') || runtime.command[0] === process.execPath) return; // that one has all of tests/node
    test('what tests/node says', async () => {
      const files = NODE_TESTS.map((name) => `tests/node/${name}.test.js`);
      const { code, stdout } = await run(runtime, '--test', '--test-concurrency=2', '--test-reporter=tap', ...files);
      assert.equal(code, 0, stdout.slice(stdout.search(/^ *not ok/m)));
    });
  });
}
