import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countText, secondsText } from '../text.js';
import { runTool } from './run-tool.js';
import { findTool } from './tools.js';

const ROUNDS = 3;

/**
 * The same list by this command and by others, each a process of its own with the same limits and without retries, in
 * rounds in which they take turns, so that what changes on the way (caches, what else runs) meets them all.
 * @param {string[]} list
 * @param {object} plan
 * @param {string[]} plan.tools
 * @param {import('../parse.js').Values} plan.values
 * @param {AbortSignal} plan.signal
 * @param {(text: string) => Promise<void>} say on stderr
 * @returns {Promise<{ failed: number, rows: Row[] }>} how many URLs this command failed to fetch
 *
 * @typedef {{ tool: string, version: string, seconds: number, per_second: number, failed: number, ratio: number,
 *   bounded: boolean }} Row `bounded`: it kept the limit for each host
 */
export async function compare(list, { tools, values, signal }, say) {
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-compare-'));
  try {
    const file = join(folder, 'urls');
    await writeFile(file, list.map((url) => `${url}\n`).join(''));
    const task = { file, folder, ...limitsOf(values) };
    const found = await findAll(['fetchloop', ...new Set(tools)], task, say);
    await say(`${countText(list.length, 'URL')}, ${limitsText(task)}, ${ROUNDS} rounds in turn:\n`);
    const runs = await takeTurns(found, signal, say);
    const rows = rowsOf(found, runs, list.length);
    return { failed: rows[0]?.failed ?? 0, rows };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Those that all can be told. */
function limitsOf(values) {
  return {
    limit: values['parallel-max'] ?? 50,
    limitPerHost: values['parallel-max-host'] ?? 6,
    timeout: values['max-time'] ?? 30,
    fail: values.fail ?? false,
  };
}

function limitsText({ limit, limitPerHost }) {
  return `at most ${limit} at once, ${limitPerHost} a host where a tool can`;
}

async function findAll(names, task, say) {
  const found = [];
  for (const name of names) {
    const tool = await findTool(name, task);
    if (tool.missing) await say(`${name}: not found, ${tool.missing}\n`);
    else found.push(tool);
  }
  return found;
}

/** @returns {Promise<Map<object, import('./run-tool.js').Outcome[]>>} by tool */
async function takeTurns(tools, signal, say) {
  const runs = new Map(tools.map((tool) => [tool, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const tool of tools) {
      if (signal.aborted) return runs;
      const outcome = await runTool(tool, signal);
      if (!signal.aborted) runs.get(tool).push(outcome);
      if (outcome.problem) await say(`${tool.name}: ${outcome.problem}\n`);
    }
  }
  return runs;
}

function rowsOf(tools, runs, count) {
  const [own] = tools;
  const ownSeconds = median(runs.get(own).map(({ seconds }) => seconds));
  return tools
    .filter((tool) => runs.get(tool).some(({ problem }) => !problem))
    .map((tool) => {
      const good = runs.get(tool).filter(({ problem }) => !problem);
      const seconds = median(good.map((run) => run.seconds));
      const failed = median(good.map((run) => run.failed));
      return {
        tool: tool.name,
        version: tool.version,
        seconds: rounded(seconds),
        per_second: rounded(count / seconds),
        failed,
        ratio: rounded(seconds / ownSeconds),
        bounded: !tool.unboundedHost,
      };
    });
}

const rounded = (number) => Math.round(number * 1000) / 1000;

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** @param {Row[]} rows */
export function tableText(rows) {
  const cells = rows.map(({ tool, version, seconds, per_second, failed, ratio, bounded }) => [
    `${tool} ${version}${bounded ? '' : '*'}`,
    secondsText(seconds),
    per_second.toFixed(per_second < 10 ? 1 : 0),
    String(failed),
    `${ratio.toFixed(2)}x`,
  ]);
  const all = [['', 'wall time', 'a second', 'failed', 'time, fetchloop = 1'], ...cells];
  const widths = all[0].map((_, i) => Math.max(...all.map((line) => line[i].length)));
  const lines = all.map((line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
  if (rows.some(({ bounded }) => !bounded)) lines.push('* without a limit for each host');
  return lines.join('\n');
}
