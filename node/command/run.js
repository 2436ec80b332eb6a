import { ClientSession } from '../index.js';
import { recordOf } from './records.js';
import { Summary } from './summary.js';
import { tuneEngine } from './tune-engine.js';

/**
 * Whoever wants to know how a run goes: stdout's format, a journal, a report. What a method gives back is waited for.
 * @typedef {object} Sink
 * @property {(session: ClientSession, summary: Summary) => unknown} [onStart]
 * @property {(record: import('./records.js').Record, result: import('../index.js').Result) => unknown} [onRecord] one has
 *   ended
 * @property {(event: import('../index.js').TraceEvent) => void} [onTrace] each step of each request, as it happens
 * @property {(outcome: Outcome) => unknown} [onEnd] all have
 * @property {() => unknown} [onClose] whatever has happened, and last
 *
 * @typedef {object} Outcome
 * @property {Summary} summary
 * @property {ReturnType<ClientSession['stats']>} stats
 * @property {boolean} interrupted
 */

/** A session that traces is slower: only where somebody listens. @param {Sink[]} sinks */
function traceTo(sinks) {
  const listeners = sinks.filter((sink) => sink.onTrace);
  if (listeners.length === 0) return undefined;
  return (event) => {
    for (const listener of listeners) listener.onTrace(event);
  };
}

/**
 * Fetch a list, and tell of each result.
 * @param {import('../../web/session.js').Requests} requests
 * @param {object} plan
 * @param {import('../index.js').SessionOptions} plan.session
 * @param {(status: number) => boolean} [plan.accepts] what is no failure
 * @param {Sink[]} plan.sinks
 * @param {AbortSignal} plan.signal cancels what is in flight; results are told of all the same
 * @param {(index: number) => number} [plan.numberOf] a request's place in the whole list, when it is fetched in parts
 * @returns {Promise<Outcome>}
 */
export async function run(requests, { session: options, accepts, sinks, signal, numberOf }) {
  const session = await ClientSession.open({ ...options, trace: traceTo(sinks) });
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
      for (const sink of sinks) await sink.onStart?.(session, summary);
      for await (const result of session.fetchAll(requests)) {
        if (signal.aborted && result.timing.total === null) {
          summary.notStarted++;
          continue;
        }
        if (numberOf) result.index = numberOf(result.index);
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
    for (const sink of sinks) await sink.onClose?.();
  }
}
