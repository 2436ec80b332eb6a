import { isIdle } from './rows.js';

/** All of the time at a glance: how many requests were in flight, and what of it is seen below. */

/**
 * How many were in flight, over the whole time.
 * @param {import('./waterfall.js').Row[]} rows
 * @param {number} end milliseconds
 * @param {number} places how many parts the time has
 * @returns {{ flights: Float32Array, failures: Uint32Array }} the mean of each part; what failed in it
 */
export function flightsOver(rows, end, places) {
  const flights = new Float32Array(places);
  const failures = new Uint32Array(places);
  const scale = places / end;
  // A difference a part, summed up afterwards: a request costs the same however long it took.
  const steps = new Float64Array(places + 2);
  for (const { start, segments, failed } of rows) {
    let at = start;
    for (let i = 0; i < segments.length; i += 2) {
      const to = at + segments[i + 1];
      if (!isIdle(segments[i]) && to > at) addSpan(steps, at * scale, to * scale, places);
      at = to;
    }
    if (failed) failures[Math.min(places - 1, Math.floor(at * scale))]++;
  }
  let level = 0;
  for (let i = 0; i < places; i++) {
    level += steps[i];
    flights[i] = Math.max(level, 0);
  }
  return { flights, failures };
}

/** Each part gets the share of it that the span covers. */
function addSpan(steps, from, to, places) {
  const addPoint = (at, weight) => {
    const place = Math.min(Math.floor(at), places);
    const share = at - place;
    steps[place] += weight * (1 - share);
    steps[place + 1] += weight * share;
  };
  addPoint(from, 1);
  addPoint(Math.min(to, places), -1);
}

/**
 * @param {object} scene
 * @param {CanvasRenderingContext2D} scene.context
 * @param {import('./view.js').View} scene.view
 * @param {ReturnType<typeof import('./theme.js').readTheme>} scene.theme
 * @param {ReturnType<typeof flightsOver>} scene.over
 * @param {number} scene.left where it begins, and ends, whatever has room beside the rows
 * @param {number} scene.right
 * @param {number} scene.width
 * @param {number} scene.height
 */
export function paintOverview({ context, view, theme, over, width, height, left, right }) {
  context.clearRect(0, 0, width, height);
  const { flights, failures } = over;
  const most = flights.reduce((a, b) => Math.max(a, b), 1);
  const x = (i) => left + (i / flights.length) * (right - left);
  const y = (count) => height - 2 - (count / most) * (height - 16);
  context.beginPath();
  context.moveTo(left, height - 2);
  for (let i = 0; i < flights.length; i++) {
    context.lineTo(x(i), y(flights[i]));
    context.lineTo(x(i + 1), y(flights[i]));
  }
  context.lineTo(right, height - 2);
  context.fillStyle = theme.phases[5];
  context.globalAlpha = 0.35;
  context.fill();
  context.globalAlpha = 1;
  context.fillStyle = theme.failed;
  const wide = Math.max(x(1) - left, 2);
  for (let i = 0; i < failures.length; i++) if (failures[i] > 0) context.fillRect(x(i), height - 5, wide, 4);
  if (!view.isWhole) paintWindow({ context, view, theme, height, left, right });
  context.fillStyle = theme.muted;
  context.font = theme.font;
  context.textBaseline = 'top';
  context.textAlign = 'right';
  context.fillText(`in flight: ${Math.round(most)} at most`, right - 4, 3);
}

function paintWindow({ context, view, theme, height, left, right }) {
  const { end } = view;
  const from = left + (view.from / end) * (right - left);
  const to = left + (view.to / end) * (right - left);
  context.fillStyle = theme.background;
  context.globalAlpha = 0.65;
  context.fillRect(left, 0, from - left, height);
  context.fillRect(to, 0, right - to, height);
  context.globalAlpha = 1;
  context.strokeStyle = theme.accent;
  context.lineWidth = 1.5;
  context.strokeRect(from, 0.75, Math.max(to - from, 2), height - 1.5);
}
