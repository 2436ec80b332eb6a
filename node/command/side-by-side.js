/** The same list more than once: by this command in two ways, or by other tools, too. */
import { compareAll } from './compare/index.js';
import { makeFormat } from './formats/index.js';
import { jsonLine } from './formats/jsonl.js';
import { race } from './race.js';
import { sayer } from './seeing.js';
import { UsageError } from './usage-error.js';

/**
 * @param {import('./fetch-list.js').List} list
 * @param {any} plan
 * @param {import('./parse.js').Values} values
 * @param {import('./output.js').Output} output
 * @returns {Promise<number>} how many failed; likewise below
 */
export async function raceThem({ requests, given }, plan, values, output) {
  const list = await collect(requests(null), plan.signal);
  if (plan.signal.aborted) return 0;
  if (list.length === 0 && given) throw new UsageError('nothing to race: the list is empty');
  const format = await makeFormat(values, output);
  await format.onStart?.();
  const sinkOf = (which) => ({ onRecord: (record, result) => format.onRecord?.({ ...record, run: which }, result) });
  const outcome = await race(list, plan, { sinkOf, say: sayer(values, output) });
  if (values.jsonl && outcome.race) output.line(jsonLine({ race: outcome.race }));
  return outcome.failed;
}

export async function compareThem({ requests }, { signal }, values, output) {
  const list = await collect(requests(null), signal);
  if (signal.aborted) return 0;
  return compareAll(list, values, { signal, output, say: sayer(values, output) });
}

/** All of a list, or as much as there was when `signal` aborted. */
async function collect(urls, signal) {
  const list = [];
  const all = (async () => {
    for await (const url of urls) list.push(url);
  })();
  await Promise.race([all, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
  return list;
}
