/**
 * What each request that has not ended is doing, and since when, from the session's trace; and those that ended a moment
 * ago.
 * @typedef {object} Flight
 * @property {string} url
 * @property {{ phase: Phase, at: number }[]} phases in the order of time, on performance.now()'s clock
 * @property {number} retries
 * @property {number} retryAt when the next attempt is to begin
 * @property {number} bytes
 * @property {number | null} startedAt when the first attempt was; null: it is still queued
 * @property {number | null} endedAt
 * @property {number} status
 * @property {string | null} error
 *
 * @typedef {'queued' | 'connecting' | 'waiting' | 'downloading' | 'backing off'} Phase
 */

/** @type {Record<string, Phase>} what a step begins */
const PHASES = {
  queued: 'queued',
  started: 'connecting',
  connected: 'waiting',
  headers: 'downloading',
  retry: 'backing off',
  redirect: 'queued',
};

const ENDED_KEPT = 100;
const ENDED_SHOWN_MS = 1500;

export class Flights {
  /** @type {Map<number, Flight>} */
  #queued = new Map(); // long, and not looked at
  /** @type {Map<number, Flight>} */
  #flying = new Map();
  /** @type {Flight[]} */
  #ended = [];

  /** @param {import('../../index.js').TraceEvent} event */
  onTrace({ id, step, time, url, bytes, wait, status, error }) {
    const flight = this.#flying.get(id) ?? this.#queued.get(id) ?? this.#add(id, url);
    if (step === 'chunk') {
      flight.bytes += bytes;
      return;
    }
    if (step === 'started' && flight.startedAt === null) {
      flight.startedAt = time;
      this.#queued.delete(id);
      this.#flying.set(id, flight);
    }
    if (step === 'retry') {
      flight.retries++;
      flight.retryAt = time + wait;
      flight.bytes = 0;
    }
    if (step === 'end') this.#end(id, flight, { time, status, error });
    else if (PHASES[step]) flight.phases.push({ phase: PHASES[step], at: time });
  }

  #add(id, url) {
    const flight = {
      url,
      phases: [],
      retries: 0,
      retryAt: 0,
      bytes: 0,
      startedAt: null,
      endedAt: null,
      status: 0,
      error: null,
    };
    this.#queued.set(id, flight);
    return flight;
  }

  #end(id, flight, { time, status, error }) {
    this.#queued.delete(id);
    this.#flying.delete(id);
    if (flight.startedAt === null) return;
    Object.assign(flight, { endedAt: time, status, error });
    this.#ended.push(flight);
    if (this.#ended.length > 2 * ENDED_KEPT) this.#ended.splice(0, ENDED_KEPT);
  }

  get size() {
    return this.#flying.size;
  }

  /**
   * Those in flight, the first begun first, and in the room that they leave those that have just ended.
   * @param {number} most @param {number} now
   */
  shown(most, now) {
    const flying = [...this.#flying.values()].slice(0, most);
    const room = Math.min(most - flying.length, ENDED_KEPT);
    const ended = this.#ended.filter(({ endedAt }) => endedAt > now - ENDED_SHOWN_MS);
    return [...(room > 0 ? ended.slice(-room) : []), ...flying].sort((a, b) => a.startedAt - b.startedAt);
  }
}
