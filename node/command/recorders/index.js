/** What writes down how a run went, besides stdout: each is loaded when its option is given. */
const RECORDERS = {
  report: async () => (await import('../report/index.js')).makeReport,
  har: async () => (await import('./har.js')).makeHar,
  trace: async () => (await import('./trace.js')).makeTrace,
  verbose: async () => (await import('./verbose.js')).makeVerbose,
};

/**
 * @param {import('../parse.js').Values} values
 * @param {(text: string) => Promise<void>} say on stderr
 * @returns {Promise<import('../run.js').Sink[]>} a file that can't be written is a UsageError
 */
export async function makeRecorders(values, say) {
  const asked = Object.keys(RECORDERS).filter((name) => values[name]);
  return Promise.all(asked.map(async (name) => (await RECORDERS[name]())(values, say)));
}
