import { painter } from '../output.js';
import { sizeText } from '../text.js';
import { clockText, groups, rateText } from './figures.js';
import { Screen } from './screen.js';
import { fitted, textWidth } from './text-width.js';
import { waterfallLines } from './waterfall.js';

const FRAME_MS = 100;
const BAR_WIDTH = 30;
/** The last columns stay empty, for a ^C that the terminal shows. */
const MARGIN = 3;

/** How a run goes, in the last lines of the terminal. */
export class View {
  #meter;
  #flights;
  #output;
  #screen;
  #timer;
  #lines = [];
  #height = 0; // of the waterfall, at most until now: it doesn't jump
  #paint = painter(process.stderr);
  #onFrame = []; // who waits for the next one

  /**
   * @param {import('./meter.js').Meter} meter
   * @param {import('./flights.js').Flights | null} flights null: no waterfall
   * @param {import('../output.js').Output} output
   */
  constructor(meter, flights, output) {
    this.#meter = meter;
    this.#flights = flights;
    this.#output = output;
    this.#screen = new Screen(process.stderr, () => this.#frame());
    // Records go to the same terminal, very likely: above the view, and as often as it is drawn.
    if (process.stdout.isTTY) output.screen = this;
    this.#frame();
    this.#timer = setInterval(() => this.#frame(), FRAME_MS);
  }

  /** Resolves when a frame is due. @returns {Promise<void>} */
  nextFrame() {
    return new Promise((resolve) => this.#onFrame.push(resolve));
  }

  erase() {
    this.#screen.erase();
  }

  redraw() {
    this.#screen.draw(this.#lines);
  }

  #frame() {
    const reading = this.#meter.read();
    if (reading) this.#lines = this.#compose(reading);
    this.#wake();
    this.redraw();
  }

  #wake() {
    for (const resolve of this.#onFrame.splice(0)) resolve();
  }

  /** @param {import('./meter.js').Reading} reading */
  #compose(reading) {
    const { columns, rows } = this.#screen.size;
    const width = columns - MARGIN;
    const lines = statusLines(reading, width, this.#paint);
    if (!this.#flights) return lines.slice(0, rows - 1);
    const now = performance.now();
    const most = Math.floor(process.stdout.isTTY ? rows / 2 : rows - 1) - lines.length - 2;
    const flights = this.#flights.shown(Math.max(0, most), now);
    this.#height = Math.min(Math.max(this.#height, flights.length), most);
    const more = this.#flights.size - flights.filter(({ endedAt }) => endedAt === null).length;
    const waterfall = flights.length > 0 ? waterfallLines(flights, { now, width, more, paint: this.#paint }) : [];
    const empty = Array(Math.max(0, this.#height - flights.length)).fill('');
    return [...empty, ...waterfall, ...lines].slice(-(rows - 1));
  }

  close() {
    clearInterval(this.#timer);
    this.#screen.close();
    if (this.#output.screen === this) this.#output.screen = null;
    this.#wake();
  }
}

/**
 * @param {import('./meter.js').Reading} reading
 * @param {number} width
 * @param {(style: string, text: string) => string} paint
 */
function statusLines(reading, width, paint) {
  const { done, failed, total, isExact, elapsed, eta, inFlight, queued, backingOff, rate, byteRate, bytes } = reading;
  const of = total === null ? '' : ` of ${isExact ? '' : '~'}${groups(total)}`;
  const share = total ? Math.min(1, done / total) : null;
  const first = [
    share !== null && barText(share, width, paint),
    [`${groups(done)}${of} done`, 'bold'],
    failed > 0 && [`${groups(failed)} failed`, 'red'],
    [eta === null ? `${clockText(elapsed)} elapsed` : `${clockText(eta)} left`, 'dim'],
  ];
  const second = [
    [`${inFlight} in flight`],
    queued > 0 && [`${groups(queued)} queued`],
    backingOff > 0 && [`${groups(backingOff)} to be tried again`, 'yellow'],
    [`${rateText(rate)} URLs/s`],
    [`${sizeText(Math.round(byteRate))}/s`],
    [`${sizeText(bytes)} in all`, 'dim'],
  ];
  return [joined(first, width, paint), joined(second, width, paint)];
}

/** As many of the parts as there is room for. */
function joined(parts, width, paint) {
  let line = '';
  let used = 0;
  for (const part of parts.filter(Boolean)) {
    const [text, style] = part;
    const gap = used > 0 ? 2 : 1;
    const shown = used === 0 ? fitted(text, width - gap) : text;
    if (used + gap + textWidth(shown) > width) break;
    used += gap + textWidth(shown);
    line += ' '.repeat(gap) + (style ? paint(style, shown) : shown);
  }
  return line;
}

const EIGHTHS = ' ▏▎▍▌▋▊▉';

/** A bar, by eighths of a column, and per cent. */
function barText(share, width, paint) {
  const columns = Math.min(BAR_WIDTH, Math.floor(width / 4));
  const filled = Math.floor(share * columns * 8);
  const part = filled % 8 > 0 ? EIGHTHS[filled % 8] : '';
  const bar = `${'█'.repeat(Math.floor(filled / 8))}${part}`.padEnd(columns, '·');
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  return [`${paint('cyan', bar)}${percent}`];
}
