/**
 * One large body to a file, whole processes in turns, start and exit included. Set by the environment: ROUNDS, MEGABYTES.
 */
import { chmod, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runBench } from './bench.js';
import { positive, QUOTABLE } from './machine.js';
import { startNginx } from './nginx.js';
import { askVersion, runProcess } from './process.js';
import { spread } from './spread.js';

const rounds = positive('ROUNDS', 9);
const bytes = positive('MEGABYTES', 1000) * 1_000_000;

const from = (path) => fileURLToPath(new URL(path, import.meta.url));
const script = (way) => (url, file) => [process.execPath, from('clients/download.mjs'), way, url, file];

/** The first is what the others are compared with. @type {Record<string, (url: string, file: string) => string[]>} */
const WAYS = {
  'curl -o': (url, file) => ['curl', '-s', '-o', file, url],
  'fetchloop -o': (url, file) => [process.execPath, from('../../build/node/cli.js'), '-s', '-o', file, url],
  'fetchloop, for await and writeSync()': script('chunks'),
  'fetchloop, pipeline()': script('pipeline'),
  'node:http, pipeline()': script('http'),
  'fetch(), pipeline()': script('fetch'),
  'aiohttp, iter_chunked()': (url, file) => ['/usr/bin/python3', from('clients/download.py'), url, file],
};

async function measure(folder, signal) {
  await chmod(folder, 0o755); // nginx's worker is nobody
  await writeFile(join(folder, 'large'), '');
  await truncate(join(folder, 'large'), bytes);
  const nginx = await startNginx(folder);
  const file = join(folder, 'saved');
  const seconds = Object.fromEntries(Object.keys(WAYS).map((name) => [name, []]));
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const [name, argv] of Object.entries(WAYS)) {
        process.stderr.write(`round ${round} of ${rounds}: ${name}\n`);
        const run = await runProcess(argv(`${nginx.origin}/large`, file), { folder, signal });
        const { size } = await stat(file);
        if (size !== bytes) throw new Error(`${name} is not doing the work: ${size} bytes`);
        await rm(file);
        if (round > 0) seconds[name].push(run.seconds); // the first only warms up
      }
    }
  } finally {
    await nginx.stop();
  }
  return {
    versions: { curl: await askVersion(['curl', '--version']), node: process.versions.node },
    rounds,
    bytes,
    seconds,
  };
}

function print({ machine, versions, rounds, seconds }) {
  const about = `${bytes / 1e9} GB to a file, ${rounds} rounds; ${machine.cpu}, ${machine.cores} cores`;
  console.log(`\n${about}; curl ${versions.curl}, node ${versions.node}\n`);
  const [base] = Object.values(seconds);
  console.log(`  ${'way'.padEnd(38)}${'seconds'.padEnd(24)}curl -o ÷ it`);
  for (const [name, taken] of Object.entries(seconds)) {
    const ratios = taken.map((time, i) => base[i] / time);
    console.log(`  ${name.padEnd(38)}${spread(taken, 2).padEnd(24)}${spread(ratios, 2)}`);
  }
  if (rounds < QUOTABLE.roundsMin) console.log(`Not quotable: fewer than ${QUOTABLE.roundsMin} rounds.`);
  if (machine.loadOfOthers > QUOTABLE.loadOfOthersMax) {
    console.log(`Not quotable: the machine was ${Math.round(machine.loadOfOthers * 100)} % busy with other work.`);
  }
}

await runBench('download', measure, print);
