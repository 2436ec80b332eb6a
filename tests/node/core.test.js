/** The C core as WebAssembly does what it does natively: the same simulated worlds, the same traces. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ARGUMENTS = ['--file', 'tests/sim/seeds.txt', '--seeds', '1000'];

test('1,000 simulated worlds have one trace, native and as WebAssembly', async () => {
  const native = await run('build/native-gcc/sim_test', ARGUMENTS);
  const wasm = await run(process.execPath, ['build/sim_test.cjs', ...ARGUMENTS]);
  const kept = (await readFile('tests/sim/seeds.txt', 'utf8')).trim().split('\n').length;
  assert.match(native.stdout, /^simulation: \d{5} attempts, trace [0-9a-f]{16}\n\d+ passed, 0 failed\n$/);
  assert.ok(native.stdout.endsWith(`\n${1000 + kept} passed, 0 failed\n`));
  assert.equal(wasm.stdout, native.stdout);
});
