/**
 * How long the command takes for one URL on loopback, from its start to its end, beside Node's own start and end: in turns,
 * for a machine's speed drifts. Set by the environment: ROUNDS. Milliseconds: the median, and from the least to the most; the ratio within each round.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNginx } from './nginx.js';
import { spread } from './spread.js';

const ROUNDS = Number(process.env.ROUNDS ?? 30);
const built = (name) => fileURLToPath(new URL(`../../build/node/${name}`, import.meta.url));

const folder = await mkdtemp(join(tmpdir(), 'fetchloop-bench-'));
const nginx = await startNginx(folder);
const programs = {
  'node -e 0': ['-e', '0'],
  'import of fetchloop': [built('index.js')],
  'fetchloop --version': [built('cli.js'), '--version'],
  'fetchloop URL': [built('cli.js'), `${nginx.origin}/`],
  'fetchloop --jsonl URL': [built('cli.js'), '--jsonl', `${nginx.origin}/`],
};

const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, args] of Object.entries(programs)) {
    const startedAt = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args);
    if (status !== 0) throw new Error(`${name}: ${stderr}`);
    if (round >= 0) times[name].push(performance.now() - startedAt); // the first only warms up
  }
}
await nginx.stop();
await rm(folder, { recursive: true });

const [base] = Object.values(times);
for (const [name, taken] of Object.entries(times)) {
  const ratios = taken.map((time, i) => time / base[i]);
  console.log(`${name.padEnd(24)}${spread(taken, 0).padEnd(22)}× ${spread(ratios, 2)}`);
}
