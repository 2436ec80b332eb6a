/**
 * The command. Its start is what is waited for most: what only some calls need is imported when they turn out to need it, so
 * that it costs the others nothing.
 */
import { existsSync } from 'node:fs';
import { harmless, printable } from '../../web/response/errors.js';
import { readOptions } from './config.js';
import { FAIL_EARLY, fetchList } from './fetch-list.js';
import { Output } from './output.js';
import { openRequests } from './requests.js';
import { acceptedStatuses, readSettings } from './settings.js';
import { UsageError } from './usage-error.js';

const EXIT = { ok: 0, failed: 1 };

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
    process.exit(error.exitCode);
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
  const list = await openList(urls, values, asking);
  const output = new Output();
  const interrupted = onInterrupt();
  const early = new AbortController();
  const signal = AbortSignal.any([interrupted, output.closed, early.signal]);
  const plan = { session, init: asking.init, accepts: acceptedStatuses(values), signal };
  let failed;
  try {
    failed = await work({ ...list, urls, given }, plan, values, output, () => early.abort(FAIL_EARLY));
  } finally {
    await asking.save?.();
    await output.flush();
    await list.journal?.close();
  }
  if (output.closed.aborted) return onClosed(output.closed.reason);
  if (interrupted.aborted) return interrupted.reason;
  return failed > 0 ? EXIT.failed : EXIT.ok;
}

/**
 * What to fetch, when there is a session; and where what has ended is kept.
 * @returns {Promise<Pick<import('./fetch-list.js').List, 'requests' | 'journal'>>}
 */
async function openList(urls, values, asking) {
  if (urls[0] === 'retry') {
    const { requests, journal } = await (await import('./journal/retry.js')).openRetry(urls.slice(1), values);
    return { requests: () => requests, journal };
  }
  const requests = await openRequests(urls, values, asking);
  warnOfFiles(urls);
  if (!values.journal) return { requests };
  const journal = await (await import('./journal/index.js')).Journal.open(values.journal);
  return { requests: (session) => journal.rest(requests(session)), journal };
}

/** @returns {Promise<number>} how many failed */
async function work(list, plan, values, output, endEarly) {
  if (values.race) return (await import('./side-by-side.js')).raceThem(list, plan, values, output);
  if (values.compare) return (await import('./side-by-side.js')).compareThem(list, plan, values, output);
  if (!values['dry-run']) return fetchList(list, plan, values, output, endEarly);
  const { dryRun } = await import('./dry-run.js');
  return dryRun(list.requests(null), plan, { output, jsonl: values.jsonl ?? values.format === 'jsonl' });
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
