/** The C core as WebAssembly does what it does natively: the same simulated worlds, the same traces. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ARGUMENTS = ['--file', 'tests/sim/seeds.txt', '--seeds', '1000'];

test('1,000 simulated worlds have one trace, native and as WebAssembly', async () => {
  const native = await run('build/native-gcc/sim_test', ARGUMENTS);
  const wasm = await run(process.execPath, ['build/sim_test.cjs', ...ARGUMENTS]);
  assert.match(native.stdout, /^simulation: \d{6} requests, trace [0-9a-f]{16}\n1001 passed, 0 failed\n$/);
  assert.equal(wasm.stdout, native.stdout);
});
