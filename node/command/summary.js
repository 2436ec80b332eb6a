import { countText, secondsText } from './text.js';

/** What a run came to: counts as results end, told once at the end. */
export class Summary {
  #startedAt = performance.now();
  #statuses = new Map();
  #errors = new Map(); // code -> { reason, count }
  done = 0;
  failed = 0;
  notStarted = 0;
  slowest = 0;
  /** The requests' durations added up, in milliseconds: what one at a time would have taken. */
  busy = 0;

  /**
   * @param {import('./records.js').Record} record
   * @param {import('../../web/session.js').Result} result
   */
  add({ response_code, exitcode }, { error, timing }) {
    this.done++;
    this.slowest = Math.max(this.slowest, timing.total ?? 0);
    this.busy += timing.total ?? 0;
    if (response_code > 0) this.#statuses.set(response_code, (this.#statuses.get(response_code) ?? 0) + 1);
    if (exitcode === 0) return;
    this.failed++;
    const code = error?.code ?? `status ${response_code}`;
    const kind = this.#errors.get(code) ?? { reason: error?.reason ?? 'not an accepted status', count: 0 };
    kind.count++;
    this.#errors.set(code, kind);
  }

  /** Milliseconds. */
  get wallTime() {
    return performance.now() - this.#startedAt;
  }

  /**
   * @param {ReturnType<import('../../web/session.js').Session['stats']>} stats
   * @param {string | false} ended in words, when it was before its end
   * @returns {string} some lines
   */
  text(stats, ended) {
    const wall = this.wallTime;
    const speedUp = (this.busy / wall).toFixed(1);
    return [
      `${countText(this.done, 'URL')} in ${secondsText(wall / 1000)}: ${this.done - this.failed} fetched, ${this.failed} failed`,
      this.done > 1 && `one at a time it would have taken ${secondsText(this.busy / 1000)}: speed-up ${speedUp}`,
      this.#statuses.size > 0 && `status ${this.#statusText()}`,
      ...this.#failureLines(),
      `held back by: ${heldBackBy(stats, wall)}`,
      ended && `${ended}: what was in flight is cancelled, ${countText(this.notStarted, 'URL')} read but not begun`,
    ]
      .filter(Boolean)
      .map((line) => `${line}\n`)
      .join('');
  }

  #statusText() {
    const statuses = [...this.#statuses].sort(([a], [b]) => a - b);
    return statuses.map(([status, number]) => `${status}: ${number}`).join(', ');
  }

  /** The most frequent first. */
  #failureLines() {
    const kinds = [...this.#errors].sort(([, a], [, b]) => b.count - a.count);
    return kinds.map(([code, { reason, count }]) => `failed: ${count} × ${reason} (${code})`);
  }
}

/** Below this share of the time a limit is not what made the run as long as it was. */
const SHARE_TOLD = 0.05;

function heldBackBy({ heldByLimit, heldByHost, limit, limitPerHost }, wall) {
  const [held, option, value] =
    heldByLimit > heldByHost
      ? [heldByLimit, '--parallel-max', limit]
      : [heldByHost, '--parallel-max-host', limitPerHost];
  if (held < wall * SHARE_TOLD) return 'no limit, only by the servers';
  return `${option} ${value}, for ${Math.round(Math.min(1, held / wall) * 100)} % of the time`;
}
