/**
 * What a run has come to so far: counts as results end. `summary-text.js` tells them in the end, and the progress view
 * meanwhile.
 */
export class Summary {
  #startedAt = performance.now();
  /** @type {Map<number, number>} */
  statuses = new Map();
  /** What failed, by its cause: an error's code, or `status N`. @type {Map<string, { reason: string, count: number }>} */
  causes = new Map();
  done = 0;
  failed = 0;
  notStarted = 0;
  slowest = 0;
  /** The requests' durations added up, in milliseconds: what one at a time would have taken. */
  busy = 0;

  /**
   * @param {import('./records.js').Record} record
   * @param {import('../../web/response/result.js').Result} result
   */
  add({ response_code, exitcode }, { error, timing }) {
    this.done++;
    this.slowest = Math.max(this.slowest, timing.total ?? 0);
    this.busy += timing.total ?? 0;
    if (response_code > 0) this.statuses.set(response_code, (this.statuses.get(response_code) ?? 0) + 1);
    if (exitcode === 0) return;
    this.failed++;
    const cause = error && error.code !== 'FL_ESTATUS' ? (error.code ?? error.name) : `status ${response_code}`;
    const known = this.causes.get(cause);
    if (known) known.count++;
    else this.causes.set(cause, { reason: error?.reason ?? error?.message ?? 'not an accepted status', count: 1 });
  }

  /** Milliseconds. */
  get wallTime() {
    return performance.now() - this.#startedAt;
  }
}
