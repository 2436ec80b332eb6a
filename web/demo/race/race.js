import { FIVE_SITES } from '../../five-sites.js';
import { element, field, secondsText } from '../dom.js';
import { RunButtons } from '../run-buttons.js';
import { keepSettings, settingsOf } from '../settings.js';
import { Side } from './side.js';

const NAMES = Object.keys(FIVE_SITES);
const SUM = Object.values(FIVE_SITES).reduce((sum, latency) => sum + latency, 0);
const SLOWEST = Math.max(...Object.values(FIVE_SITES));
const SPEEDS = [1, 2, 4, 8];

/**
 * The document's two programs, side by side: the same five sites, the same C code, at most one at a time and all at once.
 * @type {import('../main.js').Mount}
 */
export function mountRace(stage, network) {
  const speed = element(
    'select',
    {},
    ...SPEEDS.map((factor) =>
      element('option', { value: factor }, factor === 1 ? 'real time' : `${factor} times as fast`),
    ),
  );
  speed.value = settingsOf('race')?.get('speed') ?? '1';
  const buttons = new RunButtons('Start', run);
  const sides = [
    new Side('One at a time', 'sync.py, with requests', { scale: SUM * 1.02, line: (site) => `requested : ${site}` }),
    new Side('All at once', 'async.py, with an event loop', { scale: SUM * 1.02, line: (site) => site, end: 'end: ' }),
  ];
  const verdict = element('div', { class: 'verdict', role: 'status', 'aria-live': 'polite' }, idle());
  stage.replaceChildren(
    element('div', { class: 'controls' }, buttons.root, field('Fast-forward', speed)),
    element('div', { class: 'race' }, ...sides.map(({ root }) => root)),
    verdict,
  );

  async function run() {
    const signal = buttons.begin();
    const factor = Number(speed.value);
    keepSettings('race', { speed: factor === 1 ? undefined : factor });
    verdict.replaceChildren('Running: both ask the same five sites.');
    const [one, all] = sides;
    const times = await Promise.all([
      one.run(network, { limit: 1, factor, signal }),
      all.run(network, { limit: NAMES.length, factor, signal }),
    ]);
    buttons.end('Again');
    verdict.replaceChildren(...(times.includes(null) ? ['Stopped.'] : outcome(times, all.slowest)));
  }
}

function idle() {
  return element(
    'p',
    {},
    `Five sites that take ${secondsText(SUM, 1)} one after another. The slowest alone takes ${secondsText(SLOWEST)}: no client can be quicker.`,
  );
}

/** @returns {Node[]} */
function outcome([one, all], slowest) {
  const figure = (value, label) =>
    element('div', {}, element('strong', { class: 'figures' }, value), element('span', {}, label));
  return [
    element(
      'div',
      { class: 'score' },
      figure(secondsText(one), 'one at a time'),
      figure(secondsText(all), 'all at once'),
      figure(`${(one / all).toFixed(2)} ×`, 'as fast'),
      figure(secondsText(slowest), 'the ideal: the slowest alone'),
    ),
    element(
      'p',
      {},
      'Why: nearly all of a request is waiting for the other side. One at a time, the waits add up. The loop sends all five, goes to ' +
        'sleep, and is woken by whichever answers first: the waits lie on top of each other, and only the longest counts.',
    ),
  ];
}
