import { PHASES } from '../../../web/waterfall/phases.js';
import { version } from '../../version.js';
import { Attempts, phasesOf } from '../attempts.js';
import { heldBackBy } from '../held-back.js';
import { maskMessage, maskUrl } from '../secrets.js';
import { PageFile } from './page-file.js';
import { encodeRow } from './row.js';
import { jsonForScript, readTemplate } from './template.js';

/**
 * One page that has all of a run in it. Its rows are written as they come, to a file that takes the report's name at the
 * end: memory doesn't grow with them.
 * @param {{ report: string }} values
 * @returns {Promise<import('../run.js').Sink>}
 */
export async function makeReport({ report: path }) {
  const { head, between, tail } = await readTemplate();
  const file = await PageFile.create(path);
  const attempts = new Attempts();
  let began = performance.now();
  let rows = 0;
  file.write(head);
  return {
    onStart() {
      began = performance.now();
    },
    onTrace: (event) => attempts.onTrace(event),
    onRecord(record, result) {
      const row = rowOf(record, result, attempts.take(result.index), began);
      return file.write(`${rows++ === 0 ? '[' : ','}\n${jsonForScript(encodeRow(row))}`);
    },
    async onEnd(outcome) {
      file.write(`${rows === 0 ? '[' : ''}\n]${between}${jsonForScript(runOf(outcome, began))}${tail}`);
      await file.finish();
    },
  };
}

/** @returns {import('./row.js').ReportRow} */
function rowOf(record, { error, timing }, attempts, began) {
  const { exitcode, response_code, url_effective } = record;
  const url = maskUrl(record.url);
  const finalUrl = url_effective && maskUrl(url_effective);
  return {
    urlnum: record.urlnum,
    url,
    method: record.method,
    status: response_code,
    exitcode,
    cause: exitcode === 0 ? null : (error?.code ?? `status ${response_code}`),
    reason: error?.reason,
    message: maskMessage(record),
    size: record.size_download,
    start: round(Math.max(timing.startTime - began, 0)),
    total: timing.total === null ? null : round(timing.total),
    segments: segmentsOf(attempts),
    address: record.remote_ip,
    version: record.http_version,
    type: record.content_type,
    finalUrl: attempts.some(({ outcome }) => outcome === 'redirect') ? finalUrl : null,
  };
}

/** @param {import('../attempts.js').Attempt[]} attempts */
function segmentsOf(attempts) {
  const segments = [];
  attempts.forEach((attempt, i) => {
    for (const [phase, ms] of phasesOf(attempt)) segments.push(PHASES.indexOf(phase), round(ms));
    if (attempt.outcome === 'end') return;
    segments.push(PHASES.indexOf(attempt.outcome), 0);
    const next = attempts[i + 1];
    const pause = next ? next.queuedAt - (attempt.endedAt ?? next.queuedAt) : 0;
    if (pause > 0) segments.push(PHASES.indexOf('backoff'), round(pause));
  });
  return segments;
}

/** What is known at the end. @param {import('../run.js').Outcome} outcome */
function runOf({ summary, stats, interrupted }, began) {
  const wall = performance.now() - began;
  return {
    version,
    startedAt: new Date(performance.timeOrigin + began).toISOString(),
    wall: round(wall),
    done: summary.done,
    failed: summary.failed,
    notStarted: summary.notStarted,
    interrupted: interrupted !== false,
    heldBack: heldBackBy(stats, wall),
    retries: stats.retries,
    redirects: stats.redirects,
    limit: stats.limit,
    limitPerHost: stats.limitPerHost,
  };
}

const round = (ms) => Math.round(ms * 100) / 100;
