/** How figures are written for people. */

/** @param {number | null} bytes */
export function sizeText(bytes) {
  if (bytes === null) return '-';
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const [unit, scale] = bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  return `${(bytes / scale).toFixed(1)} ${unit}`;
}

/** @param {number | null} seconds */
export function secondsText(seconds) {
  return seconds === null ? '-' : `${seconds.toFixed(2)} s`;
}

/** With as many digits as say something. @param {number | null} milliseconds */
export function durationText(milliseconds) {
  if (milliseconds === null) return '-';
  if (milliseconds >= 1000) return secondsText(milliseconds / 1000);
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

/** @param {number} number @param {string} noun */
export function countText(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
