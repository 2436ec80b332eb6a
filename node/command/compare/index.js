import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printableUrl } from '../../../web/response/errors.js';
import { jsonLine } from '../formats/jsonl.js';
import { countText, secondsText } from '../text.js';
import { UsageError } from '../usage-error.js';
import { runTool } from './run-tool.js';
import { findTool } from './tools.js';

const ROUNDS = 3;

/**
 * The same list by this command and by others, each a process of its own with the same limits and without retries, in
 * rounds in which they take turns, so that what changes on the way (caches, what else runs) meets them all.
 * @param {any[]} list
 * @param {import('../parse.js').Values} values
 * @param {{ signal: AbortSignal, output: import('../output.js').Output, say: (text: string) => Promise<void> }} to say: on
 *   stderr
 * @returns {Promise<number>} how many URLs this command failed to fetch
 */
export async function compareAll(list, values, { signal, output, say }) {
  if (list.length === 0) throw new UsageError('nothing to compare: the list is empty');
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-compare-'));
  try {
    const file = join(folder, 'urls');
    await writeFile(file, list.map((request) => `${urlOf(request)}\n`).join(''));
    const task = { file, folder, ...limitsOf(values) };
    const tools = await findAll(['fetchloop', ...new Set(values.compare)], task, say);
    await say(`${countText(list.length, 'URL')}, ${limitsText(task)}, ${ROUNDS} rounds in turn:\n`);
    const runs = await takeTurns(tools, signal, say);
    if (signal.aborted) return 0;
    const rows = rowsOf(tools, runs, list.length);
    output.line(values.jsonl ? rows.map(jsonLine).join('\n') : tableText(rows));
    return rows.find(({ tool }) => tool === 'fetchloop')?.failed ?? 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What all of them can be told. */
function urlOf(request) {
  if (typeof request === 'string') return request;
  const { url, method = 'GET', body } = request;
  if (method === 'GET' && body === undefined) return String(url);
  throw new UsageError(
    `--compare fetches with GET and without bodies, not ${printableUrl(String(url))} with ${method}`,
  );
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

/**
 * @typedef {object} Row
 * @property {string} tool
 * @property {string} version
 * @property {number} seconds
 * @property {number} per_second
 * @property {number} failed
 * @property {number} ratio
 * @property {boolean} bounded it kept the limit for each host
 *
 * @param {Row[]} rows
 */
function tableText(rows) {
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
