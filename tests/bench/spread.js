/** The median, and from the least to the most, as text. */
export function spread(numbers, digits) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [median, least, most] = [Math.floor(sorted.length / 2), 0, -1].map((i) => sorted.at(i).toFixed(digits));
  return `${median} (${least} to ${most})`;
}
