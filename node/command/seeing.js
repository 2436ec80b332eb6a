/** What a person sees of a run on stderr: how it goes, and what it came to. Each part is loaded when there is need of it. */
import { summaryText } from './summary-text.js';

/**
 * @param {any} list
 * @param {import('./parse.js').Values} values
 * @param {import('./output.js').Output} output
 * @param {string[]} urls the arguments
 * @param {{ size: number, failed: number } | undefined} journal what had ended in runs before
 * @returns {Promise<{ list: any, sinks: import('./run.js').Sink[] }>} the list, watched
 */
export async function seeing(list, values, output, urls, journal) {
  if (values.silent) return { list, sinks: [] };
  const files = values['input-file'] ?? [];
  const isOne = urls.length === 1 && files.length === 0 && !/^-$|[{[]/.test(urls[0]);
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
    list: progress ? progress.watch(list, urls, files) : list,
    sinks: [hosts, progress?.sink, ending].filter(Boolean),
  };
}

/** Where stderr is a terminal, or it is asked for. */
function wantsProgress({ progress, waterfall, plain, 'no-progress': none }) {
  return !none && Boolean(process.stderr.isTTY || progress || plain || waterfall);
}

/** What speaks on stderr, after what was told on stdout before. */
export function sayer({ silent }, output) {
  if (silent) return async () => {};
  process.stderr.on('error', () => {}); // one that is full or closed changes nothing
  return async (text) => {
    await output.flush();
    if (!output.closed.aborted) process.stderr.write(text);
  };
}
