/** Why a request has no response. */
export class ClientError extends Error {
  /**
   * @param {{ code: import('./error-codes.js').ErrorCode, message: string, exitCode: number }} kind one of the C core's list
   * @param {string} [url] as it was given; none: of no request
   * @param {unknown} [cause] what the platform said, where it says anything
   * @param {string} [status] of FL_ESTATUS, for the message
   */
  constructor(kind, url, cause, status) {
    const why = cause instanceof Error ? cause.message : status;
    super(`${url === undefined ? '' : `${printableUrl(url)}: `}${kind.message}${why ? ` (${printable(why)})` : ''}`, {
      cause,
    });
    /** Stable, for programs: 'FL_ETOTALTIMEOUT', 'FL_ECONNECT', … */
    this.code = kind.code;
    /** What the code means, in words: the message without URL and cause. */
    this.reason = kind.message;
    /** The exit code that curl has for the same failure. */
    this.exitCode = kind.exitCode;
    this.url = url ?? '';
    /** Where there was a response, as with FL_ESTATUS. @type {number | undefined} */
    this.status;
    /** @type {Response | undefined} */
    this.response;
  }

  get name() {
    return 'ClientError';
  }
}

const SHOWN = 200;

/**
 * @internal A URL for a message: as printable(), and without a user name and password.
 * @param {string} url
 */
export function printableUrl(url) {
  return url === '' ? "''" : printable(url.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/?#]*@/i, '$1…@'));
}

/**
 * @internal Text from outside, safe and short enough for a message or a terminal.
 * @param {string} text
 */
export function printable(text) {
  return harmless(text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text);
}

/**
 * @internal Text without what a terminal would obey: C0, DEL and C1.
 * @param {string} text
 */
export function harmless(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
