/**
 * What was done for each request, put together from the steps that a session's trace tells: its attempts, redirects and
 * retries among them, with their phases.
 *
 * @typedef {import('../index.js').TraceEvent} TraceEvent
 *
 * Times are milliseconds on performance.now()'s clock; null: it did not come to that.
 * @typedef {object} Attempt
 * @property {number} queuedAt
 * @property {number | null} startedAt
 * @property {number | null} sentAt
 * @property {number | null} headersAt
 * @property {number | null} endedAt
 * @property {number} status 0 without a response
 * @property {string | null} error a code
 * @property {'retry' | 'redirect' | 'end'} outcome
 * @property {TraceEvent['request']} [request]
 * @property {TraceEvent['connection']} [connection]
 * @property {TraceEvent['response']} [response]
 *
 * @typedef {'queue' | 'dns' | 'connect' | 'tls' | 'wait' | 'download' | 'backoff'} Phase
 */
export class Attempts {
  #requests = new Map(); // a result's index -> Attempt[]

  /** @param {TraceEvent} event */
  onTrace(event) {
    if (event.step === 'chunk') return;
    const attempts = this.#requests.get(event.index) ?? [];
    if (attempts.length === 0) this.#requests.set(event.index, attempts);
    STEPS[event.step](attempts, event);
  }

  /** Those of a request that has ended, which are then forgotten. @param {number} index @returns {Attempt[]} */
  take(index) {
    const attempts = this.#requests.get(index) ?? [];
    this.#requests.delete(index);
    return attempts;
  }
}

/** @type {Record<Exclude<TraceEvent['step'], 'chunk'>, (attempts: Attempt[], event: TraceEvent) => void>} */
const STEPS = {
  queued: (attempts, { time }) => begin(attempts, time),
  started(attempts, { time }) {
    // One that is sent again in the place that it has is neither queued nor told of as a retry.
    if (attempts.at(-1)?.startedAt !== null) {
      if (attempts.length > 0) close(attempts.at(-1), { time, error: null }, 'retry');
      begin(attempts, time);
    }
    attempts.at(-1).startedAt = time;
  },
  connected(attempts, { time, request, connection }) {
    Object.assign(attempts.at(-1), { sentAt: time, request, connection });
  },
  headers(attempts, { time, status, response }) {
    Object.assign(attempts.at(-1), { headersAt: time, status, response });
  },
  retry: (attempts, event) => close(attempts.at(-1), event, 'retry'),
  redirect: (attempts, event) => close(attempts.at(-1), event, 'redirect'),
  end(attempts, event) {
    const last = attempts.at(-1);
    if (last && last.endedAt === null) close(last, event, 'end');
  },
};

function begin(attempts, queuedAt) {
  attempts.push({
    queuedAt,
    startedAt: null,
    sentAt: null,
    headersAt: null,
    endedAt: null,
    status: 0,
    error: null,
    outcome: 'end',
  });
}

function close(attempt, { time, error }, outcome) {
  attempt.endedAt ??= time;
  Object.assign(attempt, { error, outcome });
}

/**
 * The phases of one attempt, one after another without gaps. What is spent on waiting for a connection of another
 * request's is queueing.
 * @param {Attempt} attempt
 * @returns {[Phase, number][]} milliseconds
 */
export function phasesOf({ queuedAt, startedAt, sentAt, headersAt, endedAt, connection }) {
  const end = endedAt ?? headersAt ?? sentAt ?? startedAt ?? queuedAt;
  const marks = [['queue', startedAt ?? end]];
  if (startedAt !== null) {
    const sent = sentAt ?? end;
    if (!connection) marks.push(['connect', sent]);
    else if (!connection.reused) marks.push(...setUpOf(connection));
    marks.push(['queue', sent]);
    if (sentAt !== null) marks.push(['wait', headersAt ?? end]);
    if (headersAt !== null) marks.push(['download', end]);
  }
  const phases = [];
  let at = queuedAt;
  for (const [phase, until] of marks) {
    const to = Math.min(until ?? at, end);
    const last = phases.at(-1);
    if (to > at && last?.[0] === phase) last[1] += to - at;
    else if (to > at) phases.push([phase, to - at]);
    at = Math.max(at, to);
  }
  return phases;
}

function setUpOf({ dnsStart, dnsEnd, connectStart, connectEnd, tlsEnd }) {
  return [
    ['queue', dnsStart ?? connectStart],
    ['dns', dnsEnd],
    ['connect', connectEnd],
    ['tls', tlsEnd],
  ];
}

/** Milliseconds of each phase. @param {[Phase, number][]} phases @returns {Partial<Record<Phase, number>>} */
export function sumsOf(phases) {
  const sums = {};
  for (const [phase, ms] of phases) sums[phase] = (sums[phase] ?? 0) + ms;
  return sums;
}
