import { printable } from '../../../web/response/errors.js';
import { UsageError } from '../usage-error.js';

const RECORD_BYTES_MAX = 1024 * 1024;
const URL_NAMES = ['url', 'urls', 'uri', 'link', 'href', 'loc', 'address'];

/**
 * A column of a CSV file. The first row is its header when it has the column's name, or no URL where others have theirs;
 * columns that it calls id and output go with the request.
 * @param {import('./source.js').Source} source
 * @param {{ column?: string, tabs: boolean }} options column: a name, or a number from 1; default: one called url, or the
 *   first with a URL in it
 */
export async function* readCsv(source, { column, tabs }) {
  const { parse } = await import('csv-parse');
  const rows = parse({
    bom: true,
    delimiter: tabs ? '\t' : ',',
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: RECORD_BYTES_MAX,
  });
  const { pipeline } = await import('node:stream');
  pipeline(source.read(), rows, () => {}); // its reader is told
  let columns = null;
  try {
    for await (const { record, info } of rows) {
      const isFirst = columns === null;
      columns ??= columnsOf(record, column, source.name);
      if (isFirst && columns.hasHeader) continue;
      const url = record[columns.url]?.trim();
      if (url) yield { url, data: dataOf(record, columns, info.lines) };
    }
  } catch (error) {
    if (!error.code?.startsWith('CSV_')) throw error;
    throw new UsageError(`${source.name}: ${printable(error.message)}`);
  }
}

function columnsOf(first, column, name) {
  const names = first.map((cell) => cell.trim().toLowerCase());
  const find = (one) => names.indexOf(one);
  const named = column === undefined ? names.findIndex((cell) => URL_NAMES.includes(cell)) : find(column.toLowerCase());
  if (named >= 0) return { url: named, hasHeader: true, id: find('id'), output: find('output') };
  if (column === undefined) {
    const url = first.findIndex(isUrl);
    if (url >= 0) return { url, hasHeader: false, id: -1, output: -1 };
    throw new UsageError(`${name}: which column has the URLs? --column NAME, of ${listed(first)}; or its number`);
  }
  const number = Number(column);
  if (!/^\d+$/.test(column) || number < 1) {
    throw new UsageError(`${name}: there is no column '${printable(column)}', but ${listed(first)}`);
  }
  if (number > first.length) throw new UsageError(`${name}: there is no column ${number}, but ${first.length} of them`);
  const hasHeader = !isUrl(first[number - 1]);
  return { url: number - 1, hasHeader, id: hasHeader ? find('id') : -1, output: hasHeader ? find('output') : -1 };
}

function dataOf(record, { id, output }, line) {
  const data = { id: id < 0 ? null : (record[id] ?? null), line };
  return output >= 0 && record[output] ? { ...data, output: record[output] } : data;
}

const isUrl = (cell) => /^\s*[a-z][a-z\d+.-]*:\/\//i.test(cell);
const listed = (cells) => printable(cells.map((cell) => `'${cell.trim()}'`).join(', '));
