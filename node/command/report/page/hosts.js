import { byId, element } from './dom.js';
import { durationText, percentile, sizeText } from './figures.js';
import { timesOf } from './headline.js';
import { makeTable } from './table.js';

/** A line a host. @param {(host: string) => void} onShow */
export function showHosts(requests, onShow) {
  const groups = new Map();
  for (const request of requests) {
    const members = groups.get(request.host);
    if (members) members.push(request);
    else groups.set(request.host, [request]);
  }
  const hosts = [...groups].map(([host, members]) => figuresOf(host, members));
  const most = Math.max(...hosts.map(({ busy }) => busy), 1);
  const table = makeTable(byId('hosts'), columns(most, onShow), {
    caption: 'Hosts',
    sortedBy: 8,
    descending: true,
    onSort: () => table.show(table.sort(hosts).slice(0, HOSTS_SHOWN)),
  });
  table.show(table.sort(hosts).slice(0, HOSTS_SHOWN));
}

const HOSTS_SHOWN = 500;

function figuresOf(host, members) {
  const times = timesOf(members);
  return {
    host,
    requests: members.length,
    failed: members.filter(({ failed }) => failed).length,
    retries: members.reduce((sum, { retries }) => sum + retries, 0),
    median: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    slowest: percentile(times, 1),
    bytes: members.reduce((sum, { size }) => sum + (size ?? 0), 0),
    busy: members.reduce((sum, { total }) => sum + (total ?? 0), 0),
  };
}

function columns(most, onShow) {
  const number = (title, name, text = (value) => value.toLocaleString('en')) => ({
    title,
    number: true,
    value: (row) => row[name],
    cell: (row) => text(row[name]),
  });
  return [
    {
      title: 'Host',
      className: 'url',
      value: ({ host }) => host,
      cell({ host }) {
        const button = element('button', { type: 'button', title: `Show the requests to ${host}` }, host);
        button.addEventListener('click', () => onShow(host));
        return button;
      },
    },
    number('Requests', 'requests'),
    {
      ...number('Failed', 'failed'),
      cell: ({ failed }) => element('span', { className: failed ? 'bad' : '' }, String(failed)),
    },
    number('Retries', 'retries'),
    number('Median', 'median', durationText),
    number('99 %', 'p99', durationText),
    number('Slowest', 'slowest', durationText),
    number('Received', 'bytes', sizeText),
    {
      title: 'Time in all',
      number: true,
      value: ({ busy }) => busy,
      cell({ busy }) {
        const part = element('i');
        part.style.width = `${(busy / most) * 100}%`;
        return element('span', {}, durationText(busy), element('span', { className: 'share' }, part));
      },
    },
  ];
}
