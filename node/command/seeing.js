/** What a person sees of a run on stderr: how it goes, and what it came to. Each part is loaded when there is need of it. */
import { summaryText } from './summary-text.js';

/**
 * @param {import('./fetch-list.js').List['requests']} requests
 * @param {import('./parse.js').Values} values
 * @param {import('./output.js').Output} output
 * @param {string[]} urls the arguments
 * @param {{ size: number, failed: number } | undefined} journal what had ended in runs before
 * @returns {Promise<{ requests: typeof requests, sinks: import('./run.js').Sink[] }>} the requests, watched
 */
export async function seeing(requests, values, output, urls, journal) {
  if (values.silent) return { requests, sinks: values['show-error'] ? [errorsTo(speaker(output))] : [] };
  const files = values['input-file'] ?? [];
  const isOne = urls.length === 1 && files.length === 0 && !values.sitemap && !/^-$|[{[]/.test(urls[0]);
  const hosts = !isOne || values['host-stats'] ? new (await import('./hosts.js')).Hosts() : null;
  const progress = wantsProgress(values)
    ? await (await import('./progress/index.js')).Progress.make(values, output, journal)
    : null;
  const say = sayer(values, output);
  const ending = {
    async onEnd(outcome) {
      await say(await summaryText(outcome, { journal, hosts: hosts?.lines(values['host-stats']) }));
    },
  };
  return {
    requests: progress ? (session) => progress.watch(requests(session), urls, files) : requests,
    sinks: [hosts, progress?.sink, ending].filter(Boolean),
  };
}

/** Where stderr is a terminal, or it is asked for; not where each request is told of there. */
function wantsProgress({ progress, waterfall, plain, 'no-progress': none, verbose, trace }) {
  return !none && !verbose && trace !== '-' && Boolean(process.stderr.isTTY || progress || plain || waterfall);
}

/** @returns {import('./run.js').Sink} a line for each failure, as curl's -S has it */
function errorsTo(say) {
  return {
    onRecord: ({ exitcode, errormsg }) => (exitcode === 0 ? undefined : say(`fetchloop: (${exitcode}) ${errormsg}\n`)),
  };
}

export function sayer({ silent }, output) {
  return silent ? async () => {} : speaker(output);
}

/** What speaks on stderr, after what was told on stdout before. */
function speaker(output) {
  process.stderr.on('error', () => {}); // one that is full or closed changes nothing
  return async (text) => {
    await output.flush();
    if (!output.closed.aborted) process.stderr.write(text);
  };
}
