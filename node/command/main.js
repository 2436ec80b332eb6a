/**
 * The command. Its start is what is waited for most: what only some calls need is imported when they turn out to need it, so
 * that it costs the others nothing.
 */
import { existsSync } from 'node:fs';
import { harmless, printable } from '../../web/errors.js';
import { readOptions } from './config.js';
import { makeFormat } from './formats/index.js';
import { Output } from './output.js';
import { openRequests } from './requests.js';
import { run } from './run.js';
import { readSettings } from './settings.js';
import { UsageError } from './usage-error.js';

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 };

/** What stands in place of a URL, and does something else. Each gives the exit code. */
const COMMANDS = {
  completion: async ([shell]) => print((await import('./completion.js')).completion(shell)),
  man: async () => print((await import('./man.js')).manPage()),
  demo: async (rest, values) => (await import('./demo.js')).demo(rest, values),
};

/** Until the end of the process. @param {string[]} args */
export async function start(args) {
  try {
    process.exit(await main(args));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`fetchloop: ${harmless(error.message)}\n`);
    process.exit(EXIT.usage);
  }
}

/** @returns {Promise<number>} the exit code */
async function main(args) {
  const { values, positionals } = readOptions(args);
  if (values.help) return print((await import('./help.js')).helpText(positionals));
  if (values.version) return print(await (await import('./about.js')).versionText());
  if (Object.hasOwn(COMMANDS, positionals[0])) return COMMANDS[positionals[0]](positionals.slice(1), values);
  const urls = [...(values.url ?? []), ...positionals];
  const given = [urls, values['input-file'], values.sitemap].some((list) => list?.length > 0);
  if (!given && !values.race) {
    throw new UsageError('no URLs: give them as arguments, in a file (-i FILE), or on stdin (-)');
  }
  const { session, asking } = await readSettings(values);
  const requests = await openRequests(urls, values, asking);
  warnOfFiles(urls);
  const output = new Output();
  const interrupted = onInterrupt();
  const signal = AbortSignal.any([interrupted, output.closed]);
  const plan = { session, init: asking.init, accepts: values.accept, signal };
  try {
    const failed = await work(requests, plan, values, output, given);
    if (!output.closed.aborted && !interrupted.aborted) return failed > 0 ? EXIT.failed : EXIT.ok;
  } finally {
    await asking.save?.();
    await output.flush();
  }
  return output.closed.aborted ? onClosed(output.closed.reason) : EXIT.interrupted;
}

/** @returns {Promise<number>} how many failed; likewise below */
async function work(requests, plan, values, output, given) {
  if (values.race) return raceThem(requests(null), plan, values, output, given);
  if (!values['dry-run']) return fetchThem(requests, plan, values, output);
  const { dryRun } = await import('./dry-run.js');
  return dryRun(requests(null), plan, { output, jsonl: values.jsonl ?? values.format === 'jsonl' });
}

async function fetchThem(requests, plan, values, output) {
  const say = sayer(values, output);
  const telling = { onEnd: ({ summary, stats, interrupted }) => say(summary.text(stats, interrupted)) };
  const { summary } = await run(requests, { ...plan, sinks: [await makeFormat(values, output), telling] });
  return summary.failed;
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

/** What speaks on stderr, after what was told on stdout before. */
function sayer({ silent }, output) {
  if (silent) return async () => {};
  process.stderr.on('error', () => {}); // one that is full or closed changes nothing
  return async (text) => {
    await output.flush();
    if (!output.closed.aborted) process.stderr.write(text);
  };
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

/** The first Ctrl-C ends the run in good order, the second at once. */
function onInterrupt() {
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  });
  return controller.signal;
}
