import { STATUS_CODES } from 'node:http';
import { harmless } from '../../web/response/errors.js';

const TIME = 'give it longer with -m, or ask for fewer at once with --parallel-max-host';
const SPELLING = 'look at how it is written';

/** What one might do about it, by what failures are counted as: an error's code, or `status N`. */
const HINTS = {
  FL_ERESOLVE: 'check the name, and that this machine has a DNS server',
  FL_ERESOLVELATER: 'the DNS server did not answer: fewer at once, or try again later',
  FL_ECONNECT: 'is the server up, and the port right? A firewall refuses, too',
  FL_ECONNECTTIMEOUT: 'the server or a firewall does not answer: --connect-timeout gives it longer',
  FL_EATTEMPTTIMEOUT: TIME,
  FL_EREADTIMEOUT: TIME,
  FL_ETOTALTIMEOUT: TIME,
  FL_ETIMEOUT: TIME,
  FL_ECERTIFICATE: 'if you trust its issuer, say --cacert FILE; -k looks at none',
  FL_ETLS: 'does this port speak TLS? Perhaps it is http://',
  FL_EPROXY: "check the proxy's address, name and password",
  FL_EPROTOCOL: 'use http:// or https://',
  FL_EURLSCHEME: 'write http:// or https:// before it',
  FL_EURLHOST: SPELLING,
  FL_EURLPORT: SPELLING,
  FL_EEMPTY: 'the server may be overloaded: fewer at once with --parallel-max-host, or --rate',
  FL_EPARTIAL: 'the server may be overloaded: fewer at once with --parallel-max-host, or --rate',
  FL_EPARKED: 'the server asks for a pause: slow down with --rate, and `retry` later',
  FL_ETOOBIG: 'allow more with --max-filesize',
  FL_EREDIRECTLOOP: 'the site may want a cookie, or a login',
  'status 401': 'it wants a name and a password, or a token',
  'status 403': 'it refuses: a login, a User-Agent or a slower --rate may help',
  'status 404': 'it is gone, or the URL is mistyped',
  'status 429': 'the server asks for a slower pace: use --rate, such as --rate 5/s',
  'status 503': 'the server is overloaded: use --rate, or fewer at once with --parallel-max-host',
};

/**
 * What failed, by cause, the most frequent first; each with what might help.
 * @param {Map<string, { reason: string, count: number }>} causes
 */
export function failureLines(causes) {
  const sorted = [...causes].sort(([, a], [, b]) => b.count - a.count);
  return sorted.flatMap(([cause, { reason, count }]) => {
    const status = STATUS_CODES[cause.replace(/^status /, '')];
    const line = `failed: ${count} × ${status ?? harmless(reason)} (${cause})`;
    return HINTS[cause] ? [line, `  → ${HINTS[cause]}`] : [line];
  });
}
