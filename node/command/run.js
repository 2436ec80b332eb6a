import { ClientSession } from '../index.js';
import { recordOf } from './records.js';
import { Summary } from './summary.js';
import { tuneEngine } from './tune-engine.js';

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
 * Fetch a list, and tell of each result.
 * @param {import('../../web/session.js').Requests} requests
 * @param {object} plan
 * @param {import('../index.js').SessionOptions} plan.session
 * @param {(status: number) => boolean} [plan.accepts] what is no failure
 * @param {import('./bodies/index.js').Bodies | null} [plan.bodies] whoever wants them; none: nobody does
 * @param {Sink[]} plan.sinks
 * @param {AbortSignal} plan.signal cancels what is in flight; results are told of all the same
 * @returns {Promise<Outcome>}
 */
export async function run(requests, { session: options, accepts, bodies, sinks, signal }) {
  const session = await ClientSession.open(options);
  tuneEngine();
  const summary = new Summary();
  let stats = session.stats();
  const close = () => {
    stats = session.stats();
    session.close();
  };
  signal.addEventListener('abort', close, { once: true });
  try {
    if (signal.aborted) close();
    else {
      for (const sink of sinks) await sink.onStart?.(session);
      for await (const result of bodies?.results(session, requests) ?? session.fetchAll(requests)) {
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
    if (!signal.aborted) stats = session.stats();
    const outcome = { summary, stats, interrupted: signal.aborted };
    for (const sink of sinks) await sink.onEnd?.(outcome);
    return outcome;
  } finally {
    signal.removeEventListener('abort', close);
    await session.close();
  }
}
