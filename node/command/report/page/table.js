import { sorted } from '../../../../web/common/sorted.js';
import { element } from './dom.js';

/**
 * A table that is sorted by its heads.
 * @template T
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: T) => any} value to sort by
 * @property {(row: T) => Node | string} cell
 * @property {string} [className]
 * @property {boolean} [number] the largest first
 */

/**
 * @template T
 * @param {HTMLTableElement} table
 * @param {Column<T>[]} columns
 * @param {{ caption: string, sortedBy: number, descending: boolean, onSort?: () => void }} options
 */
export function makeTable(table, columns, { caption, sortedBy, descending, onSort = () => {} }) {
  const order = { column: sortedBy, descending };
  const body = element('tbody');
  const heads = columns.map(({ title, number }, i) => {
    const button = element('button', { type: 'button' }, title);
    button.addEventListener('click', () => {
      order.descending = order.column === i ? !order.descending : Boolean(number);
      order.column = i;
      markHeads();
      onSort();
    });
    return element('th', { scope: 'col', className: number ? 'number' : '' }, button);
  });
  const markHeads = () => {
    heads.forEach((head, i) => {
      if (i === order.column) head.setAttribute('aria-sort', order.descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
  };
  markHeads();
  table.setAttribute('aria-label', caption);
  table.replaceChildren(element('thead', {}, element('tr', {}, ...heads)), body);
  return {
    /** @param {T[]} rows */
    sort: (rows) => sorted(rows, columns[order.column].value, order.descending),
    /** @param {T[]} rows */
    show: (rows) => body.replaceChildren(...rows.map((row) => line(row, columns))),
  };
}

function line(row, columns) {
  const cells = columns.map(({ cell, className, number }) =>
    element('td', { className: className ?? (number ? 'number' : '') }, cell(row)),
  );
  return element('tr', {}, ...cells);
}
