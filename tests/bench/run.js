/**
 * Throughput side by side: every client fetches the same number of distinct URLs from one nginx, as many at once, in
 * rounds that take turns. Set by the environment: ROUNDS, REQUESTS, CONCURRENCY, ONLY=name,name, PYTHON.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseByName, runBench } from './bench.js';
import { positive, QUOTABLE } from './machine.js';
import { BODY, startNginx } from './nginx.js';
import { SECTIONS } from './peers.js';
import { askVersion, runProcess } from './process.js';
import { summarizeSections } from './results.js';
import { table } from './table.js';

const PAUSE_MS = 200; // for the connections of the client before to close

const rounds = positive('ROUNDS', 5);
const requests = positive('REQUESTS', 20000);
const concurrency = positive('CONCURRENCY', 64);
const warmUp = Math.ceil(requests / 2); // after a quarter, the compilers of JavaScript and wasm are still at it

/** Who is installed, who isn't. */
async function muster(peers) {
  const versions = { nginx: await askVersion(['nginx', '-v']), "node's undici": process.versions.undici };
  if (!versions.nginx) throw new Error('nginx is not installed');
  const missing = new Set();
  for (const peer of peers) {
    const found = await Promise.all(Object.values(peer.versions).map(askVersion));
    Object.keys(peer.versions).forEach((name, index) => {
      if (found[index]) versions[name] = found[index];
      else missing.add(peer.name);
    });
  }
  return { present: peers.filter(({ name }) => !missing.has(name)), missing, versions };
}

async function writeLists(folder, origin) {
  const urls = Array.from({ length: requests }, (_, index) => `${origin}/?n=${index}`);
  const write = async (name, line) => {
    await writeFile(join(folder, name), urls.map(line).join(''));
    return join(folder, name);
  };
  return {
    urlList: await write('urls.txt', (url) => `${url}\n`),
    curlList: await write('urls.curl', (url) => `url = "${url}"\n`),
    curlFiles: await write('files.curl', (url) => `url = "${url}"\noutput = "/dev/null"\n`),
  };
}

/** One client, once. What it says of itself must be so, and be what the server has seen. */
async function measure(peer, task, nginx, options) {
  await sleep(PAUSE_MS);
  const before = await nginx.counts();
  const output = await runProcess(peer.argv(task), { ...options, discard: !peer.read });
  const after = await nginx.counts();
  const counts = peer.read?.(output) ?? { requests };
  if (!peer.endless) {
    assertEqual(
      peer.name,
      'requests at the server',
      after.requests - before.requests,
      requests + (peer.whole ? 0 : warmUp),
    );
    if (peer.read) assertCounts(peer.name, counts);
  }
  const rps = counts.requests / (peer.whole ? output.seconds : counts.seconds);
  return { rps, connections: after.connections - before.connections };
}

function assertCounts(name, counts) {
  assertEqual(name, 'responses with 200', counts.requests, requests);
  assertEqual(name, 'bytes', counts.bytes, requests * BODY.length);
}

function assertEqual(name, what, found, expected) {
  if (found !== expected) throw new Error(`${name} is not doing the work: ${found} ${what} instead of ${expected}`);
}

async function runRounds(peers, folder, signal) {
  const nginx = await startNginx(folder);
  try {
    const task = { origin: nginx.origin, requests, concurrency, warmUp, ...(await writeLists(folder, nginx.origin)) };
    const options = { folder, signal };
    for (const { name, argv, countArgs, count } of peers) {
      if (count) assertCounts(name, count(await runProcess([...argv(task), ...countArgs], options)));
    }
    const measured = new Map(peers.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      const first = Math.floor((round * peers.length) / rounds);
      for (const peer of [...peers.slice(first), ...peers.slice(0, first)]) {
        process.stderr.write(`round ${round + 1} of ${rounds}: ${peer.name}\n`);
        measured.get(peer.name).push(await measure(peer, task, nginx, options));
      }
    }
    return measured;
  } finally {
    await nginx.stop();
  }
}

function print({ machine, versions, sections }) {
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  console.log(
    `\n${requests} GETs of ${BODY.length} bytes, ${concurrency} at once, after ${warmUp} where there is a warm-up; ${rounds} rounds`,
  );
  console.log(`${machine.cpu}, ${machine.cores} cores; ${tools.join(', ')}\n`);
  for (const section of sections) console.log(table(section));
  if (rounds < QUOTABLE.roundsMin) console.log(`Not quotable: fewer than ${QUOTABLE.roundsMin} rounds.`);
  if (machine.loadOfOthers > QUOTABLE.loadOfOthersMax) {
    console.log(`Not quotable: the machine was ${Math.round(machine.loadOfOthers * 100)} % busy with other work.`);
  }
}

async function benchAll(folder, signal) {
  const { present, missing, versions } = await muster(chooseByName(SECTIONS.flatMap(({ peers }) => peers)));
  const measured = await runRounds(present, folder, signal);
  const sections = summarizeSections(SECTIONS, measured, missing);
  return { versions, rounds, requests, concurrency, warmUp, sections };
}

await runBench('throughput', benchAll, print);
