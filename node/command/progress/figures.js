/** How figures that change are written: as wide as before, as far as that goes. */

/** 1:05, 2:03:04. @param {number} milliseconds */
export function clockText(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  const two = (number) => String(number).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 99) return `${Math.round(h / 24)} days`;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** @param {number} rate */
export function rateText(rate) {
  return rate < 10 ? rate.toFixed(1) : groups(Math.round(rate));
}

/** 12,345. @param {number} number whole */
export function groups(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}
