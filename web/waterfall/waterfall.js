/**
 * A waterfall of requests: data in, a canvas out, which is zoomed, panned and walked through by mouse, touch and keys.
 * Only what is seen is drawn, so that a hundred thousand rows cost as much as a screenful. Its looks are waterfall.css's
 * custom properties.
 *
 *     const waterfall = new Waterfall(element, { describe: (row) => [row.label], onSelect: (row) => … });
 *     waterfall.setRows(rows);
 */
import { listen } from './gestures.js';
import { flightsOver, paintOverview } from './overview.js';
import { paintAxis, paintRows, TEXT_ROW_MIN } from './paint-rows.js';
import { element, makeParts, size } from './parts.js';
import { pictureOf } from './picture.js';
import { beginOf, endOf } from './rows.js';
import { readTheme } from './theme.js';
import { View } from './view.js';

export { marksOf, showLegend } from './legend.js';
export { PHASE_TITLES, PHASES } from './phases.js';
export { beginOf, endOf } from './rows.js';
export { timeText } from './view.js';

/**
 * @typedef {object} Row
 * @property {string} label
 * @property {number} start milliseconds since the run began
 * @property {number[]} segments one after another: a kind (its place in PHASES) and milliseconds, in turn
 * @property {boolean} [failed]
 * @property {string} [note] a word beside the bar
 */

const ROW_HEIGHT = 22;
const ROW_HEIGHT_NARROW = 38;
const NARROW = 620; // pixels: less has no room for labels beside the bars
const OVERVIEW_HEIGHT = 56;
const OVERVIEW_PLACES = 300;
const AXIS_HEIGHT = 24;
const ROWS_BEFORE = 2; // that are seen above those that were asked for
const EDGE = 10; // beside what is drawn

export class Waterfall {
  #element;
  #describe;
  #onSelect;
  #onFit;
  #parts;
  #view = new View();
  #rows = [];
  #over = { flights: new Float32Array(1), failures: new Uint32Array(1) };
  #theme;
  #fits = false;
  #hovered = -1;
  #selected = -1;
  #frame = 0;
  #life = new AbortController();
  #resizes;

  /**
   * @param {HTMLElement} element that it fills; its height is the element's own
   * @param {object} [options]
   * @param {string} [options.title] for who can't see it
   * @param {(row: Row) => string[]} [options.describe] the lines that are shown, and read out, of a row
   * @param {(row: Row | null, index: number) => void} [options.onSelect]
   * @param {(fits: boolean) => void} [options.onFit] whether all rows are shown at once has changed
   */
  constructor(element, options = {}) {
    const { title = 'Waterfall', describe = (row) => [row.label], onSelect = () => {}, onFit = () => {} } = options;
    this.#element = element;
    this.#describe = describe;
    this.#onSelect = onSelect;
    this.#onFit = onFit;
    this.#parts = makeParts(element, title);
    this.#theme = readTheme(element);
    this.#listen();
    this.#resizes = new ResizeObserver(() => this.#layOut());
    this.#resizes.observe(element);
  }

  /** @param {Row[]} rows in the order in which they are shown @param {number} [end] of the run, in milliseconds */
  setRows(rows, end = rows.reduce((latest, row) => Math.max(latest, endOf(row)), 0)) {
    const isOther = end !== this.#view.end;
    this.#rows = rows;
    this.#hovered = -1;
    this.#selected = -1;
    if (isOther) this.#view.setEnd(end);
    this.#over = flightsOver(rows, this.#view.end, OVERVIEW_PLACES);
    this.#parts.scroll.scrollTop = 0;
    this.#layOut();
  }

  /** The same rows, which have grown meanwhile: what is seen and selected stays. @param {number} end milliseconds */
  refresh(end) {
    this.#view.grow(end);
    this.#over = flightsOver(this.#rows, this.#view.end, OVERVIEW_PLACES);
    this.#draw();
  }

