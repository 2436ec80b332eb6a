/** What tells of each record on stdout. */
import { textFormat } from './text.js';

/** All but the default are loaded when they are asked for: a run of one URL has no time to lose. */
const FORMATS = {
  text: () => textFormat,
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
