import { openNetwork } from './network.js';
import { mountRace } from './race/race.js';
import { readAddress } from './settings.js';
import { followTheme } from './theme.js';

/**
 * A part of the page. `stage` is the element that is the part's own.
 * @typedef {(stage: HTMLElement, network: import('./network.js').Network) => unknown} Mount
 */

/** All but the first are loaded when they come near. @type {Record<string, () => Promise<Mount>>} */
const PARTS = {
  race: async () => mountRace,
  list: async () => (await import('./list/list.js')).mountList,
  waterfall: async () => (await import('./waterfall/waterfall.js')).mountWaterfall,
  loop: async () => (await import('./loop/loop.js')).mountLoop,
  explore: async () => (await import('./explore/explore.js')).mountExplore,
  break: async () => (await import('./break/break.js')).mountBreak,
};

const network = await openNetwork();
document.getElementById('network').textContent = network.label;
followTheme(document.getElementById('theme'));

/** A link to a part begins with it in view, whatever grows above it, until the reader moves. */
let linked = document.getElementById(readAddress().part);
for (const move of ['wheel', 'touchstart', 'pointerdown', 'keydown']) {
  addEventListener(move, () => (linked = null), { passive: true });
}
addEventListener('hashchange', () => {
  linked = document.getElementById(readAddress().part);
});

async function mount(section) {
  const part = PARTS[section.id];
  if (!part || section.dataset.mounted) return;
  section.dataset.mounted = 'soon';
  await (await part())(section.querySelector('.stage'), network);
  section.dataset.mounted = 'true';
  linked?.scrollIntoView({ behavior: 'instant' });
}

/** In view, too, where the links have less room than they need. @param {HTMLElement | null} link */
function markCurrent(link) {
  if (!link) return;
  link.setAttribute('aria-current', 'true');
  const nav = link.parentElement;
  nav.scrollTo({ left: link.offsetLeft - nav.offsetLeft - (nav.clientWidth - link.offsetWidth) / 2 });
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) mount(target);
  },
  { rootMargin: '400px' },
);
const current = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      const link = document.querySelector(`nav a[href="#${target.id}"]`);
      if (isIntersecting) markCurrent(link);
      else link?.removeAttribute('aria-current');
    }
  },
  { rootMargin: '-45% 0px -50% 0px' },
);
if (linked) await mount(linked);
for (const section of document.querySelectorAll('main > section')) {
  near.observe(section);
  current.observe(section);
}
