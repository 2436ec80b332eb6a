import { jsonLine } from './jsonl.js';

/** One array of all records, written as they come. @param {import('../output.js').Output} output @returns {import('../run.js').Sink} */
export function jsonFormat(output) {
  let before = '[\n';
  return {
    onRecord(record) {
      const text = before + jsonLine(record);
      before = ',\n';
      return output.write(text);
    },
    onEnd: () => output.line(before === ',\n' ? '\n]' : '[]'),
  };
}
