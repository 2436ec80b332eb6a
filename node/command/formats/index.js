/** What tells of each record on stdout. */

/** Each is loaded when it is asked for: a run of one URL has no time to lose. */
const FORMATS = {
  text: async () => (await import('./text.js')).textFormat,
  jsonl: async () => (await import('./jsonl.js')).jsonlFormat,
};

/**
 * @param {import('../parse.js').Values} values
 * @param {import('../output.js').Output} output
 * @returns {Promise<import('../run.js').Sink>}
 */
export async function makeFormat(values, output) {
  const name = values.format ?? (values.jsonl ? 'jsonl' : values.silent ? 'none' : 'text');
  if (name === 'none') return {};
  return (await FORMATS[name]())(output, values);
}
