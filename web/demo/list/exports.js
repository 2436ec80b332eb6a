/** The results as files: the names are those of the command's records, which are curl's. */

const seconds = (milliseconds) => (milliseconds === null ? null : Math.round(milliseconds * 1000) / 1e6);

function recordOf({ index, url, status, error, why, timing, size, retries }) {
  return {
    urlnum: index,
    url,
    response_code: status,
    exitcode: error ? (error.exitCode ?? 2) : 0,
    errormsg: error ? why : null,
    num_retries: retries,
    size_download: size,
    time_queue: seconds(timing.queue),
    time_starttransfer: seconds(timing.headers),
    time_total: seconds(timing.total),
  };
}

/** @param {any[]} rows */
export function toJsonLines(rows) {
  return rows.map((row) => `${JSON.stringify(recordOf(row))}\n`).join('');
}

/** @param {any[]} rows */
export function toCsv(rows) {
  return lines(rows, ',', quoted, '\r\n');
}

/** @param {any[]} rows */
export function toTabs(rows) {
  return lines(rows, '\t', (value) => String(value ?? '').replace(/[\t\n\r]/g, ' '), '\n');
}

function lines(rows, separator, write, end) {
  const records = rows.map(recordOf);
  const names = Object.keys(recordOf({ timing: {} }));
  return [names, ...records.map((record) => names.map((name) => record[name]))]
    .map((values) => values.map(write).join(separator) + end)
    .join('');
}

/** As RFC 4180 has it; a text that a spreadsheet would take for a formula is kept from being one. */
function quoted(value) {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
