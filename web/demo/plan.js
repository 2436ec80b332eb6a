/**
 * Requests that are alike but not the same: latencies spread evenly around the middle one, in an order that is always the
 * same; some fail.
 * @param {object} settings
 * @param {number} settings.count
 * @param {number} settings.latency milliseconds
 * @param {number} settings.spread of the latency, in %
 * @param {number} settings.failures how many are answered by 503 the first time, in %
 * @param {number} [settings.losses] how many always are, in %
 * @returns {import('./answers.js').Answer[]}
 */
export function plan({ count, latency, spread, failures, losses = 0 }) {
  return Array.from({ length: count }, (_, i) => {
    const place = ((i * 0.618034) % 1) * 2 - 1; // the golden ratio: no two neighbours are alike
    const luck = ((i * 0.754878) % 1) * 100;
    const isBad = luck < failures + losses;
    return {
      name: String(i),
      latency: Math.round(latency * (1 + (place * spread) / 100)),
      ...(isBad && { status: 503, once: luck >= losses }),
    };
  });
}
