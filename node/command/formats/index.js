/** What tells of each record on stdout. */

import { UsageError } from '../usage-error.js';
import { textFormat } from './text.js';

/** All but the default are loaded when they are asked for: a run of one URL has no time to lose. */
const FORMATS = {
  text: () => textFormat,
  jsonl: async () => (await import('./jsonl.js')).jsonlFormat,
  json: async () => (await import('./json.js')).jsonFormat,
  csv: async () => (await import('./csv.js')).csvFormat,
  junit: async () => (await import('./junit.js')).junitFormat,
  markdown: async () => (await import('./markdown.js')).markdownFormat,
};

/**
 * @param {import('../parse.js').Values} values
 * @param {import('../output.js').Output} output
 * @returns {Promise<import('../run.js').Sink>}
 */
export async function makeFormat(values, output) {
  const bodiesOnStdout = values.output?.includes('-') ?? false;
  if (bodiesOnStdout && (values.jsonl || (values.format ?? 'none') !== 'none')) {
    throw new UsageError('bodies (-o -) and records (--format, --jsonl) can not both go to stdout');
  }
  if (values['write-out'] !== undefined) return (await import('../write-out.js')).writeOut(values['write-out'], output);
  const name = values.format ?? (values.jsonl ? 'jsonl' : values.silent || bodiesOnStdout ? 'none' : 'text');
  if (name === 'none') return {};
  return (await FORMATS[name]())(output, values);
}
