import { heldBackBy } from './held-back.js';
import { countText, durationText, secondsText, sizeText } from './text.js';

/**
 * A run's end, for people: what came of it, how long it took and what on, what failed and what might help, and what held
 * it back.
 * @param {import('./run.js').Outcome} outcome
 * @param {object} [also]
 * @param {{ size: number, failed: number } | null} [also.journal] what had ended in runs before
 * @param {string[]} [also.hosts] lines on them
 * @returns {Promise<string>} some lines
 */
export async function summaryText({ summary, stats, interrupted }, { journal, hosts = [] } = {}) {
  const { done, failed, wallTime, statuses } = summary;
  return [
    `${countText(done, 'URL')} in ${secondsText(wallTime / 1000)}: ${done - failed} fetched, ${failed} failed`,
    ...(done > 1 ? paceLines(summary, stats, wallTime) : []),
    statuses.size > 0 && `status ${statusText(statuses)}`,
    ...hosts,
    ...(failed > 0 ? (await import('./failure-lines.js')).failureLines(summary.causes) : []),
    `held back by: ${heldBackBy(stats, wallTime)}`,
    journal?.size > 0 && journalLine(journal),
    interrupted && interruptedLine(interrupted, summary, journal),
  ]
    .filter(Boolean)
    .map((line) => `${line}\n`)
    .join('');
}

function paceLines({ busy, done }, { bytes, latency }, wall) {
  const { p50, p90, p99, max } = latency;
  const spread = Object.entries({ p50, p90, p99, 'at most': max }).map(([name, time]) => [name, durationText(time)]);
  const seconds = wall / 1000;
  return [
    // A rate, robots.txt or a list that comes slowly would have held up one at a time, too.
    busy > wall &&
      `one at a time it would have taken ${secondsText(busy / 1000)}: speed-up ${(busy / wall).toFixed(1)}`,
    `${perSecond(done / seconds)} URLs/s, ${sizeText(bytes / seconds)}/s, ${sizeText(bytes)} in all`,
    max !== null && `a response took ${spread.map((figure) => figure.join(' ')).join(', ')}`,
  ];
}

function perSecond(rate) {
  return rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}

function statusText(statuses) {
  const sorted = [...statuses].sort(([a], [b]) => a - b);
  return sorted.map(([status, number]) => `${status}: ${number}`).join(', ');
}

function journalLine({ size, failed }) {
  return `journal: ${countText(size, 'URL')} had ended before, ${failed} of them failed`;
}

function interruptedLine(how, { notStarted }, journal) {
  const line = `${how}: what was in flight is cancelled, ${countText(notStarted, 'URL')} read but not begun`;
  return journal ? `${line}; the same command goes on with the rest` : line;
}
