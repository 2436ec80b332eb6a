import { byId, element } from './dom.js';
import { countText } from './figures.js';

const EXAMPLES = 3;

/** Grouped by cause, the most frequent first. @param {(cause: string) => void} onShow */
export function showFailures(requests, onShow) {
  const groups = grouped(requests.filter(({ failed }) => failed));
  if (groups.size === 0) return;
  byId('failures').hidden = false;
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length);
  byId('failures-list').replaceChildren(...sorted.map(([cause, members]) => groupOf(cause, members, onShow)));
}

function grouped(requests) {
  const groups = new Map();
  for (const request of requests) {
    if (groups.has(request.cause)) groups.get(request.cause).push(request);
    else groups.set(request.cause, [request]);
  }
  return groups;
}

function groupOf(cause, members, onShow) {
  const show = element('button', { type: 'button' }, 'Show');
  show.setAttribute('aria-label', `Show the requests that failed with ${cause}`);
  show.addEventListener('click', () => onShow(cause));
  const hosts = new Set(members.map(({ host }) => host));
  const reason = members[0].reason ?? cause;
  const where = hosts.size === 1 ? `at ${[...hosts][0]}` : `at ${countText(hosts.size, 'host')}`;
  const head = element(
    'div',
    { className: 'bar' },
    element('h3', {}, `${members.length.toLocaleString('en')} × ${reason} `),
    show,
  );
  const examples = members.slice(0, EXAMPLES).map(({ url }) => element('li', {}, url));
  if (members.length > EXAMPLES)
    examples.push(element('li', {}, `and ${(members.length - EXAMPLES).toLocaleString('en')} more`));
  return element(
    'div',
    { className: 'failure' },
    head,
    element('p', { className: 'facts' }, reason === cause ? where : `${cause}, ${where}`),
    element('ul', {}, ...examples),
  );
}
