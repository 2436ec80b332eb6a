const whole = (number) => Math.round(number).toLocaleString('en');
const times = (number) => number.toFixed(2);
const range = ({ min, max }, text) => (min === max ? text(min) : `${text(min)}..${text(max)}`);

/**
 * A section's results as lines of text.
 * @param {{ title: string, baselines: string[], rows: object[] }} section rows: { name, rps, connections, ratios }, or
 *   { name, missing: true }
 */
export function table({ title, baselines, rows }) {
  const head = ['client', 'requests/s', 'min..max', 'connections', ...baselines.map((name) => `${name} ÷ it`)];
  const cells = rows.map(({ name, missing, rps, connections, ratios }) => {
    if (missing) return [name, 'not installed'];
    const compared = baselines.map((baseline) =>
      baseline === name ? '' : `${times(ratios[baseline].median)} (${range(ratios[baseline], times)})`,
    );
    return [name, whole(rps.median), range(rps, whole), range(connections, whole), ...compared];
  });
  const widths = head.map((text, column) => Math.max(text.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const lines = [head, ...cells].map((row) =>
    row.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  '),
  );
  return `${title}\n${lines.map((line) => `  ${line.trimEnd()}\n`).join('')}`;
}
