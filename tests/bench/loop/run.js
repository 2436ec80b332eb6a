/**
 * The loop side by side with its peers: each measure is a short program of its own, and in each round all of them take
 * turns. Set by the environment: ROUNDS, ONLY=measure,measure, PYTHON. An aim that is not met is said, and is no failure.
 */
import { chooseByName, runBench } from '../bench.js';
import { positive, QUOTABLE } from '../machine.js';
import { askVersion, runProcess } from '../process.js';
import { summarize } from '../results.js';
import { CLIENTS, MEASURES, OURS } from './measures.js';
import { table } from './table.js';

const SCALES = { MB: 1e6 };

const rounds = positive('ROUNDS', 5);

/** Who is installed, who isn't. */
async function muster() {
  const versions = {};
  const missing = new Set();
  for (const [client, { versions: asked }] of Object.entries(CLIENTS)) {
    for (const [name, argv] of Object.entries(asked)) {
      versions[name] ??= await askVersion(argv);
      if (!versions[name]) missing.add(client);
    }
  }
  return { versions, missing };
}

/** @returns {Promise<Map<string, object[]>>} "measure client" -> round by round what the client printed */
async function runRounds(measures, missing, options) {
  const printed = new Map();
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    for (const { name, clients, roundsMax = rounds } of measures) {
      if (round >= roundsMax) continue;
      for (const client of clients.filter((each) => !missing.has(each))) {
        const { stdout } = await runProcess(CLIENTS[client].argv(name), options);
        const key = `${name} ${client}`;
        printed.set(key, [...(printed.get(key) ?? []), JSON.parse(stdout)]);
      }
    }
  }
  return printed;
}

function summarizeMeasure({ name, title, values, clients }, printed, missing) {
  const numbers = (client, { key, unit }) =>
    (printed.get(`${name} ${client}`) ?? [])
      .filter((line) => key in line)
      .map((line) => line[key] / (SCALES[unit] ?? 1));
  const rows = values.flatMap((value) => {
    const ours = numbers(OURS, value);
    return clients.flatMap((client) => {
      if (missing.has(client)) return value === values[0] ? [{ name: client, missing: true }] : [];
      const found = numbers(client, value);
      if (found.length === 0) return [];
      const row = { name: client, unit: value.unit, what: value.what, ...summarize(found), rounds: found };
      if (client === OURS) return [{ ...row, aim: value.aim }];
      return [
        { ...row, ratio: ours.length ? summarize(found.map((number, i) => number / ours[i])).median : undefined },
      ];
    });
  });
  return { name, title, rows };
}

function print({ machine, versions, measured }) {
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  console.log(`\nMedians of ${rounds} rounds, their range, and how many times ours it is`);
  console.log(`${machine.cpu}, ${machine.cores} cores; ${tools.join(', ')}\n`);
  for (const each of measured) console.log(table(each));
  if (rounds < QUOTABLE.roundsMin) console.log(`Not quotable: fewer than ${QUOTABLE.roundsMin} rounds.`);
  if (machine.loadOfOthers > QUOTABLE.loadOfOthersMax) {
    console.log(`Not quotable: the machine was ${Math.round(machine.loadOfOthers * 100)} % busy with other work.`);
  }
}

async function benchAll(folder, signal) {
  const measures = chooseByName(MEASURES);
  const { versions, missing } = await muster();
  const printed = await runRounds(measures, missing, { folder, signal });
  return { versions, rounds, measured: measures.map((one) => summarizeMeasure(one, printed, missing)) };
}

await runBench('loop', benchAll, print);
