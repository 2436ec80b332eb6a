/** @typedef {{ rps: number, connections: number }} Measured of one client in one round */

/** @param {number[]} numbers */
export function summarize(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

/**
 * Medians and ranges. Two clients are compared within each round, because the machine differs more between rounds.
 * @param {typeof import('./peers.js').SECTIONS} sections
 * @param {Map<string, Measured[]>} measured name -> round by round
 * @param {Set<string>} missing names of those that are not installed
 */
export function summarizeSections(sections, measured, missing) {
  const rpsOf = (name) => measured.get(name).map(({ rps }) => rps);
  const summarizeRow = (name, baselines) => {
    const rps = rpsOf(name);
    const ratios = baselines.map((base) => [
      base,
      summarize(rpsOf(base).map((baseRps, round) => baseRps / rps[round])),
    ]);
    const connections = summarize(measured.get(name).map((round) => round.connections));
    return { name, rps: summarize(rps), rounds: rps, connections, ratios: Object.fromEntries(ratios) };
  };
  return sections
    .map(({ title, baselines, peers }) => {
      const present = baselines.filter((name) => measured.has(name));
      const rows = peers
        .filter(({ name }) => measured.has(name) || missing.has(name))
        .map(({ name }) => (missing.has(name) ? { name, missing: true } : summarizeRow(name, present)));
      return { title, baselines: present, rows };
    })
    .filter(({ rows }) => rows.length > 0);
}
