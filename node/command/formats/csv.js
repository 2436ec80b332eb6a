import { stringify } from 'csv-stringify/sync';
import { harmless } from '../../../web/response/errors.js';

/** RFC 4180; a spreadsheet is to take no field for a formula, whatever a URL or a server says. */
const HOW = { record_delimiter: 'windows', escape_formulas: true };

/**
 * A line of names, then one for each record; what isn't known is empty.
 * @param {import('../output.js').Output} output
 * @returns {import('../run.js').Sink}
 */
export function csvFormat(output) {
  let names = null;
  return {
    onRecord(record) {
      const rows = [];
      if (!names) {
        names = Object.keys(record);
        rows.push(names);
      }
      rows.push(names.map((name) => cellOf(record[name])));
      return output.write(stringify(rows, HOW));
    },
  };
}

function cellOf(value) {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : harmless(String(value));
}
