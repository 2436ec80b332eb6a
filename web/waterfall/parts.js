/** The elements that a waterfall is made of. */

/** @param {HTMLElement} parent that they fill @param {string} title */
export function makeParts(parent, title) {
  parent.classList.add('wf');
  const overview = element('canvas', '', 'wf-overview');
  const axis = element('canvas', '', 'wf-axis');
  const canvas = element('canvas', '', 'wf-canvas');
  const spacer = element('div', '', 'wf-spacer');
  const scroll = element('div', '', 'wf-scroll');
  const tip = element('div', '', 'wf-tip');
  const live = element('div', '', 'wf-live');
  for (const one of [overview, axis, canvas, tip]) one.setAttribute('aria-hidden', 'true');
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'application');
  scroll.setAttribute('aria-roledescription', 'waterfall');
  scroll.setAttribute(
    'aria-label',
    `${title}. Arrow keys up and down walk through the requests, left and right move in time, plus and minus zoom, 0 shows all.`,
  );
  live.setAttribute('aria-live', 'polite');
  tip.hidden = true;
  spacer.append(canvas);
  scroll.append(spacer);
  parent.replaceChildren(overview, axis, scroll, tip, live);
  return { overview, axis, canvas, spacer, scroll, tip, live };
}

export function element(name, text, className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

/** In the screen's own pixels. */
export function size(canvas, width, height) {
  const ratio = globalThis.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.getContext('2d').setTransform(ratio, 0, 0, ratio, 0, 0);
}
