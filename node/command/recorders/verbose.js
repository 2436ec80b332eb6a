import { harmless } from '../../../web/response/errors.js';
import { Attempts, phasesOf } from '../attempts.js';
import { painter } from '../output.js';
import { maskHeaders, maskMessage, maskUrl } from '../secrets.js';

/**
 * Heads on stderr, as curl -v has them: all of an attempt at once, when it is over, so that no two are mixed.
 * @param {object} _values
 * @param {(text: string) => Promise<void>} say
 * @returns {import('../run.js').Sink}
 */
export function makeVerbose(_values, say) {
  const attempts = new Attempts();
  const paint = painter(process.stderr);
  return {
    onTrace: (event) => attempts.onTrace(event),
    onRecord(record, { index }) {
      const made = attempts.take(index);
      const texts = made.map((attempt, i) => textOf(attempt, record, i === made.length - 1, paint));
      return texts.length > 0 ? say(texts.join('')) : undefined;
    },
  };
}

/** @param {import('../attempts.js').Attempt} attempt */
function textOf(attempt, record, isLast, paint) {
  const { urlnum, url } = record;
  const message = maskMessage(record);
  const { request, response, connection, error, outcome } = attempt;
  const info = (text) => paint('dim', `* ${text}`);
  const lines = [info(`#${urlnum} ${harmless(maskUrl(request?.url ?? url))}`)];
  if (connection) lines.push(info(connectionText(connection)));
  if (request) lines.push(...requestLines(request, connection), '>');
  if (response) lines.push(...responseLines(response, connection, paint), '<');
  if (isLast && message) lines.push(info(harmless(message)));
  else if (outcome !== 'end')
    lines.push(info(outcome === 'redirect' ? 'redirected' : `tried again${error ? `: ${error}` : ''}`));
  const phases = phasesOf(attempt).map(([phase, ms]) => `${phase} ${ms.toFixed(1)} ms`);
  return [...lines, info(phases.join(', ')), ''].map((line) => `${line}\n`).join('');
}

function connectionText({ remoteAddress, remotePort, reused, protocol, tlsVersion }) {
  const tls = tlsVersion ? `, ${tlsVersion}` : '';
  return `${reused ? 'Kept connection' : 'Connected'} to ${remoteAddress} port ${remotePort} (${protocol}${tls})`;
}

const versionOf = (connection) => (connection?.protocol === 'h2' ? 'HTTP/2' : 'HTTP/1.1');

function requestLines({ method, url, headers }, connection) {
  const { pathname, search, host } = new URL(maskUrl(url));
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host');
  const all = hasHost ? headers : [['host', host], ...headers];
  return [`> ${method} ${pathname}${search} ${versionOf(connection)}`, ...headLines('>', all)];
}

function responseLines({ status, statusText, headers }, connection, paint) {
  const line = harmless(`${versionOf(connection)} ${status} ${statusText}`.trimEnd());
  return [`< ${paint(status >= 400 ? 'red' : 'green', line)}`, ...headLines('<', headers)];
}

function headLines(mark, headers) {
  return maskHeaders(headers).map(([name, value]) => `${mark} ${harmless(`${name}: ${value}`)}`);
}
