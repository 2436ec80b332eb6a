import { marksOf, titleOf } from './legend.js';
import { paintSample } from './paint-rows.js';
import { size } from './parts.js';

const LINE = 20;
const EDGE = 12;
const SAMPLE = { width: 22, height: 12 };

/**
 * Canvases, one below the other, with what explains them: it is read without the page.
 * @param {HTMLCanvasElement[]} canvases
 * @param {object} about
 * @param {string[]} about.caption
 * @param {import('./waterfall.js').Row[]} about.rows whose phases the legend names
 * @param {ReturnType<typeof import('./theme.js').readTheme>} about.theme
 * @returns {Promise<Blob>} a PNG
 */
export function pictureOf(canvases, { caption, rows, theme }) {
  const heights = canvases.map((canvas) => canvas.clientHeight);
  const width = Math.max(...canvases.map((canvas) => canvas.clientWidth)) + 2 * EDGE;
  const picture = document.createElement('canvas');
  const context = picture.getContext('2d');
  const legend = placeLegend(context, marksOf(rows), width, theme);
  const top = EDGE + (caption.length + legend.lines) * LINE + EDGE / 2;
  size(picture, width, top + heights.reduce((sum, height) => sum + height, 0) + EDGE);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, picture.width, picture.height);
  paintCaption(context, caption, theme);
  for (const { mark, title, x, line } of legend.entries) {
    const y = EDGE + (caption.length + line) * LINE;
    paintSample(context, theme, mark, x, { y, height: SAMPLE.height }, SAMPLE.width);
    context.font = theme.font;
    context.fillStyle = theme.muted;
    context.textAlign = 'left';
    context.fillText(title, x + SAMPLE.width + 6, y + SAMPLE.height / 2);
  }
  let y = top;
  for (const [i, canvas] of canvases.entries()) {
    context.drawImage(canvas, EDGE, y, canvas.clientWidth, heights[i]);
    y += heights[i];
  }
  return new Promise((resolve, reject) => {
    picture.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large for a PNG'))));
  });
}

/** As many beside each other as there is room for. */
function placeLegend(context, marks, width, theme) {
  context.font = theme.font;
  let [x, line] = [EDGE, 0];
  const placed = marks.map((mark) => {
    const title = titleOf(mark);
    const wide = SAMPLE.width + 6 + context.measureText(title).width + 18;
    if (x > EDGE && x + wide > width - EDGE) [x, line] = [EDGE, line + 1];
    const entry = { mark, title, x, line };
    x += wide;
    return entry;
  });
  return { entries: placed, lines: marks.length > 0 ? line + 1 : 0 };
}

function paintCaption(context, caption, theme) {
  context.textBaseline = 'middle';
  for (const [i, line] of caption.entries()) {
    context.font = i === 0 ? `bold ${theme.font}` : theme.font;
    context.fillStyle = i === 0 ? theme.text : theme.muted;
    context.fillText(line, EDGE, EDGE + i * LINE + SAMPLE.height / 2);
  }
}
