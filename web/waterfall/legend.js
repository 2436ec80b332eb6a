import { element } from './parts.js';
import { PHASE_TITLES, PHASES } from './phases.js';

/** What there is to explain in these rows. @param {import('./waterfall.js').Row[]} rows @returns {string[]} phases, and 'failed' */
export function marksOf(rows) {
  const kinds = new Set();
  for (const { segments } of rows) for (let i = 0; i < segments.length; i += 2) kinds.add(segments[i]);
  const phases = PHASES.filter((_, kind) => kinds.has(kind));
  return rows.some(({ failed }) => failed) ? [...phases, 'failed'] : phases;
}

/** @param {string} mark */
export function titleOf(mark) {
  return PHASE_TITLES[mark] ?? 'Failed';
}

/** @param {HTMLElement} list a <ul> of the class wf-colours @param {string[]} marks */
export function showLegend(list, marks) {
  const entry = (mark) => {
    const made = element('li', '');
    made.append(element('i', '', `wf-swatch ${mark}`), titleOf(mark));
    return made;
  };
  list.replaceChildren(...marks.map(entry));
}
