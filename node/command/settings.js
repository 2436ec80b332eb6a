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

/** What asks for bodies; -i may, for a list can say where each goes. */
const FOR_BODIES = [
  'output',
  'remote-name',
  'output-dir',
  'output-name',
  'checksum',
  'etag-save',
  'etag-compare',
  'input-file',
];

/** @param {import('./parse.js').Values} values */
export function wantsBodies(values) {
  return FOR_BODIES.some((name) => values[name] !== undefined);
}

/** Which statuses are no failure; undefined: all. @param {import('./parse.js').Values} values */
export function acceptedStatuses(values) {
  return values.accept ?? (values['fail-with-body'] ? (status) => status < 400 : undefined);
}
