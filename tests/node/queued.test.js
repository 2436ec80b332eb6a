/** What a million URLs cost that wait; in processes of their own. Times are the best of some, as others only add to them. */
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
      const bestMs = () => Math.min(...rounds.map(({ begunMs }) => begunMs));
      do rounds.push(await measure(how));
      while (bestMs() > BEGUN_MOST_MS && rounds.length < ROUNDS);
      t.diagnostic(`${rounds[0].bytesEach.toFixed(1)} bytes each, begun after ${bestMs().toFixed(0)} ms`);
      assert.ok(rounds[0].bytesEach <= BYTES_MOST, `${rounds[0].bytesEach} bytes each`);
      assert.ok(bestMs() <= BEGUN_MOST_MS, `begun after ${bestMs()} ms`);
    },
    { timeout: 120_000 },
  );
}
