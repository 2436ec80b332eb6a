import { element } from '../dom.js';

const TITLES = {
  done: 'done',
  failed: 'failed',
  inFlight: 'in flight',
  retries: 'retries',
  rate: 'a second',
  frames: 'frames a second',
};
const RATE_OVER = 1000; // milliseconds
const UPDATE_EVERY = 100; // faster nobody reads

/** What a run has come to, in figures, while it goes on. */
export class Figures {
  #values = new Map();
  #shownAt = 0;
  #ends = []; // [time, ended] of the last second
  #frames = new FrameRate();

  constructor() {
    const entries = Object.entries(TITLES).map(([name, title]) => {
      const value = element('dd', { class: 'figures' }, '–');
      this.#values.set(name, value);
      return element('div', {}, element('dt', {}, title), value);
    });
    this.root = element('dl', { class: 'live' }, ...entries);
  }

  begin() {
    this.#ends = [];
    this.#frames = new FrameRate();
  }

  /** Once a frame. @param {import('./rows.js').LiveRows} live @param {number} now @param {number} frameAt */
  update(live, now, frameAt) {
    this.#frames.add(frameAt);
    this.#ends.push([now, live.ended]);
    while (now - this.#ends[0][0] > RATE_OVER) this.#ends.shift();
    if (frameAt - this.#shownAt < UPDATE_EVERY) return;
    this.#shownAt = frameAt;
    const [since, before] = this.#ends[0];
    this.#show(live, now > since ? ((live.ended - before) / (now - since)) * 1000 : 0, this.#frames.lately);
  }

  /** @param {import('./rows.js').LiveRows} live @param {number} took milliseconds */
  end(live, took) {
    this.#show(live, (live.ended / took) * 1000, this.#frames.median);
  }

  /** Frames a second, in the middle of the run. */
  get frameRate() {
    return this.#frames.median;
  }

  #show({ counts, inFlight, retries }, rate, frames) {
    const figures = { done: counts.done, failed: counts.failed, inFlight, retries, rate, frames };
    for (const [name, value] of Object.entries(figures)) {
      this.#values.get(name).textContent = Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '–';
    }
  }
}

class FrameRate {
  #times = []; // milliseconds between two frames
  #last = Number.NaN;

  add(at) {
    if (at > this.#last) this.#times.push(at - this.#last);
    this.#last = at;
  }

  get median() {
    return 1000 / medianOf(this.#times);
  }

  get lately() {
    return 1000 / medianOf(this.#times.slice(-60));
  }
}

function medianOf(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
