import { ClientSession } from './index.js';
import { Summary } from './summary.js';

/**
 * Fetch a list and tell of each result.
 * @param {Iterable<string> | AsyncIterable<string>} urls
 * @param {import('../web/session.js').SessionOptions} sessionOptions
 * @param {{ onResult: (result: import('../web/session.js').Result) => Promise<void> | void, signal: AbortSignal }} hooks
 *   an abort cancels what is in flight; results are told of all the same
 */
export async function run(urls, sessionOptions, { onResult, signal }) {
  const session = await ClientSession.open(sessionOptions);
  const summary = new Summary();
  let stats = session.stats();
  const close = () => {
    stats = session.stats();
    session.close();
  };
  signal.addEventListener('abort', close, { once: true });
  try {
    if (signal.aborted) close();
    else
      for await (const result of session.fetchAll(urls)) {
        if (signal.aborted && result.timing.total === null) {
          summary.notStarted++;
          continue;
        }
        summary.add(result);
        await onResult(result);
      }
    if (!signal.aborted) stats = session.stats();
    return { summary, stats };
  } finally {
    signal.removeEventListener('abort', close);
    await session.close();
  }
}
