import { PHASE_HEIGHTS, PHASES } from './phases.js';
import { isIdle } from './rows.js';
import { timeText } from './view.js';

/**
 * Draws the rows that are seen.
 * @typedef {object} Scene
 * @property {CanvasRenderingContext2D} context
 * @property {import('./view.js').View} view
 * @property {ReturnType<typeof import('./theme.js').readTheme>} theme
 * @property {import('./waterfall.js').Row[]} rows
 * @property {number} top how far it is scrolled, in pixels
 * @property {number} width
 * @property {number} height
 * @property {number} rowHeight less than a pixel when many rows are to be seen at once
 * @property {boolean} labelsAbove on a narrow screen
 * @property {number} hovered a row's place, or -1; likewise selected
 * @property {number} selected
 */

/** A row that is lower has no text. */
export const TEXT_ROW_MIN = 14;
const heights = PHASES.map((phase) => PHASE_HEIGHTS[phase] ?? 0);
const BACKOFF = PHASES.indexOf('backoff');
const RETRY = PHASES.indexOf('retry');
const REDIRECT = PHASES.indexOf('redirect');

/** @param {Scene} scene */
export function paintRows(scene) {
  const { context, theme, width, height, rowHeight, top, rows } = scene;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  paintGrid(scene);
  context.textBaseline = 'middle';
  const first = Math.max(0, Math.floor(top / rowHeight));
  const last = Math.min(rows.length, Math.ceil((top + height) / rowHeight));
  // Where rows are lower than a pixel, one a pixel is drawn, and those that failed.
  const step = rowHeight >= 1 ? 1 : 1 / rowHeight;
  for (let i = first; i < last; i += step) paintRow(scene, Math.floor(i));
  if (step > 1) for (let i = first; i < last; i++) if (rows[i].failed) paintRow(scene, i);
}

function paintGrid({ context, view, theme, height }) {
  context.fillStyle = theme.line;
  for (const tick of view.ticks(90)) context.fillRect(Math.round(view.x(tick)), 0, 1, height);
}

function paintRow(scene, index) {
  const { context, theme, view, rowHeight, top, width, labelsAbove, rows } = scene;
  const row = rows[index];
  const y = index * rowHeight - top;
  const hasText = rowHeight >= TEXT_ROW_MIN;
  const background = index === scene.selected ? theme.selected : index === scene.hovered ? theme.stripe : null;
  if (background) {
    context.fillStyle = background;
    context.fillRect(0, y, width, Math.max(rowHeight, 2));
  }
  const bar = barOf(rowHeight, y, (index + 1) * rowHeight - top, labelsAbove);
  const ends = paintBar(scene, row, bar);
  if (!hasText) return;
  if (labelsAbove) paintLabel(scene, row, 8, y + rowHeight * 0.28, width - 16);
  else {
    context.fillStyle = background ?? theme.background;
    context.fillRect(0, y, view.left - 4, rowHeight); // over bars that begin further left
    paintLabel(scene, row, 8, y + rowHeight / 2, view.left - 20);
  }
  paintNote(scene, row, ends, bar);
}

function barOf(rowHeight, y, bottom, labelsAbove) {
  if (rowHeight < 4) {
    // Whole pixels: halves would mix with the row beside.
    const from = Math.round(y);
    return { y: from, height: Math.max(Math.round(bottom) - from, 1) };
  }
  if (labelsAbove && rowHeight >= TEXT_ROW_MIN) return { y: y + rowHeight * 0.54, height: rowHeight * 0.34 };
  const height = Math.max(rowHeight * 0.62, 2);
  return { y: y + (rowHeight - height) / 2, height };
}

/** @returns {[number, number]} from where to where it went, in pixels */
function paintBar({ context, view, theme }, row, bar) {
  const { segments, start, failed } = row;
  const marks = [];
  let at = start;
  let x = view.x(at);
  const from = x;
  for (let i = 0; i < segments.length; i += 2) {
    const kind = segments[i];
    if (kind === RETRY || kind === REDIRECT) marks.push([kind, x]);
    at += segments[i + 1];
    const to = view.x(at);
    if (to >= view.left && x <= view.right)
      paintSegment(context, theme, kind, Math.max(x, view.left), Math.min(to, view.right), bar);
    x = to;
  }
  if (bar.height >= 5)
    for (const [kind, markX] of marks)
      if (markX >= view.left && markX <= view.right) paintMark(context, theme, kind, markX, bar);
  if (failed && x >= view.left && x <= view.right) paintFailure(context, theme, x, bar);
  return [from, x];
}

