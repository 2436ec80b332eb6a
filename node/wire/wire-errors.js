/** What undici, llhttp, OpenSSL and Node call a failure, in the words of the C core (FL_ERRORS in fetchloop.h). */
const CODES = new Map(
  Object.entries({
    FL_ECONNECT: [
      'ECONNREFUSED',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'EHOSTDOWN',
      'ENETDOWN',
      'EADDRNOTAVAIL',
      'EACCES',
      'EMFILE',
      'ENFILE',
    ],
    FL_EURLHOST: ['ERR_INVALID_URL'],
    FL_ERESPONSE: ['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RESPONSE'],
    FL_ETOOBIG: ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'ERR_BUFFER_TOO_LARGE'],
    FL_ETLS: ['EPROTO'],
    // In Node, tls.js finds them all out itself; Deno says no more than this.
    FL_ECERTIFICATE: [
      'CERT_HAS_EXPIRED',
      'CERT_NOT_YET_VALID',
      'CERT_REVOKED',
      'CERT_UNTRUSTED',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
  }).flatMap(([ours, theirs]) => theirs.map((code) => [code, ours])),
);

/** What nghttp2 finds wrong with a response over HTTP/2, when it doesn't say more. */
const BAD_STREAM = /NGHTTP2_(PROTOCOL_ERROR|COMPRESSION_ERROR)/;

/** @type {[RegExp, string][]} */
const FAMILIES = [
  [/^HPE_/, 'FL_ERESPONSE'],
  [/^ERR_(SSL|TLS|OSSL)_/, 'FL_ETLS'],
];

/**
 * @param {Error & { code?: string, syscall?: string }} error
 * @param {{ headersCame: boolean }} progress how far it had come
 * @returns {string} a name from FL_ERRORS
 */
export function codeOf(error, { headersCame }) {
  const { code = '', message } = error;
  const known = CODES.get(code) ?? FAMILIES.find(([pattern]) => pattern.test(code))?.[1];
  if (known) return known;
  if (error.syscall === 'connect') return 'FL_ECONNECT';
  if (error.name === 'HTTPParserError') return 'FL_ERESPONSE';
  if (code === 'ERR_ASSERTION') return 'FL_ERESPONSE'; // undici's parser: of a 101 without an Upgrade
  if (code === 'ERR_HTTP2_STREAM_ERROR' && BAD_STREAM.test(message))
    return headersCame ? 'FL_EPARTIAL' : 'FL_ERESPONSE';
  // The parser had enough before the body, or the connection ended within it.
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return headersCame ? 'FL_EPARTIAL' : 'FL_ERESPONSE';
  // "bad response", "bad upgrade": an answer to nothing that was asked. "other side closed": an orderly end, too early.
  if (code === 'UND_ERR_SOCKET' && message.startsWith('bad ')) return 'FL_ERESPONSE';
  if (code === 'UND_ERR_SOCKET') return headersCame ? 'FL_EPARTIAL' : 'FL_EEMPTY';
  return 'FL_ENETWORK';
}

/** One that is found here, and not by undici. @param {string} code a name from FL_ERRORS @param {string} message */
export function failure(code, message) {
  return Object.assign(new Error(message), { fetchloop: code });
}
