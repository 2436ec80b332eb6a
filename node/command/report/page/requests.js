import { byId, element } from './dom.js';
import { countText, durationText, sizeText } from './figures.js';
import { makeTable } from './table.js';

const PAGE = 50;

const ONLY = {
  '': () => true,
  failed: ({ failed }) => failed,
  retried: ({ retries }) => retries > 0,
  redirected: ({ redirects }) => redirects > 0,
};
const byFirstDigit =
  (digit) =>
  ({ status }) =>
    Math.floor(status / 100) === Number(digit);

/**
 * All requests, fifty at a time.
 * @param {import('./data.js').Request[]} requests
 * @param {object} on
 * @param {(request: import('./data.js').Request) => void} on.select
 * @param {(shown: import('./data.js').Request[]) => void} on.filter
 */
export function showRequests(requests, { select, filter }) {
  const find = byId('find');
  const only = byId('only');
  let found = requests;
  let page = 0;
  const show = () => {
    table.show(found.slice(page * PAGE, (page + 1) * PAGE));
    const of = found.length === requests.length ? '' : ` of ${requests.length.toLocaleString('en')}`;
    byId('count').textContent = `${countText(found.length, 'request')}${of}`;
    showPager(found.length, page, (to) => {
      page = to;
      show();
    });
  };
  const update = ({ sortsOnly = false } = {}) => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const isWanted = ONLY[only.value] ?? byFirstDigit(only.value);
    const matching = requests.filter((one) => isWanted(one) && words.every((word) => one.text.includes(word)));
    found = table.sort(matching);
    page = 0;
    show();
    if (!sortsOnly) filter(matching);
  };
  const table = makeTable(byId('requests'), columns(select), {
    caption: 'Requests',
    sortedBy: 0,
    descending: false,
    onSort: () => update({ sortsOnly: true }),
  });
  find.addEventListener('input', () => update());
  only.addEventListener('change', () => update());
  found = table.sort(requests);
  show();
  return {
    /** @param {string} text */
    find(text, which = '') {
      find.value = text;
      only.value = which;
      update();
      byId('requests-title').scrollIntoView({ block: 'start' });
    },
  };
}

function columns(select) {
  const number = (title, value, cell) => ({ title, number: true, value, cell });
  return [
    number(
      '#',
      ({ urlnum }) => urlnum,
      ({ urlnum }) => String(urlnum),
    ),
    {
      title: 'Status',
      value: ({ status, failed }) => (failed ? -1 : status),
      cell: ({ status, failed }) =>
        failed ? element('span', { className: 'bad' }, `✕ ${status || 'failed'}`) : String(status),
    },
    {
      title: 'URL',
      className: 'url',
      value: ({ url }) => url,
      cell(request) {
        const button = element('button', { type: 'button', title: request.url }, request.label);
        button.addEventListener('click', () => select(request));
        if (!request.failed) return button;
        return element('span', {}, button, element('small', { title: request.message ?? '' }, request.cause));
      },
    },
    number(
      'Time',
      ({ total }) => total,
      ({ total }) => durationText(total),
    ),
    number(
      'Size',
      ({ size }) => size,
      ({ size }) => sizeText(size),
    ),
    number(
      'Retries',
      ({ retries }) => retries,
      ({ retries }) => (retries ? String(retries) : ''),
    ),
    number(
      'Start',
      ({ start }) => start,
      ({ start }) => durationText(start),
    ),
  ];
}

function showPager(count, page, onPage) {
  const pages = Math.ceil(count / PAGE);
  const pager = byId('pager');
  pager.hidden = pages < 2;
  const button = (text, to) => {
    const made = element('button', { type: 'button', disabled: to < 0 || to >= pages || to === page }, text);
    made.addEventListener('click', () => onPage(to));
    return made;
  };
  pager.replaceChildren(
    button('First', 0),
    button('Previous', page - 1),
    `${page + 1} of ${pages}`,
    button('Next', page + 1),
    button('Last', pages - 1),
  );
}
