/** What awaits of the loop reject with. */
export class LoopError extends Error {
  /** @param {{ code: import('../response/error-codes.js').LoopErrorCode, message: string }} kind one of the C core's list */
  constructor({ code, message }) {
    super(message);
    /** Stable, for programs: 'FL_EQUEUEFULL', 'FL_ESTATE', … */
    this.code = code;
  }

  get name() {
    return 'LoopError';
  }
}

/** The task was asked to be cancelled: asyncio.CancelledError. An await of a task rejects with it once for each request. */
export class CancelledError extends Error {
  code = 'FL_ECANCELLED';

  /** @param {string} [message] @param {ErrorOptions} [options] */
  constructor(message = 'cancelled', options) {
    super(message, options);
  }

  get name() {
    return 'CancelledError';
  }
}

/** A timeout() or waitFor() is over its time: asyncio.TimeoutError. */
export class TimeoutError extends Error {
  code = 'FL_ETIMEOUT';

  /** @param {string} [message] @param {ErrorOptions} [options] */
  constructor(message = 'timed out', options) {
    super(message, options);
  }

  get name() {
    return 'TimeoutError';
  }
}
