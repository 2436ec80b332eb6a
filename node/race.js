import { secondsText } from './records.js';
import { run } from './run.js';
import { playSites } from './sites.js';

/**
 * The same list one at a time, then all at once.
 * @param {string[]} urls none: the five sites
 * @param {import('../web/session.js').SessionOptions} sessionOptions for the second run
 * @param {{ onResult: (result: object, run: 'sync' | 'async') => Promise<void> | void, say: (text: string) => Promise<void>,
 *   signal: AbortSignal }} hooks
 * @returns {Promise<{ failed: number, race: object | null }>} seconds; `race` is null when it was interrupted
 */
export async function race(urls, sessionOptions, { onResult, say, signal }) {
  const sites = urls.length === 0 ? await playSites() : null;
  const list = sites?.urls ?? urls;
  try {
    if (sites) await say('Five sites, played by a server of our own on a loopback port.\n');
    await say('One at a time:\n');
    const sync = await run(
      list,
      { ...sessionOptions, limit: 1, limitPerHost: 1 },
      { onResult: (result) => onResult(result, 'sync'), signal },
    );
    const syncTime = sync.summary.wallTime;
    if (signal.aborted) return interrupted(sync, say);

    await say('\nAll at once:\n');
    const async = await run(list, sessionOptions, { onResult: (result) => onResult(result, 'async'), signal });
    const asyncTime = async.summary.wallTime;
    const failed = sync.summary.failed + async.summary.failed;
    if (signal.aborted) return interrupted(async, say);

    const ideal = sync.summary.slowest;
    const speedup = syncTime / asyncTime;
    await say(`
One at a time ${secondsText(syncTime)}, all at once ${secondsText(asyncTime)}: ${speedup.toFixed(2)} times as fast.
Ideal, the slowest alone: ${secondsText(ideal)}.
`);
    return {
      failed,
      race: { sync_seconds: syncTime / 1000, async_seconds: asyncTime / 1000, ideal_seconds: ideal / 1000, speedup },
    };
  } finally {
    sites?.close();
  }
}

async function interrupted({ summary, stats }, say) {
  await say(summary.text(stats, true));
  return { failed: summary.failed, race: null };
}
