import { PHASES } from './phases.js';

/**
 * The colours that waterfall.css says, as a canvas needs them. Read again when light becomes dark, and for print.
 * @param {Element} element
 */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const of = (name) => style.getPropertyValue(`--wf-${name}`).trim();
  return {
    phases: PHASES.map(of),
    idle: of('idle'),
    text: of('text'),
    muted: of('muted'),
    line: of('line'),
    background: of('background'),
    stripe: of('stripe'),
    selected: of('selected'),
    failed: of('failed'),
    accent: of('accent'),
    font: `12px ${of('font')}`,
    mono: `12px ${of('mono')}`,
  };
}
