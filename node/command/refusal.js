/** Why a URL of the list isn't asked for at all: an error like the session's own, for records and summaries. */
export class Refusal extends Error {
  /**
   * @param {string} message for the record
   * @param {{ code: string, reason: string, exitCode: number }} kind reason: the message without the URL
   */
  constructor(message, { code, reason, exitCode }) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.exitCode = exitCode;
  }
}

/**
 * The request, as one that ends with this error and sends nothing.
 * @param {string | import('../../web/given.js').BatchRequest} request
 * @param {Error} error
 */
export function refused(request, error) {
  return { ...(typeof request === 'string' ? { url: request } : request), signal: AbortSignal.abort(error) };
}
