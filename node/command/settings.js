/**
 * What the options come to, for the session.
 * @param {import('./parse.js').Values} values
 * @returns {import('../index.js').SessionOptions & import('../index.js').NodeOptions}
 */
export function sessionOptions(values) {
  return {
    limit: values.sync ? 1 : values['parallel-max'],
    limitPerHost: values.sync ? 1 : values['parallel-max-host'],
    ratePerHost: values.rate,
    rate: values['rate-all'],
    timeout: { attempt: values['max-time'], connect: values['connect-timeout'] },
    retry: values.retry,
    raiseForStatus: values.fail && !values.accept,
    bodyMax: values['max-filesize'],
    discardBodies: true,
  };
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
