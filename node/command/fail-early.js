/** --fail-early: the first failure ends the run; those that it then cancels follow. @param {() => void} end @returns {import('./run.js').Sink} */
export function failEarly(end) {
  return { onRecord: ({ exitcode }) => void (exitcode !== 0 && end()) };
}
