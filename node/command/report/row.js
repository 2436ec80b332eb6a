/**
 * A request in a report's page: an array, since there may be a hundred thousand of them. What writes it and what reads it
 * in the page share this list.
 */
export const COLUMNS = /** @type {const} */ ([
  'urlnum',
  'url',
  'method',
  'status', // 0 without a response
  'exitcode', // 0: no failure
  'cause', // of a failure: an error's code, or its status
  'reason', // in words
  'message', // the same, with all that is known
  'size', // bytes as they came, or null
  'start', // milliseconds since the run began
  'total', // milliseconds from its start to its end, null when it never started
  'segments', // as web/waterfall has them
  'address',
  'version', // of HTTP
  'type',
  'finalUrl', // where redirects led, else null
]);

/** @typedef {Record<typeof COLUMNS[number], any>} ReportRow */

/** @param {ReportRow} row */
export function encodeRow(row) {
  return COLUMNS.map((name) => row[name] ?? null);
}

/** @param {any[]} cells @returns {ReportRow} */
export function decodeRow(cells) {
  return /** @type {ReportRow} */ (Object.fromEntries(COLUMNS.map((name, i) => [name, cells[i]])));
}
