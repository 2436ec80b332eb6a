const format = (number) =>
  number >= 100 ? Math.round(number).toLocaleString('en') : number >= 10 ? number.toFixed(1) : number.toFixed(2);
const range = ({ min, max }) => (min === max ? '' : `${format(min)}..${format(max)}`);

function outcome({ aim, median, unit }) {
  if (aim === undefined) return '';
  return `aim ${aim} ${unit}: ${median <= aim ? 'met' : 'NOT met'}`;
}

/**
 * One measure's results as lines of text.
 * @param {{ title: string, rows: { name: string, unit: string, what?: string, median: number, ratio?: number }[] }} measured
 *   `ratio` is to ours; rows without a median are of clients that are not installed
 */
export function table({ title, rows }) {
  const cells = rows.map((row) => {
    if (row.missing) return [row.name, 'not installed'];
    const ratio = row.ratio === undefined ? '' : `${format(row.ratio)} x`;
    return [
      row.what ? `${row.name}, ${row.what}` : row.name,
      format(row.median),
      row.unit,
      range(row),
      ratio,
      outcome(row),
    ];
  });
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const align = (text, column) =>
    column === 0 || column === 2 ? text.padEnd(widths[column]) : text.padStart(widths[column] ?? 0);
  return `${title}\n${cells.map((row) => `  ${row.map(align).join('  ').trimEnd()}\n`).join('')}`;
}
