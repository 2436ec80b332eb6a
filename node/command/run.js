import { ClientSession } from '../index.js';
import { recordOf } from './records.js';
import { Summary } from './summary.js';
import { tuneEngine } from './tune-engine.js';
import { UsageError } from './usage-error.js';

/**
 * Whoever wants to know how a run goes: stdout's format, a journal, a report. What a method gives back is waited for.
 * @typedef {object} Sink
 * @property {(session: ClientSession) => unknown} [onStart]
 * @property {(record: import('./records.js').Record, result: import('../index.js').Result) => unknown} [onRecord] one has
 *   ended
 * @property {(outcome: Outcome) => unknown} [onEnd] all have
 *
 * @typedef {object} Outcome
 * @property {Summary} summary
 * @property {ReturnType<ClientSession['stats']>} stats
 * @property {boolean} interrupted
 */

/**
 * Fetch a list, and tell of each result. When the list breaks off, what came before is told of, and summed up.
 * @param {Requests | ((session: ClientSession) => Requests)} requests
 * @param {object} plan
 * @param {import('../index.js').SessionOptions} plan.session
 * @param {import('../index.js').RequestInit} [plan.init] of each request
 * @param {(status: number) => boolean} [plan.accepts] what is no failure
 * @param {Sink[]} plan.sinks
 * @param {AbortSignal} plan.signal cancels what is in flight; results are told of all the same
 * @returns {Promise<Outcome>} rejects with a UsageError when the list does
 *
 * @typedef {import('../../web/session.js').Requests} Requests
 */
export async function run(requests, { session: options, init, accepts, sinks, signal }) {
  const session = await opened(options);
  tuneEngine();
  const summary = new Summary();
  let stats = session.stats();
  let broken = null;
  const close = () => {
    stats = session.stats();
    session.close();
  };
  signal.addEventListener('abort', close, { once: true });
  try {
    if (signal.aborted) close();
    else {
      for (const sink of sinks) await sink.onStart?.(session);
      const list = typeof requests === 'function' ? requests(session) : requests;
      try {
        await tellEach(session.fetchAll(list, init), { accepts, sinks, signal, summary });
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        broken = error;
      }
    }
    if (!signal.aborted) stats = session.stats();
    const outcome = { summary, stats, interrupted: signal.aborted };
    for (const sink of sinks) await sink.onEnd?.(outcome);
    if (broken) throw broken;
    return outcome;
  } finally {
    signal.removeEventListener('abort', close);
    await session.close();
  }
}

async function tellEach(results, { accepts, sinks, signal, summary }) {
  for await (const result of results) {
    if (signal.aborted && result.timing.total === null) {
      summary.notStarted++;
      continue;
    }
    const record = recordOf(result, accepts);
    summary.add(record, result);
    for (const sink of sinks) {
      const wait = sink.onRecord?.(record, result);
      if (wait) await wait;
    }
  }
}

/** What the session finds wrong with its options is the user's mistake, told in the session's words. */
async function opened(options) {
  try {
    return await ClientSession.open(options);
  } catch (error) {
    throw error instanceof TypeError || error instanceof RangeError ? new UsageError(error.message) : error;
  }
}
