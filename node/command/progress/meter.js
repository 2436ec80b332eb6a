/** Over so long a rate is told: long enough to be read, short enough to be of now. */
const WINDOW_MS = 5000;

/** How a run goes just now: what the session and the summary count, and at what rate. */
export class Meter {
  #session;
  #summary;
  #length;
  #before;
  #samples = [];

  /**
   * @param {import('../../index.js').ClientSession} session
   * @param {import('../summary.js').Summary} summary
   * @param {import('./list-length.js').ListLength} length
   * @param {{ size: number, failed: number }} before what had ended in earlier runs
   */
  constructor(session, summary, length, before) {
    this.#session = session;
    this.#summary = summary;
    this.#length = length;
    this.#before = before;
  }

  /**
   * @param {number} [now] milliseconds
   * @returns {Reading | null} null: the session is closed
   *
   * @typedef {object} Reading
   * @property {number} done with those of earlier runs
   * @property {number} failed
   * @property {number} inFlight
   * @property {number} queued
   * @property {number} backingOff
   * @property {number} bytes
   * @property {number} rate a second
   * @property {number} byteRate
   * @property {number} elapsed milliseconds
   * @property {number | null} total null: not known
   * @property {boolean} isExact whether the total is
   * @property {number | null} eta milliseconds
   */
  read(now = performance.now()) {
    let stats;
    try {
      stats = this.#session.stats();
    } catch {
      return null;
    }
    const { inFlight, queued, backingOff, bytes } = stats;
    const { done, failed, wallTime } = this.#summary;
    this.#samples.push({ now, done, bytes });
    while (this.#samples.length > 2 && this.#samples[1].now < now - WINDOW_MS) this.#samples.shift();
    const [first] = this.#samples;
    const seconds = Math.max(now - first.now, 1) / 1000;
    const [rate, byteRate] =
      this.#samples.length > 1 ? [(done - first.done) / seconds, (bytes - first.bytes) / seconds] : [0, 0];
    const { count, isExact } = this.#length;
    const left = count === null ? null : Math.max(0, count - done);
    return {
      done: done + this.#before.size,
      failed: failed + this.#before.failed,
      inFlight,
      queued,
      backingOff,
      bytes,
      rate,
      byteRate,
      elapsed: wallTime,
      total: count === null ? null : count + this.#before.size,
      isExact,
      eta: left === null || rate === 0 ? null : (left / rate) * 1000,
    };
  }
}
