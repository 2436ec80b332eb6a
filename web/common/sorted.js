/**
 * A table's rows in the order of a column. What isn't known comes last, in either order.
 * @template T
 * @param {T[]} rows
 * @param {(row: T) => any} value null: not known
 * @param {boolean} descending
 */
export function sorted(rows, value, descending) {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === y) return 0;
    if (x === null) return 1;
    if (y === null) return -1;
    return x < y ? -sign : sign;
  });
}
