import widthOf from 'fast-string-truncated-width';
import { printableUrl } from '../../../web/response/errors.js';

/** How many columns a text takes; styles take none. @param {string} text */
export function textWidth(text) {
  return widthOf(text).width;
}

/** As much of a text as there is room for. @param {string} text without styles @param {number} width */
export function fitted(text, width) {
  if (width <= 0) return '';
  const { index, ellipsed } = widthOf(text, { limit: width, ellipsis: '…', ellipsisWidth: 1 });
  return ellipsed ? `${text.slice(0, index)}…` : text.slice(0, index);
}

/** The same, and blanks up to the width. */
export function padded(text, width) {
  const shown = fitted(text, width);
  return shown + ' '.repeat(Math.max(0, width - textWidth(shown)));
}

/**
 * A URL in so many columns, its end rather than its beginning: that is where those of a list differ. Nothing in it moves a
 * terminal's cursor, or turns its writing round.
 * @param {string} url @param {number} width
 */
export function urlLabel(url, width) {
  const text = printableUrl(url)
    .replace(/^https?:\/\//, '')
    .replace(/[\p{Cf}\p{Zl}\p{Zp}\p{M}]/gu, (c) => `\\u${c.codePointAt(0).toString(16)}`);
  if (textWidth(text) <= width) return padded(text, width);
  const [host] = text.split('/', 1);
  const head = fitted(host, Math.floor(width / 2));
  const cut = head.endsWith('…') ? head : `${head}…`;
  return padded(cut + lastOf(text.slice(host.length), width - textWidth(cut)), width);
}

function lastOf(text, width) {
  const characters = [...text];
  while (characters.length > 0 && textWidth(characters.join('')) > width) characters.shift();
  return characters.join('');
}
