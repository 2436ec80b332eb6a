import { PHASES } from '../../waterfall/waterfall.js';

const kindOf = (phase) => PHASES.indexOf(phase);
const QUEUE = kindOf('queue');
const WAIT = kindOf('wait');
const DOWNLOAD = kindOf('download');
const BACKOFF = kindOf('backoff');
const RETRY = kindOf('retry');

/** What a request is doing, as people read it. */
export const STATES = {
  unasked: 'Not asked for yet',
  queued: 'Queued',
  waiting: 'Waiting',
  downloading: 'Downloading',
  'backing off': 'Backing off',
  done: 'Done',
  failed: 'Failed',
  stopped: 'Stopped',
};

/**
 * @typedef {import('../../waterfall/waterfall.js').Row & { index: number, state: keyof typeof STATES, status: number,
 *   error: string | null, bytes: number, retries: number, since: number }} LiveRow
 *   since: when its last segment began. Times are milliseconds since the run began
 */

/** A row for each request, which grows as the session's trace tells of it. */
export class LiveRows {
  /** @type {LiveRow[]} */
  rows;
  /** @type {Record<keyof typeof STATES, number>} */
  counts;
  retries = 0;
  /** The place of the last one that has been started. */
  newest = 0;
  #began;
  #open = new Set(); // rows that go on growing
  #isStopped = false;

  /** @param {number} count @param {number} began on the clock that the trace tells times by */
  constructor(count, began) {
    this.#began = began;
    this.rows = Array.from({ length: count }, (_, index) => newRow(index));
    this.counts = /** @type {any} */ (Object.fromEntries(Object.keys(STATES).map((state) => [state, 0])));
    this.counts.unasked = count;
  }

  /** How many have a place now. */
  get inFlight() {
    return this.counts.waiting + this.counts.downloading;
  }

  get ended() {
    return this.counts.done + this.counts.failed;
  }

  /** From now on what ends without an answer was not lost. */
  stop() {
    this.#isStopped = true;
  }

  /** @param {import('../../session.js').TraceEvent} event */
  onTrace(event) {
    const row = this.rows[event.index];
    STEPS[event.step]?.(this, row, event, Math.max(0, event.time - this.#began));
  }

  /** Those that go on, up to now. @param {number} now */
  grow(now) {
    for (const row of this.#open) row.segments[row.segments.length - 1] = Math.max(0, now - this.#began - row.since);
  }

  /** @param {LiveRow} row @param {keyof typeof STATES} state @param {number} kind of its next segment @param {number} at */
  enter(row, state, kind, at) {
    if (row.state === 'unasked') row.start = at;
    this.#close(row, at);
    row.segments.push(kind, 0);
    row.since = at;
    this.#open.add(row);
    this.#change(row, state);
  }

  /** @param {LiveRow} row @param {number} at */
  tryAgain(row, at) {
    row.retries++;
    this.retries++;
    this.#close(row, at);
    row.segments.push(RETRY, 0);
    row.since = at;
  }

  /** @param {LiveRow} row @param {import('../../session.js').TraceEvent} event @param {number} at */
  end(row, { status, error }, at) {
    this.#close(row, at);
    this.#open.delete(row);
    row.status = status;
    row.error = error;
    const isBad = error !== null || status >= 400;
    const state = !isBad ? 'done' : error !== null && this.#isStopped ? 'stopped' : 'failed';
    row.failed = state === 'failed';
    row.note = [state === 'stopped' ? 'stopped' : (error ?? status), `${Math.round(at - row.start)} ms`].join(' · ');
    this.#change(row, state);
  }

  #close(row, at) {
    if (row.segments.length > 0) row.segments[row.segments.length - 1] = Math.max(0, at - row.since);
  }

  #change(row, state) {
    this.counts[row.state]--;
    this.counts[state]++;
    row.state = state;
  }
}

const STEPS = {
  queued: (all, row, _, at) => all.enter(row, 'queued', QUEUE, at),
  started(all, row, _, at) {
    all.newest = Math.max(all.newest, row.index);
    // One that is sent again in the place that it has is neither queued nor told of as a retry.
    if (row.state === 'waiting' || row.state === 'downloading') all.tryAgain(row, at);
    all.enter(row, 'waiting', WAIT, at);
  },
  headers: (all, row, _, at) => all.enter(row, 'downloading', DOWNLOAD, at),
  chunk(_all, row, { bytes }) {
    row.bytes += bytes;
  },
  retry(all, row, _, at) {
    all.tryAgain(row, at);
    all.enter(row, 'backing off', BACKOFF, at);
  },
  end: (all, row, event, at) => all.end(row, event, at),
};

/** @returns {LiveRow} */
function newRow(index) {
  return {
    index,
    label: `request ${index + 1}`,
    start: 0,
    segments: [],
    failed: false,
    note: '',
    state: 'unasked',
    status: 0,
    error: null,
    bytes: 0,
    retries: 0,
    since: 0,
  };
}

/** Milliseconds of each phase, all attempts together. @param {LiveRow} row @returns {Record<string, number>} */
export function sumsOf({ segments }) {
  const sums = {};
  for (let i = 0; i < segments.length; i += 2) {
    const phase = PHASES[segments[i]];
    sums[phase] = (sums[phase] ?? 0) + segments[i + 1];
  }
  return sums;
}
