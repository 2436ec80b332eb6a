/** Below this share of the time a limit is not what made the run as long as it was. */
const SHARE_TOLD = 0.05;

/**
 * Which limit held a run back, and what would change it.
 * @param {ReturnType<import('../../web/session.js').Session['stats']>} stats
 * @param {number} wall milliseconds that the run took
 */
export function heldBackBy({ heldByLimit, heldByHost, heldByRate, limit, limitPerHost }, wall) {
  const [held, what] = [
    [heldByLimit, `--parallel-max ${limit}`],
    [heldByHost, `--parallel-max-host ${limitPerHost}`],
    [heldByRate, "a rate: yours (--rate, --rate-all) or the servers'"],
  ].reduce((most, next) => (next[0] > most[0] ? next : most));
  if (held < wall * SHARE_TOLD) return 'no limit, only by the servers';
  return `${what}, for ${Math.round(Math.min(1, held / wall) * 100)} % of the time`;
}
