/** What a million URLs that wait cost each, side by side: clients/queued.mjs. Set by the environment: ROUNDS, COUNT, ONLY. */
import { fileURLToPath } from 'node:url';
import { chooseByName, runBench } from './bench.js';
import { positive } from './machine.js';
import { runProcess } from './process.js';
import { summarize } from './results.js';

const rounds = positive('ROUNDS', 3);
const count = positive('COUNT', 1_000_000);
const PROGRAM = fileURLToPath(new URL('clients/queued.mjs', import.meta.url));
const WAYS = ['fetchAll(array)', 'fetchAll(generator)', 'map(array)', 'get()', 'p-limit', 'p-queue'];

async function benchQueued(folder, signal) {
  const rows = [];
  for (const { name } of chooseByName(WAYS.map((name) => ({ name })))) {
    const measured = [];
    for (let round = 0; round < rounds; round++) {
      const { stdout } = await runProcess([process.execPath, '--expose-gc', PROGRAM, name, `${count}`], {
        folder,
        signal,
      });
      measured.push(JSON.parse(stdout));
    }
    const medianOf = (what) => summarize(measured.map((one) => one[what])).median;
    rows.push({ name, bytesEach: medianOf('bytesEach'), begunMs: medianOf('begunMs') });
  }
  return { rounds, count, rows };
}

function print({ machine, rows }) {
  console.log(`\n${count} URLs that wait, medians of ${rounds} rounds; ${machine.cpu}, ${machine.cores} cores\n`);
  console.log('  way                  bytes each, besides the URL  first request after, ms');
  for (const { name, bytesEach, begunMs } of rows) {
    console.log(`  ${name.padEnd(20)} ${bytesEach.toFixed(0).padStart(27)} ${begunMs.toFixed(0).padStart(24)}`);
  }
}

await runBench('queued', benchQueued, print);
