import { printableUrl } from '../web/errors.js';

/** @param {number | null} milliseconds */
function seconds(milliseconds) {
  return milliseconds === null ? null : Math.round(milliseconds * 1000) / 1e6;
}

/**
 * A result as curl would describe it: the names of its -w variables. What isn't known is null.
 * @param {import('../web/session.js').Result} result
 */
export function recordOf(result) {
  const { index, url, status, response, error, timing, size, redirects, retries, remoteAddress, httpVersion } = result;
  const phases = phasesOf(timing);
  return {
    urlnum: index,
    url,
    url_effective: response?.url ?? null,
    method: 'GET',
    response_code: status,
    exitcode: error?.exitCode ?? 0,
    errormsg: error?.message ?? null,
    num_redirects: redirects,
    num_retries: retries,
    size_download: size,
    content_type: response?.headers.get('content-type') ?? null,
    remote_ip: remoteAddress,
    http_version: httpVersion,
    time_queue: seconds(timing.queue),
    time_namelookup: seconds(phases.resolved),
    time_connect: seconds(phases.connected),
    time_appconnect: seconds(phases.secured),
    time_starttransfer: seconds(timing.headers),
    time_total: seconds(timing.total),
    filename_effective: null,
  };
}

/**
 * Counted from the start, as curl does; of the last attempt. What there was no need of is null.
 * @param {import('../web/timing.js').Timing} timing
 */
function phasesOf({ dns, connect, tls, firstByte, headers }) {
  if (!connect || firstByte === null) return { resolved: null, connected: null, secured: null };
  const secured = headers - firstByte;
  const connected = secured - tls;
  return { resolved: dns === 0 ? null : connected - connect, connected, secured: tls === 0 ? null : secured };
}

/** JSON that is harmless in a terminal, too: JSON.stringify() leaves DEL and C1 as they are. @param {object} record */
export function jsonLine(record) {
  return JSON.stringify(record).replace(/[\u007f-\u009f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}

/** @param {number | null} bytes */
function sizeText(bytes) {
  if (bytes === null) return '-';
  if (bytes < 1000) return `${bytes} B`;
  const [unit, scale] = bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  return `${(bytes / scale).toFixed(1)} ${unit}`;
}

/** @param {number | null} milliseconds */
export function secondsText(milliseconds) {
  return milliseconds === null ? '-' : `${(milliseconds / 1000).toFixed(2)} s`;
}

/**
 * A result as a line for people.
 * @param {import('../web/session.js').Result} result
 * @param {(style: string, text: string) => string} paint
 */
export function lineOf({ url, status, error, timing, size }, paint) {
  const style = error || status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green';
  const what = paint(style, (error ? 'fail' : String(status)).padEnd(4));
  const columns = `${what} ${secondsText(timing.total).padStart(8)} ${sizeText(error ? null : size).padStart(9)}`;
  return `${columns}  ${error ? error.message : printableUrl(url)}`;
}
