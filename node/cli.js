#!/usr/bin/env node
import './start-up.js';
import { harmless } from '../web/errors.js';
import { helpText, readOptions, UsageError } from './options.js';
import { Output, painter } from './output.js';
import { race } from './race.js';
import { jsonLine, lineOf, recordOf } from './records.js';
import { run } from './run.js';
import { openUrlList } from './url-list.js';
import { version } from './wire.js';

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
  const output = new Output();
  const interrupted = onInterrupt();
  const signal = AbortSignal.any([interrupted, output.closed]);
  const paint = painter(process.stdout);
  const say = async (text) => {
    await output.flush();
    if (!options.quiet && !output.closed.aborted) process.stderr.write(text);
  };
  const tell = (result, extra) => {
    if (options.jsonl) return output.line(jsonLine({ ...recordOf(result), ...extra }));
    return options.quiet ? undefined : output.line(lineOf(result, paint));
  };

  let failed;
  if (options.race) {
    const onResult = (result, which) => tell(result, { run: which });
    const list = [];
    for await (const url of urls) list.push(url);
    const outcome = await race(list, options.session, { onResult, say, signal });
    failed = outcome.failed;
    if (options.jsonl && outcome.race) output.line(jsonLine({ race: outcome.race }));
    await output.flush();
  } else {
    const { summary, stats } = await run(urls, options.session, { onResult: tell, signal });
    await say(summary.text(stats, interrupted.aborted));
    failed = summary.failed;
  }
  if (interrupted.aborted) return EXIT.interrupted;
  if (output.closed.aborted) return EXIT.ok;
  return failed > 0 ? EXIT.failed : EXIT.ok;
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
