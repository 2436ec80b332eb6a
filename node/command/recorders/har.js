import { version } from '../../version.js';
import { Attempts, phasesOf, sumsOf } from '../attempts.js';
import { maskHeaders, maskMessage, maskUrl } from '../secrets.js';
import { GrowingFile } from './growing-file.js';

/**
 * HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec): an entry for each attempt that was sent, redirects and retries
 * among them, and one with status 0 for what never was, but for what is no URL: there it has no place. The file is whole whenever it is looked at.
 * @param {{ har: string }} values
 * @returns {Promise<import('../run.js').Sink>}
 */
export async function makeHar({ har }) {
  const creator = { name: 'fetchloop', version };
  const head = `{"log":{"version":"1.2","creator":${JSON.stringify(creator)},"entries":[`;
  const file = await GrowingFile.create(har, { option: '--har', head, between: ',\n', tail: '\n]}}\n' });
  const attempts = new Attempts();
  return {
    onTrace: (event) => attempts.onTrace(event),
    onRecord(record, result) {
      const made = attempts.take(result.index);
      if (!URL.canParse(record.url)) return undefined;
      const entries = made.map((attempt, i) =>
        entryOf(attempt, i === made.length - 1 ? record : null, made[i + 1], record),
      );
      if (made.length === 0) entries.push(entryOf(neverAsked(result), record, undefined, record));
      return file.add(entries.map((entry) => JSON.stringify(entry)));
    },
    onEnd: () => file.close(),
  };
}

/** What the session refused: it has no attempts. */
function neverAsked({ timing }) {
  const at = timing.startTime;
  return { queuedAt: at, startedAt: null, sentAt: null, headersAt: null, endedAt: at + timing.queue, status: 0 };
}

/**
 * @param {import('../attempts.js').Attempt} attempt
 * @param {import('../records.js').Record | null} last the record, where this attempt was its last
 * @param {import('../attempts.js').Attempt | undefined} next
 * @param {import('../records.js').Record} record
 */
function entryOf(attempt, last, next, record) {
  const { queuedAt, request, response, connection, error, outcome } = attempt;
  const method = request?.method ?? record.method;
  const url = maskUrl(new URL(request?.url ?? record.url).href);
  const message = last && maskMessage(last);
  const protocol = connection?.protocol === 'h2' ? 'h2' : 'HTTP/1.1';
  const timings = timingsOf(attempt);
  const time = round(
    Object.values(timings).reduce((sum, ms) => (ms > 0 ? sum + ms : sum), 0) - Math.max(timings.ssl, 0),
  );
  return {
    startedDateTime: new Date(performance.timeOrigin + queuedAt).toISOString(),
    time,
    request: requestOf(method, url, protocol, request, connection),
    response: responseOf(response, protocol, last, outcome === 'redirect' ? next?.request?.url : undefined),
    cache: {},
    timings,
    ...(connection?.remoteAddress && { serverIPAddress: connection.remoteAddress }),
    ...(connection?.remotePort && { connection: String(connection.remotePort) }),
    ...(outcome === 'retry' && { comment: `tried again${error ? ` after ${error}` : ''}` }),
    ...(message && { comment: message }),
    _urlnum: record.urlnum,
    ...((message ?? error) && { _error: message ?? error }),
  };
}

function requestOf(method, url, protocol, request, connection) {
  const own = request?.headers ?? [];
  const host = request && !own.some(([name]) => name.toLowerCase() === 'host') ? hostOf(request.url) : null;
  const headers = maskHeaders(host ? [[connection?.protocol === 'h2' ? ':authority' : 'Host', host], ...own] : own);
  return {
    method,
    url,
    httpVersion: protocol,
    cookies: [],
    headers: headers.map(nameAndValue),
    queryString: queryOf(url),
    headersSize: -1,
    bodySize: /^(GET|HEAD)$/.test(method) ? 0 : (lengthOf(own) ?? -1),
  };
}

function responseOf(response, protocol, last, redirectURL = '') {
  const headers = response?.headers ?? [];
  const headerOf = (name) => headers.find(([given]) => given.toLowerCase() === name)?.[1];
  const size = last?.size_download ?? (response && !last ? (lengthOf(headers) ?? -1) : -1);
  return {
    status: response?.status ?? 0,
    statusText: response?.statusText ?? '',
    httpVersion: protocol,
    cookies: [],
    headers: maskHeaders(headers).map(nameAndValue),
    // Decoded, which is known of what was not encoded.
    content: { size: headerOf('content-encoding') ? -1 : size, mimeType: headerOf('content-type') ?? 'x-unknown' },
    redirectURL: maskUrl(redirectURL),
    headersSize: response && protocol === 'HTTP/1.1' ? headBytes(response) : -1,
    bodySize: response ? size : -1,
  };
}

/** -1: there was no such phase. `connect` has `ssl` in it, as the specification has it. */
function timingsOf(attempt) {
  const { queue, dns, connect, tls, wait, download } = sumsOf(phasesOf(attempt));
  return {
    blocked: round(queue ?? -1),
    dns: round(dns ?? -1),
    connect: connect === undefined && tls === undefined ? -1 : round((connect ?? 0) + (tls ?? 0)),
    ssl: round(tls ?? -1),
    send: 0,
    wait: round(wait ?? 0),
    receive: round(download ?? 0),
  };
}

const round = (ms) => Math.round(ms * 1000) / 1000;
const nameAndValue = ([name, value]) => ({ name, value });

function lengthOf(headers) {
  const length = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  return length === undefined ? null : Number(length);
}

function headBytes({ status, statusText, headers }) {
  const line = `HTTP/1.1 ${status} ${statusText}\r\n`;
  return headers.reduce((bytes, [name, value]) => bytes + name.length + value.length + 4, line.length) + 2;
}

function hostOf(url) {
  return URL.canParse(url) ? new URL(url).host : null;
}

function queryOf(url) {
  if (!URL.canParse(url)) return [];
  return [...new URL(url).searchParams].map(nameAndValue);
}
