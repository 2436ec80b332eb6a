import { beginOf, PHASES } from '../../../../web/waterfall/waterfall.js';
import { decodeRow } from '../row.js';
import { durationText, hostOf, sizeText } from './figures.js';

const RETRY = PHASES.indexOf('retry');
const REDIRECT = PHASES.indexOf('redirect');

/**
 * A row of the report, and of its waterfall.
 * @typedef {import('../row.js').ReportRow & import('../../../../web/waterfall/waterfall.js').Row &
 *   { host: string, begin: number, retries: number, redirects: number, text: string }} Request
 */

/** @param {string} text the page's rows @returns {Request[]} in the order of their starts */
export function readRequests(text) {
  const rows = JSON.parse(text).map(decodeRow);
  const hosts = new Set();
  for (const row of rows) {
    row.host = hostOf(row.url);
    hosts.add(row.host);
  }
  for (const row of rows) complete(row, hosts.size === 1);
  return rows.sort((a, b) => a.begin - b.begin || a.urlnum - b.urlnum);
}

function complete(row, isOnlyHost) {
  const { url, status, exitcode, total, cause, size, method } = row;
  row.failed = exitcode !== 0;
  row.begin = beginOf(row);
  row.retries = count(row.segments, RETRY);
  row.redirects = count(row.segments, REDIRECT);
  const short = url.replace(/^https?:\/\//, '');
  const path = isOnlyHost ? short.slice(short.indexOf('/')) : short;
  row.label = method === 'GET' ? path : `${method} ${path}`;
  const outcome = row.failed ? cause : status;
  row.note = [outcome, total !== null && durationText(total), size > 0 && sizeText(size)].filter(Boolean).join(' · ');
  row.text = `${url} ${status} ${cause ?? ''} ${row.message ?? ''} ${row.finalUrl ?? ''}`.toLowerCase();
}

/** A segment's kind stands before its time. */
function count(segments, kind) {
  let found = 0;
  for (let i = 0; i < segments.length; i += 2) if (segments[i] === kind) found++;
  return found;
}

/** Milliseconds of each phase, all attempts together. @param {Request} request @returns {[string, number][]} */
export function phaseSums({ segments }) {
  const sums = new Map();
  for (let i = 0; i < segments.length; i += 2) {
    if (segments[i + 1] > 0) sums.set(PHASES[segments[i]], (sums.get(PHASES[segments[i]]) ?? 0) + segments[i + 1]);
  }
  return [...sums].sort(([a], [b]) => PHASES.indexOf(a) - PHASES.indexOf(b));
}
