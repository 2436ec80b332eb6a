import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureOthers } from './machine.js';

const RESULTS = fileURLToPath(new URL('../../build/bench/', import.meta.url));

/** Those of `all` that ONLY=name,name in the environment asks for; all when it isn't set. */
export function chooseByName(all) {
  const names = all.map(({ name }) => name);
  const only = process.env.ONLY ? process.env.ONLY.split(',') : names;
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`ONLY: no ${unknown.join(', ')}; there are ${names.join(', ')}`);
  return all.filter(({ name }) => only.includes(name));
}

/**
 * Run a bench from its beginning to its end, Ctrl-C included, and keep what it found in build/bench/NAME.json.
 * @param {string} name
 * @param {(folder: string, signal: AbortSignal) => Promise<object>} measure in a folder for files that go with the run
 * @param {(results: object) => void} print
 */
export async function runBench(name, measure, print) {
  const interrupted = new AbortController();
  for (const event of ['SIGINT', 'SIGTERM']) process.once(event, () => interrupted.abort());
  const folder = await mkdtemp(join(os.tmpdir(), 'fetchloop-bench-'));
  try {
    const loadBefore = await measureOthers();
    const measured = await measure(folder, interrupted.signal);
    const loadOfOthers = Math.max(loadBefore, await measureOthers());
    const machine = { cpu: os.cpus()[0].model, cores: os.cpus().length, loadOfOthers };
    const results = { date: new Date(), machine, ...measured };
    print(results);
    await mkdir(RESULTS, { recursive: true });
    await writeFile(join(RESULTS, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  } catch (error) {
    if (!interrupted.signal.aborted) console.error(`bench: ${error.message}`);
    process.exitCode = interrupted.signal.aborted ? 130 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
