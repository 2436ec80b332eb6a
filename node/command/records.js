import { printableUrl } from '../../web/response/errors.js';

/** @param {number | null} milliseconds */
function seconds(milliseconds) {
  return milliseconds === null ? null : Math.round(milliseconds * 1000) / 1e6;
}

const STATUS_CODE = 22; // curl's, with -f

/**
 * A result as curl would describe it: the names of its -w variables. What isn't known is null. Of the response only what the
 * result itself tells: making a Response of it takes longer than all else here.
 * @param {import('../../web/response/result.js').ListResult & { saved?: import('./bodies/index.js').Saved }} result
 * @param {(status: number) => boolean} [accepts] which statuses are no failure; default all
 *
 * @typedef {ReturnType<typeof recordOf>} Record
 */
export function recordOf(result, accepts) {
  const { index, url, request, status, error, timing, size, redirects, retries, remoteAddress, httpVersion } = result;
  const { saved } = result;
  const phases = phasesOf(timing);
  const refused =
    !error && !saved?.skipped && accepts && !accepts(status) ? `${printableUrl(url)}: status ${status}` : null;
  return {
    urlnum: index,
    url,
    url_effective: result.effectiveUrl,
    id: request?.data?.id ?? null,
    line: request?.data?.line ?? null,
    method: methodOf(request),
    response_code: status,
    exitcode: error ? (error.exitCode ?? 2) : refused ? STATUS_CODE : 0,
    errormsg: error?.message ?? refused,
    num_redirects: redirects,
    num_retries: retries,
    size_download: size,
    content_type: lastOf(result.header('content-type')),
    remote_ip: remoteAddress,
    http_version: httpVersion,
    time_queue: seconds(timing.queue),
    time_namelookup: seconds(phases.resolved),
    time_connect: seconds(phases.connected),
    time_appconnect: seconds(phases.secured),
    time_starttransfer: seconds(timing.headers),
    time_total: seconds(timing.total),
    filename_effective: saved?.filename ?? null,
    ...(saved?.skipped !== undefined && { skipped: saved.skipped }),
    ...saved?.fields,
  };
}

/** Of several Content-Types the last counts, for curl and for fetch(). @param {string | null} types */
function lastOf(types) {
  return types?.replace(/^.*,\s*(?=[\w.+-]+\/[\w.+-]+)/, '') ?? null;
}

/** @param {import('../../web/response/result.js').Result['request']} request */
export function methodOf(request) {
  return /** @type {any} */ (request)?.method ?? 'GET';
}

/**
 * Counted from the start, as curl does; of the last attempt. What there was no need of is null.
 * @param {import('../../web/response/timing.js').Timing} timing
 */
function phasesOf({ dns, connect, tls, firstByte, headers }) {
  if (!connect || firstByte === null) return { resolved: null, connected: null, secured: null };
  const secured = headers - firstByte;
  const connected = secured - tls;
  return { resolved: dns === 0 ? null : connected - connect, connected, secured: tls === 0 ? null : secured };
}