function paintSegment(context, theme, kind, from, to, bar) {
  const isLow = bar.height < 3;
  const height = isLow ? bar.height : Math.max(bar.height * heights[kind], 1.5);
  const y = bar.y + (bar.height - height) / 2;
  // Where it can't be thin, waiting is pale.
  context.fillStyle = isLow && isIdle(kind) ? theme.idle : theme.phases[kind];
  if (kind === BACKOFF && bar.height >= 3) {
    for (let x = from; x < to; x += 6) context.fillRect(x, y, Math.min(3, to - x), height);
  } else if (to > from) {
    context.fillRect(from, y, Math.max(to - from, 0.6), height);
  }
}

/**
 * What a legend shows of a phase, or of 'failed'.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene['theme']} theme
 * @param {string} name
 * @param {number} x
 * @param {{ y: number, height: number }} bar
 * @param {number} width
 */
export function paintSample(context, theme, name, x, bar, width) {
  const kind = PHASES.indexOf(name);
  if (kind === -1) paintFailure(context, theme, x + width / 2, bar);
  else if (kind === RETRY || kind === REDIRECT) paintMark(context, theme, kind, x + width / 2, bar);
  else paintSegment(context, theme, kind, x, x + width, bar);
}

/** A triangle that points forward where it was redirected, a diamond where it was tried again. */
function paintMark(context, theme, kind, x, { y, height }) {
  const half = Math.min(height / 2 + 1, 6);
  const middle = y + height / 2;
  const points =
    kind === REDIRECT
      ? [
          [-half, -half],
          [half, 0],
          [-half, half],
        ]
      : [
          [0, -half],
          [half, 0],
          [0, half],
          [-half, 0],
        ];
  context.beginPath();
  for (const [dx, dy] of points) context.lineTo(x + dx, middle + dy);
  context.closePath();
  context.fillStyle = theme.phases[kind];
  context.strokeStyle = theme.background;
  context.lineWidth = 2;
  context.stroke();
  context.fill();
}

function paintFailure(context, theme, x, { y, height }) {
  if (height < 5) {
    context.fillStyle = theme.failed;
    context.fillRect(x - 1, y, 3, height);
    return;
  }
  const half = Math.min(height / 2 - 1, 4.5);
  const middle = y + height / 2;
  context.strokeStyle = theme.failed;
  context.lineWidth = 2.2;
  context.beginPath();
  context.moveTo(x - half, middle - half);
  context.lineTo(x + half, middle + half);
  context.moveTo(x + half, middle - half);
  context.lineTo(x - half, middle + half);
  context.stroke();
}

function paintLabel({ context, theme }, { label, failed }, x, y, room) {
  context.font = theme.mono;
  context.textAlign = 'left';
  context.fillStyle = failed ? theme.failed : theme.text;
  context.fillText(shortened(context, failed ? `✕ ${label}` : label, room), x, y);
}

/** What came of it, behind the bar, or before it where there is no room behind. */
function paintNote({ context, theme, view, labelsAbove }, { note }, [from, to], { y, height }) {
  if (!note || labelsAbove || to < view.left || from > view.right) return;
  context.font = theme.font;
  context.fillStyle = theme.muted;
  const width = context.measureText(note).width;
  const middle = y + height / 2;
  context.textAlign = 'left';
  if (to + 10 + width <= view.right) context.fillText(note, to + 10, middle);
  else if (from - 10 - width >= view.left) context.fillText(note, from - 10 - width, middle);
}

/** Its middle is what can be spared of a URL. The font has one width. */
function shortened(context, text, room) {
  const most = Math.floor(room / widthOf(context));
  if (text.length <= most) return text;
  const head = Math.max(Math.ceil(most * 0.45) - 1, 0);
  return `${text.slice(0, head)}…${text.slice(text.length - Math.max(most - head - 1, 0))}`;
}

const widths = new Map();
function widthOf(context) {
  if (!widths.has(context.font)) widths.set(context.font, context.measureText('0').width);
  return widths.get(context.font);
}

/** The times above the rows. @param {Pick<Scene, 'context' | 'view' | 'theme' | 'width' | 'height'>} scene */
export function paintAxis({ context, view, theme, width, height }) {
  context.clearRect(0, 0, width, height);
  context.font = theme.font;
  context.textBaseline = 'middle';
  const ticks = view.ticks(90);
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : view.to - view.from;
  for (const tick of ticks) {
    const x = view.x(tick);
    context.fillStyle = theme.line;
    context.fillRect(Math.round(x), height - 5, 1, 5);
    context.fillStyle = theme.muted;
    context.textAlign = x > view.right - 30 ? 'right' : x < view.left + 20 ? 'left' : 'center';
    context.fillText(timeText(tick, step), x, height / 2 - 2);
  }
}
