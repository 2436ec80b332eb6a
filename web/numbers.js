/** The options that are C's to decide by, as the numbers that it reads: src/host/exports.c. Seconds, counts, 0 and 1. */

/** fl_request_options.flags */
export const FLAGS = {
  stream: 2,
  bodyOnce: 4,
  bodyAtTransport: 8,
  replaySafe: 16,
  raiseForStatus: 32,
  traced: 64,
};

/**
 * What is not there is the default.
 * @param {Record<string, any>} options read, see options.js
 * @returns {Record<string, number | undefined>}
 */
export function sessionNumbers(options) {
  const { rate, ratePerHost, retry = {} } = options;
  return {
    ...requestNumbers(options, 0),
    limit: options.limit,
    limitPerHost: options.limitPerHost,
    queueLimit: options.queueLimit,
    whenFull: options.whenFull === 'dropOldest' ? 1 : 0,
    backoff: aboveZero(retry.backoff),
    backoffMax: aboveZero(retry.backoffMax),
    retryAfterMax: aboveZero(retry.retryAfterMax),
    budget: retry.budget,
    ...Object.fromEntries((retry.statuses ?? []).map((status, i) => [`status${i + 1}`, status])),
    rateRequests: rate?.requests,
    ratePer: rate?.per,
    rateBurst: rate?.burst,
    hostRateRequests: ratePerHost?.requests,
    hostRatePer: ratePerHost?.per,
    hostRateBurst: ratePerHost?.burst,
    ignoreRateLimit: options.ignoreRateLimit ? 1 : 0,
    seed: options.seed,
  };
}

/**
 * @param {Record<string, any>} options read
 * @param {number} flags of FLAGS
 */
export function requestNumbers({ timeout = {}, retry, maxRedirects, priority }, flags) {
  const { total, attempt, transfer, queue, connect, read } = timeout;
  return {
    total,
    attempt,
    transfer,
    queue,
    connect,
    read,
    retries: retry?.limit,
    redirects: maxRedirects,
    priority,
    flags,
  };
}

/** In C, 0 stands for the default. */
function aboveZero(seconds) {
  return seconds === 0 ? 1e-6 : seconds;
}
