import { beginOf, PHASE_TITLES, timeText, Waterfall } from '../../waterfall/waterfall.js';
import { element, save } from '../dom.js';
import { STATES, sumsOf } from './rows.js';

/** Milliseconds between two pictures, for whoever wants less motion. */
const CALM = 1000;
/** As many as are seen, with their text. */
const ROWS_FOLLOWED = 20;

/** The waterfall, with what it is moved by. */
export class Picture {
  #place = element('div', { class: 'waterfall', 'data-empty': true });
  #fit = element('button', { type: 'button', 'aria-pressed': 'true', onclick: () => this.#toggleFit() }, 'All rows');
  #follow = element('button', { type: 'button', disabled: true, onclick: () => this.#toggleFollow() }, 'Follow');
  #png;
  #waterfall;
  #live;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #isFollowing = false;
  #span = 0; // milliseconds that are seen of what is followed
  #calm = matchMedia('(prefers-reduced-motion: reduce)');

  /** @param {() => string[]} caption of the picture that is saved */
  constructor(caption) {
    const button = (label, title, onclick) =>
      element('button', { type: 'button', 'aria-label': title, title, onclick }, label);
    this.#png = element('button', { type: 'button', disabled: true, onclick: () => this.#save(caption()) }, 'PNG');
    this.root = element(
      'div',
      { class: 'card picture' },
      element(
        'div',
        { class: 'controls', role: 'group', 'aria-label': 'The waterfall' },
        this.#fit,
        this.#follow,
        button('+', 'Zoom in', () => this.#waterfall.zoom(1.6)),
        button('−', 'Zoom out', () => this.#waterfall.zoom(1 / 1.6)),
        element('button', { type: 'button', onclick: () => this.#showWhole() }, 'Whole run'),
        this.#png,
      ),
      this.#place,
      element(
        'p',
        { class: 'hint' },
        'Draw over the chart on top to see a part of the run. Ctrl or ⌘ and the wheel zooms, or two fingers; dragging moves. ' +
          'Arrow keys, plus, minus and 0 do the same. Double-click a request to see it close.',
      ),
    );
  }

  /** Once it is in the page, which has its colours. */
  mount() {
    this.#waterfall = new Waterfall(this.#place, {
      title: 'Waterfall of the requests',
      describe,
      onFit: (fits) => this.#fit.setAttribute('aria-pressed', String(fits)),
    });
    this.#waterfall.fits = true;
    this.#setFollowing(false);
    // Who looks around is not carried off.
    for (const type of ['pointerdown', 'wheel', 'keydown']) {
      this.#place.addEventListener(type, () => this.#setFollowing(false), { passive: true });
    }
    addEventListener('themechange', () => this.#waterfall.repaint());
  }

  /** A run that begins. @param {import('./rows.js').LiveRows} live */
  show(live) {
    delete this.#place.dataset.empty;
    this.#live = live;
    this.#drawnAt = Number.NEGATIVE_INFINITY;
    this.#waterfall.setRows(live.rows, 1);
    this.#png.disabled = false;
    this.#follow.disabled = false;
  }

  /** @param {number} end milliseconds since the run began @param {number} frameAt */
  refresh(end, frameAt) {
    if (this.#calm.matches && frameAt - this.#drawnAt < CALM) return;
    this.#drawnAt = frameAt;
    this.#waterfall.refresh(end);
    if (this.#isFollowing) this.#showNewest(end);
  }

  /** @param {number} end */
  end(end) {
    this.#setFollowing(false);
    this.#follow.disabled = true;
    this.#waterfall.refresh(end);
  }

  #showNewest(end) {
    const { rows, newest } = this.#live;
    const span = end - beginOf(rows[Math.max(0, newest - ROWS_FOLLOWED)]);
    this.#span += (span - this.#span) / 20; // smoothly: each row began a little later than the one before
    this.#waterfall.showRange(end - this.#span, end);
    this.#waterfall.showLast(newest);
  }

  #toggleFollow() {
    this.#setFollowing(!this.#isFollowing);
    if (this.#isFollowing) this.#waterfall.fits = false;
  }

  #setFollowing(isFollowing) {
    this.#isFollowing = isFollowing;
    this.#follow.setAttribute('aria-pressed', String(isFollowing));
  }

  #toggleFit() {
    this.#setFollowing(false);
    this.#waterfall.fits = !this.#waterfall.fits;
    if (this.#waterfall.fits) this.#waterfall.reset();
  }

  #showWhole() {
    this.#setFollowing(false);
    this.#waterfall.reset();
  }

  async #save(caption) {
    save('waterfall.png', await this.#waterfall.picture(caption));
  }
}

/** @param {import('./rows.js').LiveRow} row */
function describe(row) {
  const phases = Object.entries(sumsOf(row)).filter(([, ms]) => ms > 0);
  return [
    `${row.label}: ${STATES[row.state].toLowerCase()}`,
    [row.note, row.bytes > 0 && `${row.bytes.toLocaleString('en')} bytes`, row.retries > 0 && `${row.retries} retries`]
      .filter(Boolean)
      .join(' · '),
    phases.map(([phase, ms]) => `${PHASE_TITLES[phase]} ${timeText(ms, 1)}`).join(' · '),
  ].filter(Boolean);
}
