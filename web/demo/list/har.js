/**
 * HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec), which browsers' developer tools open: an entry for each result.
 * What a page isn't told, such as the headers that were sent, is left empty, as the format has it.
 * @param {any[]} rows
 */
export function toHar(rows) {
  const creator = { name: 'fetchloop', version: '1' };
  return `${JSON.stringify({ log: { version: '1.2', creator, entries: rows.map(entryOf) } }, null, 1)}\n`;
}

const UNKNOWN = 'unknown';

function entryOf({ url, status, why, type, timing, size, retries, index }) {
  const timings = timingsOf(timing);
  const { ssl, ...others } = timings; // which is a part of connect
  const comment = [why, retries > 0 && `tried again ${retries} ${retries === 1 ? 'time' : 'times'}`].filter(Boolean);
  return {
    startedDateTime: new Date(performance.timeOrigin + timing.startTime).toISOString(),
    time: round(Object.values(others).reduce((sum, ms) => sum + Math.max(ms, 0), 0)),
    request: {
      method: 'GET',
      url,
      httpVersion: UNKNOWN,
      cookies: [],
      headers: [],
      queryString: URL.canParse(url) ? [...new URL(url).searchParams].map(([name, value]) => ({ name, value })) : [],
      headersSize: -1,
      bodySize: 0,
    },
    response: {
      status: status ?? 0,
      statusText: '',
      httpVersion: UNKNOWN,
      cookies: [],
      headers: type ? [{ name: 'content-type', value: type }] : [],
      content: { size: size ?? 0, mimeType: type ?? 'x-unknown' },
      redirectURL: '',
      headersSize: -1,
      bodySize: size ?? -1,
    },
    cache: {},
    timings,
    ...(comment.length > 0 && { comment: comment.join('; ') }),
    _urlnum: index,
  };
}

/** -1: there was no such phase, or the server doesn't tell a page of it. */
function timingsOf({ queue, dns, connect, tls, firstByte, download, headers, total }) {
  return {
    blocked: round(queue ?? -1),
    dns: round(dns ?? -1),
    connect: connect === null && tls === null ? -1 : round((connect ?? 0) + (tls ?? 0)),
    ssl: round(tls ?? -1),
    send: 0,
    wait: round(firstByte ?? headers ?? total ?? 0),
    receive: round(download ?? (total !== null && headers !== null ? total - headers : 0)),
  };
}

const round = (ms) => Math.round(ms * 1000) / 1000;
