/** The part of the time that is seen, and where it stands on the screen. Knows nothing of a canvas. */
export class View {
  #end = 1;
  #left = 0;
  #width = 1;
  from = 0;
  to = 1;

  /** @param {number} end milliseconds, of all there is */
  setEnd(end) {
    this.#end = Math.max(end, 1);
    this.reset();
  }

  /** There is more: what is seen stays, but the whole stays whole, and who looks at the end goes on looking at it. */
  grow(end) {
    const { isWhole } = this;
    const isAtEnd = this.to >= this.#end;
    const span = this.to - this.from;
    this.#end = Math.max(end, 1);
    if (isWhole) this.reset();
    else if (isAtEnd) this.show(this.#end - span, this.#end);
  }

  get end() {
    return this.#end;
  }

  get isWhole() {
    return this.from <= 0 && this.to >= this.#end;
  }

  /** @param {number} left @param {number} width pixels */
  setPlace(left, width) {
    this.#left = left;
    this.#width = Math.max(width, 1);
  }

  get left() {
    return this.#left;
  }

  get right() {
    return this.#left + this.#width;
  }

  /** @param {number} time @returns {number} pixels */
  x(time) {
    return this.#left + ((time - this.from) / (this.to - this.from)) * this.#width;
  }

  /** @param {number} x @returns {number} milliseconds */
  time(x) {
    return this.from + ((x - this.#left) / this.#width) * (this.to - this.from);
  }

  reset() {
    this.show(0, this.#end);
  }

  /** As near to it as there is: within the whole, and no less than SPAN_MIN. */
  show(from, to) {
    const span = Math.min(Math.max(to - from, SPAN_MIN), this.#end);
    const middle = (from + to) / 2;
    this.from = Math.min(Math.max(middle - span / 2, 0), this.#end - span);
    this.to = this.from + span;
  }

  /** @param {number} factor above 1: nearer @param {number} [at] the time that stays where it is */
  zoom(factor, at = (this.from + this.to) / 2) {
    const span = Math.min(Math.max((this.to - this.from) / factor, SPAN_MIN), this.#end);
    const share = (at - this.from) / (this.to - this.from);
    this.show(at - share * span, at + (1 - share) * span);
  }

  /** @param {number} share of what is seen; negative: to earlier */
  pan(share) {
    const by = (this.to - this.from) * share;
    const bounded = Math.min(Math.max(by, -this.from), this.#end - this.to);
    this.show(this.from + bounded, this.to + bounded);
  }

  /** Round times, at least `gap` pixels apart. @returns {number[]} */
  ticks(gap) {
    const least = ((this.to - this.from) / this.#width) * gap;
    const power = 10 ** Math.floor(Math.log10(least));
    const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= least);
    const first = Math.ceil(this.from / step);
    const count = Math.floor(this.to / step + 1e-9) - first + 1;
    return Array.from({ length: Math.max(count, 0) }, (_, i) => (first + i) * step);
  }
}

const SPAN_MIN = 0.5;

/** @param {number} ms @param {number} [step] between ticks: how exact it must be */
export function timeText(ms, step = ms / 100) {
  if (ms === 0) return '0';
  const [value, unit, by] = ms >= 1000 || step >= 1000 ? [ms / 1000, 's', 1000] : [ms, 'ms', 1];
  const digits = Math.min(Math.max(0, Math.ceil(-Math.log10(step / by) - 1e-9)), 3);
  return `${value.toFixed(digits)} ${unit}`;
}
