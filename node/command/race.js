import { run } from './run.js';
import { playSites } from './sites.js';
import { secondsText } from './text.js';

/**
 * The same list one at a time, then all at once.
 * @param {string[]} urls none: the five sites
 * @param {Omit<Parameters<typeof run>[1], 'sinks'>} plan for the second run
 * @param {object} hooks
 * @param {(run: 'sync' | 'async') => import('./run.js').Sink} hooks.sinkOf
 * @param {(text: string) => Promise<void>} hooks.say
 * @returns {Promise<{ failed: number, race: object | null }>} seconds; `race` is null when it was interrupted
 */
export async function race(urls, plan, { sinkOf, say }) {
  const sites = urls.length === 0 ? await playSites() : null;
  const list = sites?.urls ?? urls;
  try {
    if (sites) await say('Five sites, played by a server of our own on a loopback port.\n');
    await say('One at a time:\n');
    const oneAtATime = { ...plan.session, limit: 1, limitPerHost: 1 };
    const sync = await run(list, { ...plan, session: oneAtATime, sinks: [sinkOf('sync')] });
    const syncTime = sync.summary.wallTime;
    if (sync.interrupted) return interrupted(sync, say);

    await say('\nAll at once:\n');
    const async = await run(list, { ...plan, sinks: [sinkOf('async')] });
    const asyncTime = async.summary.wallTime;
    const failed = sync.summary.failed + async.summary.failed;
    if (async.interrupted) return interrupted(async, say);

    const ideal = sync.summary.slowest;
    const speedup = syncTime / asyncTime;
    await say(`
One at a time ${secondsText(syncTime / 1000)}, all at once ${secondsText(asyncTime / 1000)}: ${speedup.toFixed(2)} times as fast.
Ideal, the slowest alone: ${secondsText(ideal / 1000)}.
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
  await say(summary.text(stats, 'interrupted'));
  return { failed: summary.failed, race: null };
}
