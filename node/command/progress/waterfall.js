import { secondsText, sizeText } from '../text.js';
import { padded, textWidth, urlLabel } from './text-width.js';

/** How a phase looks; without colours, too, each is another. */
const LOOKS = {
  queued: ['·', 'dim'],
  connecting: ['─', 'yellow'],
  waiting: ['▒', 'cyan'],
  downloading: ['█', 'green'],
  'backing off': ['╌', 'magenta'],
};
const LEGEND = {
  queued: 'queued',
  connecting: 'connecting',
  waiting: 'waiting',
  downloading: 'downloading',
  'backing off': 'retry',
};
const STATE_WIDTH = 15;

/**
 * A line for each request: what it was doing when, up to now at the right, and what it does.
 * @param {import('./flights.js').Flight[]} flights
 * @param {object} how
 * @param {number} how.now
 * @param {number} how.width
 * @param {number} how.more how many in flight are not among them
 * @param {(style: string, text: string) => string} how.paint
 */
export function waterfallLines(flights, { now, width, more, paint }) {
  const label = Math.max(10, Math.min(48, Math.floor(width * 0.32)));
  const bar = Math.max(0, width - label - STATE_WIDTH - 3);
  const span = spanOf(now - Math.min(...flights.map(({ startedAt }) => startedAt)));
  const lines = flights.map((flight) => {
    const state = padded(stateText(flight, now), STATE_WIDTH).trimEnd();
    const failed = flight.error !== null || flight.status >= 400;
    const style = flight.endedAt === null ? null : failed ? 'red' : 'dim';
    return ` ${urlLabel(flight.url, label)} ${barText(flight, { now, span, bar, paint })} ${style ? paint(style, state) : state}`;
  });
  const scale = bar > 20 ? `${padded(`└ ${span / 1000} s ago`, bar - 5)}now ┘` : '';
  const rest = padded(more > 0 ? `and ${more} more in flight` : '', label);
  return [legend(width, paint), ...lines, ` ${paint('dim', `${rest} ${scale}`)}`];
}

function legend(width, paint) {
  const parts = Object.entries(LEGEND).map(
    ([phase, word]) => `${paint(LOOKS[phase][1], LOOKS[phase][0].repeat(2))} ${word}`,
  );
  const line = ` ${parts.join('  ')}`;
  return textWidth(line) <= width ? line : '';
}

/** What the bars' width stands for: round, so that they don't jump. */
function spanOf(milliseconds) {
  for (let unit = 1000; ; unit *= 10) {
    for (const factor of [1, 2, 5]) if (factor * unit >= milliseconds) return factor * unit;
  }
}

/** Each column shows what began last before its end. */
function barText({ phases, endedAt }, { now, span, bar, paint }) {
  let line = '';
  let run = '';
  let style = null;
  let next = 0;
  for (let column = 0; column < bar; column++) {
    const from = now - span + (column * span) / bar;
    while (next < phases.length && phases[next].at < from + span / bar) next++;
    const isOver = endedAt !== null && endedAt <= from;
    const [character, look] = next === 0 || isOver ? [' ', null] : LOOKS[phases[next - 1].phase];
    if (look !== style) {
      line += style ? paint(style, run) : run;
      run = '';
      style = look;
    }
    run += character;
  }
  return line + (style ? paint(style, run) : run);
}

function stateText({ phases, retries, retryAt, bytes, startedAt, endedAt, status, error }, now) {
  if (endedAt !== null) return `${error === null ? status : 'failed'} ${secondsText((endedAt - startedAt) / 1000)}`;
  const { phase, at } = phases.at(-1);
  if (phase === 'downloading') return `${sizeText(bytes)} so far`;
  if (phase === 'backing off') return `retry ${retries} in ${secondsText(Math.max(0, retryAt - now) / 1000)}`;
  return `${phase} ${secondsText((now - at) / 1000)}`;
}