  /** All rows at once, however low they become; or each with its text. */
  set fits(fits) {
    if (fits === this.#fits) return;
    this.#fits = fits;
    this.#layOut();
    this.#onFit(fits);
  }

  get fits() {
    return this.#fits;
  }

  /** What is seen, in milliseconds. */
  get range() {
    return { from: this.#view.from, to: this.#view.to };
  }

  showRange(from, to) {
    this.#view.show(from, to);
    this.#draw();
  }

  /** Scroll so that this row is the last that is seen. @param {number} index */
  showLast(index) {
    const { scroll } = this.#parts;
    scroll.scrollTop = (index + 1) * this.#rowHeight - scroll.clientHeight;
    this.#draw();
  }

  reset() {
    this.#view.reset();
    this.#draw();
  }

  /** @param {number} factor above 1: nearer */
  zoom(factor) {
    this.#view.zoom(factor);
    this.#draw();
  }

  /** @param {number} index -1: none. It is brought to where it is seen, and told of */
  select(index) {
    const row = this.#rows[Math.min(index, this.#rows.length - 1)];
    if (row) this.#reveal(row, Math.min(index, this.#rows.length - 1));
    this.#mark(index);
  }

  #mark(index) {
    this.#selected = Math.min(index, this.#rows.length - 1);
    const row = this.#rows[this.#selected] ?? null;
    if (row) this.#parts.live.textContent = this.#describe(row).join(', ');
    this.#onSelect(row, this.#selected);
    this.#draw();
  }

  get selected() {
    return this.#selected;
  }

  /** In the colours that its style sheet has now. */
  repaint() {
    this.#theme = readTheme(this.#element);
    this.#layOut();
  }

  /** What is seen of it, as a PNG. @param {string[]} caption lines above it @returns {Promise<Blob>} */
  picture(caption) {
    this.#paint();
    const { overview, axis, canvas } = this.#parts;
    return pictureOf([overview, axis, canvas], { caption, rows: this.#rows, theme: this.#theme });
  }

  destroy() {
    this.#life.abort();
    this.#resizes.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#element.replaceChildren();
  }

  get #isNarrow() {
    return this.#element.clientWidth < NARROW;
  }

  get #rowHeight() {
    if (!this.#fits) return this.#isNarrow ? ROW_HEIGHT_NARROW : ROW_HEIGHT;
    return Math.min(this.#parts.scroll.clientHeight / Math.max(this.#rows.length, 1), ROW_HEIGHT);
  }

  /** Bring a row to where it is seen. */
  #reveal(row, index) {
    const { scroll } = this.#parts;
    const height = this.#rowHeight;
    const y = index * height;
    if (y < scroll.scrollTop) scroll.scrollTop = y;
    else if (y + height > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = y + height - scroll.clientHeight;
    const { from, to } = this.#view;
    const begin = beginOf(row);
    const span = to - from;
    if (endOf(row) < from || begin > to) this.#view.show(begin - span / 4, begin + (span * 3) / 4);
  }

  #listen() {
    const { scroll, overview } = this.#parts;
    const { signal } = this.#life;
    const draw = () => this.#draw();
    scroll.addEventListener('scroll', draw, { signal });
    const changed = (change) => () => {
      change();
      this.#draw();
    };
    const byKey = (step) => () => this.select(Math.max(0, this.#selected + step));
    const page = () => Math.max(1, Math.floor(scroll.clientHeight / this.#rowHeight) - 1);
    listen(
      scroll,
      {
        zoom: (factor, x) => changed(() => this.#view.zoom(factor, x === undefined ? undefined : this.#view.time(x)))(),
        pan: (share) => changed(() => this.#view.pan(share))(),
        hover: (x, y) => this.#hover(x, y),
        leave: () => this.#hover(-1, -1),
        press: (_x, y) => this.#mark(this.#rowAt(y)),
        pressTwice: (_x, y) => this.#showRow(this.#rowAt(y)),
        keys: {
          ArrowDown: byKey(1),
          ArrowUp: byKey(-1),
          PageDown: () => byKey(page())(),
          PageUp: () => byKey(-page())(),
          Home: () => this.select(0),
          End: () => this.select(this.#rows.length - 1),
          ArrowLeft: changed(() => this.#view.pan(-0.2)),
          ArrowRight: changed(() => this.#view.pan(0.2)),
          '+': changed(() => this.#view.zoom(1.5)),
          '=': changed(() => this.#view.zoom(1.5)),
          '-': changed(() => this.#view.zoom(1 / 1.5)),
          0: changed(() => this.#view.reset()),
          Enter: () => this.#showRow(this.#selected),
          Escape: () => this.select(-1),
        },
      },
      signal,
    );
    this.#listenToOverview(overview, signal);
    for (const query of ['(prefers-color-scheme: dark)', 'print']) {
      matchMedia(query).addEventListener('change', () => this.repaint(), { signal });
    }
  }

  /** Drawing over it chooses the part that is seen; a click brings there what is seen. */
  #listenToOverview(overview, signal) {
    let from = null;
    const timeAt = ({ clientX }) => {
      const share = (clientX - overview.getBoundingClientRect().left - EDGE) / (overview.clientWidth - 2 * EDGE);
      return Math.min(Math.max(share, 0), 1) * this.#view.end;
    };
    const add = (type, listener) => overview.addEventListener(type, listener, { signal });
    add('pointerdown', (event) => {
      from = timeAt(event);
      overview.setPointerCapture(event.pointerId);
    });
    add('pointermove', (event) => {
      if (from === null) return;
      const to = timeAt(event);
      if (Math.abs(to - from) > this.#view.end / 200) this.#showPart(Math.min(from, to), Math.max(from, to));
    });
    add('pointerup', (event) => {
      const half = (this.#view.to - this.#view.from) / 2;
      if (from !== null && timeAt(event) === from && !this.#view.isWhole) this.#showPart(from - half, from + half);
      from = null;
    });
    add('dblclick', () => this.reset());
  }

  /** A part of the run, and the rows that begin in it, with their text. */
  #showPart(from, to) {
    this.fits = false;
    const begun = this.#rows.findIndex((row) => beginOf(row) >= from && beginOf(row) <= to);
    const first = begun >= 0 ? begun : this.#rows.findIndex((row) => beginOf(row) <= to && endOf(row) >= from);
    if (first >= 0) this.#parts.scroll.scrollTop = (first - ROWS_BEFORE) * this.#rowHeight;
    this.showRange(from, to);
  }

  #rowAt(y) {
    const index = Math.floor((y + this.#parts.scroll.scrollTop) / this.#rowHeight);
    return y >= 0 && index < this.#rows.length ? index : -1;
  }

  #showRow(index) {
    const row = this.#rows[index];
    if (!row) return;
    const begin = beginOf(row);
    const span = Math.max(endOf(row) - begin, 1);
    this.fits = false;
    this.#parts.scroll.scrollTop = index * this.#rowHeight - this.#parts.scroll.clientHeight / 2;
    this.showRange(begin - span * 0.1, endOf(row) + span * 0.25);
  }

  #hover(x, y) {
    const { tip, scroll } = this.#parts;
    this.#hovered = this.#rowAt(y);
    const row = this.#rows[this.#hovered];
    tip.hidden = !row;
    if (row) {
      const [title, ...lines] = this.#describe(row);
      tip.replaceChildren(element('strong', title), ...lines.map((line) => element('span', line)));
      const place = scroll.offsetTop + y + 18;
      tip.style.left = `${Math.max(0, Math.min(x + 14, this.#element.clientWidth - tip.offsetWidth - 4))}px`;
      const above = place + tip.offsetHeight > this.#element.clientHeight;
      tip.style.top = `${above ? place - tip.offsetHeight - 30 : place}px`;
    }
    this.#draw();
  }

  #layOut() {
    const { scroll, spacer, overview, axis, canvas } = this.#parts;
    const width = scroll.clientWidth;
    spacer.style.height = `${Math.max(this.#rows.length * this.#rowHeight, 1)}px`;
    const hasLabels = this.#rowHeight >= TEXT_ROW_MIN && !this.#isNarrow;
    const left = !hasLabels ? EDGE : Math.min(Math.max(width * 0.28, 180), 380);
    this.#view.setPlace(left, width - left - EDGE);
    size(overview, width, OVERVIEW_HEIGHT);
    size(axis, width, AXIS_HEIGHT);
    size(canvas, width, scroll.clientHeight);
    this.#paint();
  }

  #draw() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const { scroll, canvas, overview, axis } = this.#parts;
    const common = { view: this.#view, theme: this.#theme, width: scroll.clientWidth };
    const height = scroll.clientHeight;
    const rows = {
      rows: this.#rows,
      top: scroll.scrollTop,
      rowHeight: this.#rowHeight,
      labelsAbove: this.#isNarrow,
      hovered: this.#hovered,
      selected: this.#selected,
    };
    const whole = { left: EDGE, right: common.width - EDGE, height: OVERVIEW_HEIGHT, over: this.#over };
    paintOverview({ ...common, ...whole, context: overview.getContext('2d') });
    paintAxis({ ...common, context: axis.getContext('2d'), height: AXIS_HEIGHT });
    paintRows({ ...common, ...rows, context: canvas.getContext('2d'), height });
  }
}
