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
import { acceptedStatuses, sessionOptions, wantsBodies } from './settings.js';
import { openUrlList } from './url-list.js';
import { UsageError } from './usage-error.js';

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 };

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
  const { values, positionals } = parseOptions(args);
  if (values.help) return print((await import('./help.js')).helpText(positionals));
  if (values.version) return print(`fetchloop ${version}\n`);
  if (positionals[0] === 'demo') return (await import('./demo.js')).demo(positionals.slice(1), values);
  const files = values['input-file'] ?? [];
  const given = positionals.length + files.length > 0;
  if (!given && !values.race) {
    throw new UsageError('no URLs: give them as arguments, in a file (-i FILE), or on stdin (-)');
  }
  const requests = await openUrlList(positionals, files);
  warnOfFiles(positionals);
  const output = new Output();
  const interrupted = onInterrupt();
  const early = new AbortController();
  const signal = AbortSignal.any([interrupted, output.closed, early.signal]);
  const plan = { session: sessionOptions(values), accepts: acceptedStatuses(values), signal };
  const failed = values.race
    ? await raceThem(requests, plan, values, output, given)
    : await fetchThem(requests, plan, values, output, early);
  await output.flush();
  if (output.closed.aborted) return onClosed(output.closed.reason);
  if (interrupted.aborted) return EXIT.interrupted;
  return failed > 0 ? EXIT.failed : EXIT.ok;
}

/** @returns {Promise<number>} how many failed; likewise below */
async function fetchThem(requests, plan, values, output, early) {
  const say = sayer(values, output);
  const ending = () => (early.signal.aborted ? 'ended by --fail-early' : 'interrupted');
  const sinks = [
    await makeFormat(values, output),
    values['fail-early'] && (await import('./fail-early.js')).failEarly(() => early.abort()),
    { onEnd: ({ summary, stats, interrupted }) => say(summary.text(stats, interrupted && ending())) },
  ];
  const bodies = wantsBodies(values) ? await bodiesFor(values, output, plan.accepts) : null;
  const { summary } = await run(requests, { ...plan, bodies, sinks: sinks.filter(Boolean) });
  return summary.failed;
}

async function bodiesFor(values, output, accepts) {
  const isWanted = values['fail-with-body'] || !accepts ? () => true : accepts;
  return (await import('./bodies/index.js')).openBodies(values, output, isWanted);
}

async function raceThem(requests, plan, values, output, given) {
  const list = await collect(requests, plan.signal);
  if (plan.signal.aborted) return 0;
  if (list.length === 0 && given) throw new UsageError('nothing to race: the list is empty');
  const { race } = await import('./race.js');
  const format = await makeFormat(values, output);
  await format.onStart?.();
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
