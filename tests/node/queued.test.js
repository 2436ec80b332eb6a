/**
 * What a million URLs cost that wait; in processes of their own. Times are those that the process itself was busy, and the
 * best of some, as others on the machine only add to what the clock shows.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from './support/test.js';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('../bench/clients/queued.mjs', import.meta.url));

const COUNT = 1_000_000;
const BYTES_MOST = 100;
const BEGUN_MOST_MS = 100;
const ROUNDS = 5;

async function measure(how) {
  const { stdout } = await run(process.execPath, ['--expose-gc', PROGRAM, how, COUNT]);
  return JSON.parse(stdout);
}

for (const how of ['fetchAll(array)', 'fetchAll(generator)', 'map(array)']) {
  test(
    `${how}: a million URLs take ${BYTES_MOST} bytes each at most, besides their own, and begin within ${BEGUN_MOST_MS} ms`,
    async (t) => {
      const rounds = [];
      do rounds.push(await measure(how));
      while (rounds.at(-1).begunCpuMs > BEGUN_MOST_MS && rounds.length < ROUNDS);
      const { bytesEach, begunMs, begunCpuMs } = rounds.at(-1);
      t.diagnostic(
        `${bytesEach.toFixed(1)} bytes each, begun after ${begunCpuMs.toFixed(0)} ms (${begunMs.toFixed(0)} by the clock)`,
      );
      assert.ok(bytesEach <= BYTES_MOST, `${bytesEach} bytes each`);
      assert.ok(begunCpuMs <= BEGUN_MOST_MS, `begun after ${begunCpuMs} ms`);
    },
    { timeout: 120_000 },
  );
}
