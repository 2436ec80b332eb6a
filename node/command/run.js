import { ClientError, ClientSession } from '../index.js';
import { recordOf } from './records.js';
import { Summary } from './summary.js';
import { tuneEngine } from './tune-engine.js';
import { UsageError } from './usage-error.js';

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
 * @property {string | false} interrupted in words, when it was before its end
 *
 * @typedef {object} Plan
 * @property {import('../index.js').SessionOptions} session
 * @property {import('../index.js').RequestInit & { method?: string }} [init] of each request
 * @property {(status: number) => boolean} [accepts] what is no failure
 * @property {import('./bodies/index.js').Bodies | null} [bodies] whoever wants them; none: nobody does
 * @property {Sink[]} sinks
 * @property {AbortSignal} signal cancels what is in flight; results are told of all the same. A reason that is a text says
 *   what ended it
 * @property {(index: number) => number} [numberOf] a request's place in the whole list, when it is fetched in parts
 */

/**
 * Fetch a list, and tell of each result.
 * @param {Requests | ((session: ClientSession) => Requests)} requests
 * @param {Plan} plan
 * @returns {Promise<Outcome>} rejects with a UsageError when the list does
 *
 * @typedef {import('../../web/given.js').Requests} Requests
 */
export async function run(requests, plan) {
  const { sinks, signal } = plan;
  const session = await openSession(plan);
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
      for (const sink of sinks) await sink.onStart?.(session, summary);
      const list = typeof requests === 'function' ? requests(session) : requests;
      try {
        await tellEach(resultsOf(session, list, plan), plan, summary);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        broken = error;
      }
    }
    if (!signal.aborted) stats = session.stats();
    const outcome = { summary, stats, interrupted: endedBy(signal) };
    for (const sink of sinks) await sink.onEnd?.(outcome);
    if (broken) throw broken;
    return outcome;
  } finally {
    signal.removeEventListener('abort', close);
    await session.close();
    for (const sink of sinks) await sink.onClose?.();
  }
}

/** What the session finds wrong with its options is the user's mistake, told in the session's words. */
async function openSession({ session: options, sinks, numberOf }) {
  try {
    return await ClientSession.open({ ...options, trace: traceTo(sinks, numberOf) });
  } catch (error) {
    const isMistake = [TypeError, RangeError, ClientError].some((kind) => error instanceof kind);
    throw isMistake ? new UsageError(error.message) : error;
  }
}

/** A session that traces is slower: only where somebody listens. */
function traceTo(sinks, numberOf) {
  const listeners = sinks.filter((sink) => sink.onTrace);
  if (listeners.length === 0) return undefined;
  return (event) => {
    const told = numberOf && event.index !== undefined ? { ...event, index: numberOf(event.index) } : event;
    for (const listener of listeners) listener.onTrace(told);
  };
}

function resultsOf(session, list, { bodies, init, numberOf }) {
  return bodies ? bodies.results(session, list, { init, numberOf }) : session.fetchAll(list, init);
}

async function tellEach(results, { accepts, sinks, signal, numberOf }, summary) {
  for await (const result of results) {
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

function endedBy(signal) {
  if (!signal.aborted) return false;
  return typeof signal.reason === 'string' ? signal.reason : 'interrupted';
}
