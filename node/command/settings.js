import { GROUPS } from './options.js';
import { UsageError } from './usage-error.js';

/** @typedef {import('../index.js').SessionOptions & import('../index.js').NodeOptions} SessionOptions */

/**
 * What the options come to, for the session, and for each request. What few runs need is loaded when it is asked for.
 * @param {import('./parse.js').Values} values
 * @returns {Promise<{ session: SessionOptions, asking: import('./request.js').Asking }>}
 */
export async function readSettings(values) {
  const asking = isGiven(values, 'Request') ? await (await import('./request.js')).makeAsking(values) : NOTHING;
  const connecting = isGiven(values, 'Connection') || hasProxy(process.env) ? await import('./connection.js') : null;
  if (values.insecure) warnOnce(values.silent);
  return {
    session: { ...limitsOf(values), ...asking.session, ...connecting?.connectionOptions(values) },
    asking,
  };
}

const NOTHING = { session: {}, init: {}, query: '', save: null };

function isGiven(values, group) {
  const names = Object.entries(GROUPS[group]).map(([name, { into }]) => into ?? name);
  return names.some((name) => values[name] !== undefined);
}

function hasProxy(env) {
  return ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].some((name) => env[name]);
}

function limitsOf(values) {
  return {
    limit: values.sync ? 1 : values['parallel-max'],
    limitPerHost: values.sync ? 1 : values['parallel-max-host'],
    ratePerHost: values.rate,
    rate: values['rate-all'],
    timeout: {
      total: values['retry-max-time'],
      attempt: values['max-time'],
      transfer: values['max-time'], // as curl's; without it a long download has a timeout for each silence
      connect: values['connect-timeout'],
      read: values['read-timeout'],
    },
    retry: retryOf(values),
    raiseForStatus: values.fail && !values.accept,
    bodyMax: values['max-filesize'],
    discardBodies: true,
  };
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function retryOf(values) {
  const { retry: limit, 'retry-delay': delay, 'retry-on-http-error': statuses, 'retry-all-errors': all } = values;
  const retryAfterMax = values['retry-after-max'];
  if (statuses?.length > 16) throw new UsageError('--retry-on-http-error takes 16 statuses at most');
  const retry = {
    limit,
    statuses,
    backoff: delay,
    backoffMax: delay,
    retryAfterMax,
    methods: all ? [...new Set([...METHODS, values.request?.toUpperCase() ?? 'GET'])] : undefined,
  };
  return Object.values(retry).some((value) => value !== undefined) ? retry : undefined;
}

/** The session's own warning, once, in the command's words. */
function warnOnce(isSilent) {
  process.removeAllListeners('warning');
  if (isSilent) return;
  process.once('warning', () => {
    process.stderr.write(
      'fetchloop: -k: any certificate is accepted; what is sent can be read and changed on the way\n',
    );
  });
}

const FOR_BODIES = ['output', 'remote-name', 'output-dir', 'output-name', 'checksum', 'etag-save', 'etag-compare'];
/** Lists that may say of each URL where it is saved. */
const LISTS = /(^|\.)(csv|tsv|ndjson|jsonl)(\.gz)?$/i;

/** Whether anybody may want a body. @param {import('./parse.js').Values} values */
export function wantsBodies(values) {
  const lists = [...(values['input-file'] ?? []), values['input-format'] ?? ''];
  return FOR_BODIES.some((name) => values[name] !== undefined) || lists.some((name) => LISTS.test(name));
}

/** Which statuses are no failure; undefined: all. @param {import('./parse.js').Values} values */
export function acceptedStatuses(values) {
  return values.accept ?? (values['fail-with-body'] ? (status) => status < 400 : undefined);
}
