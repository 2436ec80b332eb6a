import { SaveError } from './save-error.js';

/**
 * -m is for the whole of an attempt, as curl's. The session's own, for a stream, is for its head, and then for each silence:
 * that is what a long download has when nobody says -m.
 */
export class Deadline {
  #url;
  #milliseconds;
  #controller = new AbortController();
  #timer = null;

  /** @param {string} url @param {number} seconds */
  constructor(url, seconds) {
    this.#url = url;
    this.#milliseconds = seconds * 1000;
  }

  get signal() {
    return this.#controller.signal;
  }

  /** @param {number} taken milliseconds, until its head had come */
  start(taken) {
    const error = new SaveError(this.#url, 'timed out: one attempt took too long', {
      code: 'FL_EATTEMPTTIMEOUT',
      exitCode: 28,
    });
    this.#timer = setTimeout(() => this.#controller.abort(error), Math.min(this.#milliseconds - taken, TIMER_MAX));
  }

  stop() {
    clearTimeout(this.#timer);
  }
}

const TIMER_MAX = 2 ** 31 - 1;
