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
    raiseForStatus: values.fail,
    bodyMax: values['max-filesize'],
  };
}
