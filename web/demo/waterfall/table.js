import { timeText } from '../../waterfall/waterfall.js';
import { element } from '../dom.js';
import { STATES, sumsOf } from './rows.js';

const PAGE = 100;
const PHASES = { queue: 'Queued', wait: 'Waiting', download: 'Download', backoff: 'Backing off' };
const COLUMNS = ['#', 'State', 'Status', 'Asked for at', ...Object.values(PHASES), 'Retries'];

/** What the picture shows, in words: how many are in each state, and a line for each request. Up to date when it is opened. */
export class TextTable {
  #live = null;
  #page = 0;
  #counts = element('ul', { class: 'counts' });
  #caption = element('caption');
  #body = element('tbody');
  #pager = element('div', { class: 'buttons' });

  constructor() {
    const head = element('tr', {}, ...COLUMNS.map((title) => element('th', { scope: 'col', class: 'number' }, title)));
    this.root = element(
      'details',
      { ontoggle: () => this.update() },
      element('summary', {}, 'The requests as a table'),
      this.#counts,
      this.#pager,
      element(
        'div',
        { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Requests' },
        element('table', {}, this.#caption, element('thead', {}, head), this.#body),
      ),
    );
  }

  /** @param {import('./rows.js').LiveRows} live */
  show(live) {
    this.#live = live;
    this.#page = 0;
    this.update();
  }

  update() {
    if (!this.root.open || !this.#live) return;
    const { rows, counts } = this.#live;
    const states = Object.entries(counts).filter(([, count]) => count > 0);
    this.#counts.replaceChildren(
      ...states.map(([state, count]) => element('li', {}, `${STATES[state]}: ${count.toLocaleString('en')}`)),
    );
    const from = this.#page * PAGE;
    const shown = rows.slice(from, from + PAGE);
    this.#caption.textContent = `Requests ${from + 1} to ${from + shown.length} of ${rows.length.toLocaleString('en')}`;
    this.#body.replaceChildren(...shown.map(lineOf));
    this.#showPager(Math.ceil(rows.length / PAGE));
  }

  #showPager(pages) {
    const turn = (label, to) => {
      const onclick = () => {
        this.#page = to;
        this.update();
        this.#pager.querySelector(`[data-to="${label}"]:enabled`)?.focus();
      };
      const disabled = to < 0 || to >= pages;
      return element('button', { type: 'button', 'data-to': label, disabled, onclick }, label);
    };
    this.#pager.hidden = pages < 2;
    this.#pager.replaceChildren(
      turn('Previous', this.#page - 1),
      turn('Next', this.#page + 1),
      turn('Update', this.#page),
    );
  }
}

/** @param {import('./rows.js').LiveRow} row */
function lineOf(row) {
  const sums = sumsOf(row);
  const cells = [
    String(row.index + 1),
    row.error ? `${STATES[row.state]}: ${row.error}` : STATES[row.state],
    row.status > 0 ? String(row.status) : '–',
    row.state === 'unasked' ? '–' : timeText(row.start, 1),
    ...Object.keys(PHASES).map((phase) => (phase in sums ? timeText(sums[phase], 1) : '–')),
    String(row.retries),
  ];
  return element('tr', {}, ...cells.map((text) => element('td', { class: 'number' }, text)));
}
