import { hasEnded } from '../core.js';

/**
 * Milliseconds; null where they are not known.
 * @typedef {object} Timing
 * @property {number} startTime when it was asked for, on performance.now()'s clock
 * @property {number} queue from then until its start; when it never started, until its end
 * @property {number | null} dns resolving the name, of the last attempt, as are those below; 0 on a connection that stood
 * @property {number | null} connect
 * @property {number | null} tls the handshake; 0 without one
 * @property {number | null} firstByte from there until the response's headers had come
 * @property {number | null} download from there until its end
 * @property {number | null} headers from the request's start until the response's headers had come
 * @property {number | null} total from its start until its end
 */

/**
 * A connection, as it was when a request went out on it. Times are performance.now()'s; null: there was no such step.
 * @typedef {object} Connection
 * @property {boolean} reused it has carried a request before
 * @property {number | null} dnsStart
 * @property {number | null} dnsEnd
 * @property {number | null} connectStart
 * @property {number | null} connectEnd through a proxy: when its tunnel stands
 * @property {number | null} tlsEnd
 * @property {string | null} remoteAddress through a proxy: the proxy's
 * @property {number | null} remotePort
 * @property {'http/1.1' | 'h2'} protocol
 * @property {string | null} tlsVersion 'TLSv1.3'
 * @property {boolean} tlsResumed its handshake went on from an earlier session
 * @property {boolean} proxied a proxy reads the requests (http through a proxy, in absolute form)
 */

/**
 * @param {import('../core.js').Told} end of a streamed one also its head
 * @param {Connection | null | undefined} connection as it was when the request went out
 * @returns {Timing}
 */
export function makeTiming(end, connection) {
  const { xhr, queuedAt, startedAt, attemptAt, endedAt } = end;
  const started = !Number.isNaN(startedAt);
  const headersAt = xhr?.headersAt || null;
  const phases = phasesOf(connection, attemptAt);
  return {
    startTime: queuedAt,
    queue: (started ? startedAt : endedAt) - queuedAt,
    dns: phases.dns,
    connect: phases.connect,
    tls: phases.tls,
    firstByte: headersAt && phases.readyAt !== null ? headersAt - phases.readyAt : null,
    download: headersAt && hasEnded(end) ? endedAt - headersAt : null,
    headers: headersAt ? headersAt - startedAt : null,
    total: started && hasEnded(end) ? endedAt - startedAt : null,
  };
}

const UNKNOWN = { dns: null, connect: null, tls: null, readyAt: null };

function phasesOf(connection, attemptAt) {
  if (!connection) return UNKNOWN;
  if (connection.reused) return { dns: 0, connect: 0, tls: 0, readyAt: attemptAt };
  // It may have been begun for a request before, that did not wait for it: what was done by then took no time of this one's.
  const at = (time) => (time === null ? null : Math.max(time, attemptAt));
  const [dnsStart, dnsEnd, connectStart, connectEnd, tlsEnd] = [
    at(connection.dnsStart),
    at(connection.dnsEnd),
    at(connection.connectStart),
    at(connection.connectEnd),
    at(connection.tlsEnd),
  ];
  return {
    dns: dnsStart === null ? 0 : dnsEnd - dnsStart,
    connect: connectEnd - connectStart,
    tls: tlsEnd === null ? 0 : tlsEnd - connectEnd,
    readyAt: tlsEnd ?? connectEnd,
  };
}
