/** The options that are C's to decide by, as numbers in the places where it reads them: src/host/exports.c. */
import { UINT32_MAX } from './options.js';

/** fl_request_options.flags */
export const FLAGS = {
  stream: 2,
  bodyOnce: 4,
  bodyAtTransport: 8,
  replaySafe: 16,
  raiseForStatus: 32,
  traced: 64,
};

const STATUSES_MAX = 16; // FL_STATUSES_MAX
const NO_STATUSES = [1]; // which no response has

/**
 * In their places; what is undefined is the default, as is 0.
 * @param {Record<string, any>} options read, see options.js
 */
export function sessionNumbers(options) {
  const { limit, limitPerHost, queueLimit, whenFull, retry, rate, ratePerHost } = options;
  return [
    ...requestNumbers(options, 0),
    limit,
    limitPerHost,
    queueLimit,
    whenFull === 'dropOldest' ? 1 : 0,
    secondsOrNone(retry?.retryAfterMax),
    retry?.budget,
    rate?.requests,
    rate?.per,
    rate?.burst,
    ratePerHost?.requests,
    ratePerHost?.per,
    ratePerHost?.burst,
    options.ignoreRateLimit ? 1 : 0,
    options.seed,
    options.sensitiveHeaders?.length,
  ];
}

/**
 * @param {Record<string, any>} options read
 * @param {number} flags of FLAGS
 */
export function requestNumbers({ timeout = {}, retry = {}, maxRedirects, priority }, flags) {
  const { total, attempt, transfer, queue, connect, read } = timeout;
  const statuses = retry.statuses?.length === 0 ? NO_STATUSES : retry.statuses;
  return [
    flags,
    priority,
    countOrNone(maxRedirects),
    total,
    attempt,
    transfer,
    queue,
    connect,
    read,
    countOrNone(retry.limit),
    secondsOrNone(retry.backoff),
    secondsOrNone(retry.backoffMax),
    ...Array.from({ length: STATUSES_MAX }, (_, i) => statuses?.[i]),
  ];
}

function secondsOrNone(seconds) {
  return seconds === 0 ? 1e-6 : seconds;
}

/** The largest stands for none: FL_RETRIES_NONE, FL_REDIRECTS_NONE. */
function countOrNone(count) {
  return count === 0 ? UINT32_MAX : count && Math.min(count, UINT32_MAX - 1);
}
