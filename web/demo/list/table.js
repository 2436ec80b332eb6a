import { sorted } from '../../common/sorted.js';
import { element, save, secondsText } from '../dom.js';
import { toCsv, toJsonLines, toTabs } from './exports.js';
import { toHar } from './har.js';

const ROWS_SHOWN = 200;
const NOTHING = '–';

/** @type {Record<string, { title: string, number?: boolean, of: (row: any) => any, text?: (value: any) => string }>} */
const COLUMNS = {
  index: { title: '#', number: true, of: ({ index }) => index, text: (index) => String(index + 1) },
  url: { title: 'URL', of: ({ url }) => url },
  status: {
    title: 'Status',
    number: true,
    of: ({ status }) => status,
    text: (status) => (status ? String(status) : NOTHING),
  },
  time: {
    title: 'Time',
    number: true,
    of: ({ timing }) => timing.total,
    text: (time) => (time === null ? NOTHING : secondsText(time)),
  },
  size: {
    title: 'Bytes',
    number: true,
    of: ({ size }) => size,
    text: (size) => (size === null ? NOTHING : size.toLocaleString('en')),
  },
  retries: { title: 'Retries', number: true, of: ({ retries }) => retries },
  why: { title: 'What happened', of: ({ why }) => why },
};

/** The results: sorted by any column, filtered by any word, copied, saved. */
export class ResultTable {
  #rows = [];
  #order = { column: 'index', descending: false };
  #all = false;
  #body = element('tbody', { role: 'rowgroup' });
  #more = element('button', { type: 'button', hidden: true, onclick: () => this.#showAll() });
  #filter = element('input', { type: 'search', placeholder: 'such as 404, or a host', oninput: () => this.#draw() });
  #copied = element('span', { role: 'status', 'aria-live': 'polite' });
  #headings = new Map();
  #willDraw = false;

  constructor() {
    const headings = Object.entries(COLUMNS).map(([name, { title, number }]) => {
      const button = element('button', { type: 'button', class: 'sort', onclick: () => this.#sortBy(name) }, title);
      const heading = element('th', { scope: 'col', role: 'columnheader', class: number ? 'number' : null }, button);
      this.#headings.set(name, heading);
      return heading;
    });
    const saver = (label, extension, type, write) =>
      element(
        'button',
        { type: 'button', onclick: () => save(`fetchloop.${extension}`, new Blob([write(this.#chosen())], { type })) },
        label,
      );
    this.root = element(
      'div',
      { class: 'results', hidden: true },
      element(
        'div',
        { class: 'controls' },
        element('label', { class: 'field' }, 'Filter', this.#filter),
        element('button', { type: 'button', onclick: () => this.#copy() }, 'Copy'),
        saver('NDJSON', 'ndjson', 'application/x-ndjson', toJsonLines),
        saver('CSV', 'csv', 'text/csv', toCsv),
        saver('HAR', 'har', 'application/json', toHar),
        this.#copied,
      ),
      element(
        'div',
        { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Results' },
        // The roles are a table's own, said again for where its style makes it something else (list.css).
        element(
          'table',
          { role: 'table' },
          element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...headings)),
          this.#body,
        ),
      ),
      this.#more,
    );
    this.#markOrder();
  }

  clear() {
    this.#rows = [];
    this.#all = false;
    this.root.hidden = true;
    this.#draw();
  }

  add(row) {
    this.#rows.push(row);
    this.root.hidden = false;
    this.#drawSoon();
  }

  change(row, values) {
    Object.assign(row, values);
    this.#drawSoon();
  }

  #sortBy(column) {
    this.#order = { column, descending: this.#order.column === column && !this.#order.descending };
    this.#markOrder();
    this.#draw();
  }

  #markOrder() {
    for (const [name, heading] of this.#headings) {
      const order = this.#order.descending ? 'descending' : 'ascending';
      heading.setAttribute('aria-sort', name === this.#order.column ? order : 'none');
    }
  }

  /** The rows that the filter leaves, in their order. */
  #chosen() {
    const words = this.#filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const left = this.#rows.filter((row) =>
      words.every((word) => `${row.url} ${row.status} ${row.why}`.toLowerCase().includes(word)),
    );
    return sorted(left, COLUMNS[this.#order.column].of, this.#order.descending);
  }

  /** @returns {Promise<void>} */
  async #copy() {
    await navigator.clipboard.writeText(toTabs(this.#chosen()));
    this.#copied.textContent = 'Copied, for a spreadsheet.';
  }

  #showAll() {
    this.#all = true;
    this.#draw();
  }

  #drawSoon() {
    if (this.#willDraw) return;
    this.#willDraw = true;
    requestAnimationFrame(() => {
      this.#willDraw = false;
      this.#draw();
    });
  }

  #draw() {
    const chosen = this.#chosen();
    const shown = this.#all ? chosen : chosen.slice(0, ROWS_SHOWN);
    this.#body.replaceChildren(...shown.map(rowOf));
    this.#more.hidden = shown.length === chosen.length;
    this.#more.textContent = `Show all ${chosen.length}`;
  }
}

function rowOf(row) {
  const cells = Object.entries(COLUMNS).map(([name, { of, number, text = String }]) =>
    cellOf(name, number, text(of(row))),
  );
  const state = row.error ? 'failed' : row.status >= 400 ? 'refused' : null;
  return element('tr', { class: state, role: 'row' }, ...cells);
}

function cellOf(name, number, text) {
  const classes = [name, number && 'number', text === NOTHING && 'none'].filter(Boolean);
  return element('td', { class: classes.join(' '), role: 'cell' }, text);
}
