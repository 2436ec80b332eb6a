#!/usr/bin/env node
import './start-up.js';
import { existsSync } from 'node:fs';
import { harmless, printable } from '../web/errors.js';
import { helpText, readOptions, UsageError } from './options.js';
import { Output, painter } from './output.js';
import { race } from './race.js';
import { jsonLine, lineOf, recordOf } from './records.js';
import { run } from './run.js';
import { openUrlList } from './url-list.js';
import { version } from './version.js';

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 };

/** @returns {Promise<number>} the exit code */
async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return print(helpText());
  if (options.version) return print(`fetchloop ${version}\n`);
  if (options.urls.length + options.files.length === 0 && !options.race) {
    throw new UsageError('no URLs: give them as arguments, in a file (-i FILE), or on stdin (-)');
  }
  const urls = await openUrlList(options.urls, options.files);
  for (const file of options.urls.filter((url) => !url.includes('://') && url !== '-' && existsSync(url))) {
    process.stderr.write(`fetchloop: ${printable(file)} is a file: to read URLs from it, say -i ${printable(file)}\n`);
  }
  const output = new Output();
  const interrupted = onInterrupt();
  const signal = AbortSignal.any([interrupted, output.closed]);
  const failed = await (options.race ? raceThem : fetchThem)(urls, options, output, signal, interrupted);
  await output.flush();
  if (output.closed.aborted) return onClosed(output.closed.reason);
  if (interrupted.aborted) return EXIT.interrupted;
  return failed > 0 ? EXIT.failed : EXIT.ok;
}

/** @returns {Promise<number>} how many failed; likewise below */
async function fetchThem(urls, options, output, signal, interrupted) {
  const onResult = teller(options, output);
  const { summary, stats } = await run(urls, options.session, { onResult, signal });
  await sayer(options, output)(summary.text(stats, interrupted.aborted));
  return summary.failed;
}

async function raceThem(urls, options, output, signal) {
  const list = await collect(urls, signal);
  if (signal.aborted) return 0;
  const given = options.urls.length + options.files.length > 0;
  if (given && list.length === 0) throw new UsageError('nothing to race: the list is empty');
  const tell = teller(options, output);
  const onResult = (result, which) => tell(result, { run: which });
  const outcome = await race(list, options.session, { onResult, say: sayer(options, output), signal });
  if (options.jsonl && outcome.race) output.line(jsonLine({ race: outcome.race }));
  return outcome.failed;
}

/** What tells of a result on stdout. */
function teller({ jsonl, quiet }, output) {
  const paint = painter(process.stdout);
  return (result, extra) => {
    if (jsonl) return output.line(jsonLine({ ...recordOf(result), ...extra }));
    return quiet ? undefined : output.line(lineOf(result, paint));
  };
}

/** What speaks on stderr, after what was told on stdout before. */
function sayer({ quiet }, output) {
  return async (text) => {
    await output.flush();
    if (!quiet && !output.closed.aborted) process.stderr.write(text);
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

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`fetchloop: ${harmless(error.message)}\n`);
  process.exit(EXIT.usage);
}
