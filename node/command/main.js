/**
 * The command. Its start is what is waited for most: what only some calls need is imported when they turn out to need it, so
 * that it costs the others nothing.
 */
import { existsSync } from 'node:fs';
import { harmless, printable } from '../../web/errors.js';
import { version } from '../version.js';
import { makeFormat } from './formats/index.js';
import { Output } from './output.js';
import { parseOptions } from './parse.js';
import { run } from './run.js';
import { sayer, seeing } from './seeing.js';
import { sessionOptions } from './settings.js';
import { openUrlList } from './url-list.js';
import { UsageError } from './usage-error.js';

const EXIT = { ok: 0, failed: 1 };

/** Until the end of the process. @param {string[]} args */
export async function start(args) {
  try {
    process.exit(await main(args));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`fetchloop: ${harmless(error.message)}\n`);
    process.exit(error.exitCode);
  }
}

/** @returns {Promise<number>} the exit code */
async function main(args) {
  const { values, positionals } = parseOptions(args);
  if (values.help) return print((await import('./help.js')).helpText(positionals));
  if (values.version) return print(`fetchloop ${version}\n`);
  if (positionals[0] === 'demo') return (await import('./demo.js')).demo(positionals.slice(1), values);
  const files = values['input-file'] ?? [];
  const given = positionals.length + files.length > 0;
  if (!given && !values.race) {
    throw new UsageError('no URLs: give them as arguments, in a file (-i FILE), or on stdin (-)');
  }
  const list = await openList(positionals, files, values);
  const output = new Output();
  const interrupted = onInterrupt();
  const signal = AbortSignal.any([interrupted, output.closed]);
  const plan = { session: sessionOptions(values), accepts: values.accept, signal };
  let failed;
  try {
    failed = values.race
      ? await raceThem(list.requests, plan, values, output, given)
      : await fetchThem(list, plan, values, output, positionals);
    await output.flush();
  } finally {
    await list.journal?.close();
  }
  if (output.closed.aborted) return onClosed(output.closed.reason);
  if (interrupted.aborted) return interrupted.reason;
  return failed > 0 ? EXIT.failed : EXIT.ok;
}

/** What to fetch, and where what has ended is kept. */
async function openList(urls, files, values) {
  if (urls[0] === 'retry') return (await import('./journal/retry.js')).openRetry(urls.slice(1), values);
  const requests = await openUrlList(urls, files);
  warnOfFiles(urls);
  if (!values.journal) return { requests };
  const journal = await (await import('./journal/index.js')).Journal.open(values.journal);
  return { requests: journal.rest(requests), journal };
}

/** @returns {Promise<number>} how many failed; likewise below */
async function fetchThem({ requests, journal }, plan, values, output, urls) {
  const { list, sinks } = await seeing(requests, values, output, urls, journal);
  const told = [
    await makeFormat(values, output),
    values.failures && (await (await import('./journal/failures.js')).failuresFile(values.failures)),
    ...sinks,
  ].filter(Boolean);
  const { summary } = await run(list, {
    ...plan,
    sinks: journal ? [journal.before(told)] : told,
    numberOf: journal && ((index) => journal.numberOf(index)),
  });
  return summary.failed + (journal?.failed ?? 0);
}

async function raceThem(requests, plan, values, output, given) {
  const list = await collect(requests, plan.signal);
  if (plan.signal.aborted) return 0;
  if (list.length === 0 && given) throw new UsageError('nothing to race: the list is empty');
  const { race } = await import('./race.js');
  const format = await makeFormat(values, output);
  const sinkOf = (which) => ({ onRecord: (record, result) => format.onRecord?.({ ...record, run: which }, result) });
  const outcome = await race(list, plan, { sinkOf, say: sayer(values, output) });
  if (values.jsonl && outcome.race) {
    output.line((await import('./formats/jsonl.js')).jsonLine({ race: outcome.race }));
  }
  return outcome.failed;
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

function warnOfFiles(urls) {
  for (const file of urls.filter((url) => !url.includes('://') && url !== '-' && existsSync(url))) {
    process.stderr.write(`fetchloop: ${printable(file)} is a file: to read URLs from it, say -i ${printable(file)}\n`);
  }
}

/** Stdout is gone: quietly when only its reader has left, as `| head -1` does. */
function onClosed(error) {
  if (error.code === 'EPIPE') return EXIT.ok;
  process.stderr.write(`fetchloop: can't write to stdout: ${harmless(error.message)}\n`);
  return EXIT.failed;
}

async function print(text) {
  const output = new Output();
  output.line(text.trimEnd());
  await output.flush();
  return EXIT.ok;
}

/** The first Ctrl-C, or what else asks it to end, ends the run in good order, the second at once. */
function onInterrupt() {
  const controller = new AbortController();
  for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1 })) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(128 + number);
      controller.abort(128 + number);
    });
  }
  return controller.signal;
}
