import { PHASES } from './phases.js';

const IDLE = new Set([PHASES.indexOf('queue'), PHASES.indexOf('backoff')]);

/** Whether a segment of that kind is only waited in: the request is not in flight. @param {number} kind */
export function isIdle(kind) {
  return IDLE.has(kind);
}

/** When it was first in flight; of one that never was, its start. @param {import('./waterfall.js').Row} row */
export function beginOf({ start, segments }) {
  let at = start;
  for (let i = 0; i < segments.length; i += 2) {
    if (!isIdle(segments[i])) return at;
    at += segments[i + 1];
  }
  return start;
}

/** @param {import('./waterfall.js').Row} row */
export function endOf({ start, segments }) {
  let end = start;
  for (let i = 1; i < segments.length; i += 2) end += segments[i];
  return end;
}
