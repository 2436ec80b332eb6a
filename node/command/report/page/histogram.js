import { byId, svg } from './dom.js';
import { countText, durationText, percentile } from './figures.js';
import { timesOf } from './headline.js';

const HEIGHT = 240;
const PLACE = { left: 46, right: 16, top: 46, bottom: 30 };
const BINS_A_DECADE = 12;

/** How long responses took: a logarithmic scale, since one that is ten times as slow matters, and there are few of it. */
export function showHistogram(requests) {
  const times = timesOf(requests);
  const place = byId('histogram');
  if (times.length === 0) {
    place.textContent = 'Nothing was fetched.';
    return;
  }
  const bins = binsOf(times);
  new ResizeObserver(() => place.replaceChildren(draw(times, bins, Math.max(place.clientWidth, 240)))).observe(place);
}

function draw(times, bins, width) {
  const most = Math.max(...bins.counts);
  const chart = svg('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, class: 'histogram', role: 'img' });
  chart.setAttribute('aria-label', `Histogram: ${describe(times)}`);
  const x = scaleX(bins, width);
  const y = (count) => HEIGHT - PLACE.bottom - (count / most) * (HEIGHT - PLACE.top - PLACE.bottom);
  drawGrid(chart, width, most, y);
  for (const [i, count] of bins.counts.entries()) drawBar(chart, bins, i, count, x, y);
  drawTimes(chart, bins, x);
  drawPercentiles(chart, width, times, x);
  return chart;
}

function describe(times) {
  const of = (share) => durationText(percentile(times, share));
  return `${countText(times.length, 'response')}, half within ${of(0.5)}, 90 % within ${of(0.9)}, 99 % within ${of(0.99)}, the slowest ${of(1)}`;
}

function binsOf(times) {
  const placeOf = (ms) => Math.floor(Math.log10(Math.max(ms, 0.1)) * BINS_A_DECADE);
  const first = placeOf(times[0]) - 1;
  const last = Math.max(placeOf(times.at(-1)) + 1, first + 8);
  const counts = new Array(last - first + 1).fill(0);
  for (const ms of times) counts[placeOf(ms) - first]++;
  return { first, counts, edge: (i) => 10 ** ((first + i) / BINS_A_DECADE) };
}

function scaleX({ first, counts }, width) {
  const room = width - PLACE.left - PLACE.right;
  return (ms) => PLACE.left + ((Math.log10(Math.max(ms, 0.1)) * BINS_A_DECADE - first) / counts.length) * room;
}

function drawGrid(chart, width, most, y) {
  for (const count of new Set([Math.round(most / 2), most])) {
    chart.append(
      svg('line', { x1: PLACE.left, x2: width - PLACE.right, y1: y(count), y2: y(count) }),
      svg('text', { x: PLACE.left - 8, y: y(count) + 4, 'text-anchor': 'end' }, count.toLocaleString('en')),
    );
  }
  const bottom = HEIGHT - PLACE.bottom;
  chart.append(svg('line', { x1: PLACE.left, x2: width - PLACE.right, y1: bottom, y2: bottom }));
}

function drawBar(chart, { edge }, i, count, x, y) {
  if (count === 0) return;
  const [from, to] = [x(edge(i)), x(edge(i + 1))];
  const title = svg(
    'title',
    {},
    `${durationText(edge(i))} to ${durationText(edge(i + 1))}: ${countText(count, 'response')}`,
  );
  const height = Math.max(HEIGHT - PLACE.bottom - y(count), 2);
  const top = HEIGHT - PLACE.bottom - height;
  chart.append(svg('rect', { x: from + 1, y: top, width: Math.max(to - from - 2, 1), height, rx: 1.5 }, title));
}

/** 1, 2 and 5 of each power of ten, as far as there is room. */
function drawTimes(chart, { first, counts, edge }, x) {
  const [least, most] = [edge(0), edge(counts.length)];
  const powers = Array.from({ length: 9 }, (_, i) => 10 ** (Math.floor(first / BINS_A_DECADE) + i));
  let room = -100;
  for (const ms of powers.flatMap((power) => [power, 2 * power, 5 * power])) {
    if (ms < least || ms > most || x(ms) - room < 52) continue;
    room = x(ms);
    chart.append(svg('text', { x: room, y: HEIGHT - 10, 'text-anchor': 'middle' }, tickText(ms)));
  }
}

const tickText = (ms) => (ms >= 1000 ? `${ms / 1000} s` : `${Number(ms.toFixed(1))} ms`);

function drawPercentiles(chart, width, times, x) {
  let [room, y] = [-100, 0];
  for (const [name, share] of [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
  ]) {
    const ms = percentile(times, share);
    const at = x(ms);
    chart.append(svg('line', { class: 'mark', x1: at, x2: at, y1: 4, y2: HEIGHT - PLACE.bottom }));
    y = at - room < 100 ? y + 14 : 12; // one below the other where they are near
    room = at;
    const anchor = at > width - 120 ? 'end' : 'start';
    const text = svg('text', { class: 'mark-text', x: at + (anchor === 'end' ? -5 : 5), y, 'text-anchor': anchor });
    text.append(`${name} ${durationText(ms)}`);
    chart.append(text);
  }
}
