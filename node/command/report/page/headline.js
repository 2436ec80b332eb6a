import { byId, element } from './dom.js';
import { countText, durationText, percentile, sizeText } from './figures.js';

/** What a run came to, in a sentence and some figures. */
export function showHeadline(run, requests) {
  const { done, failed, wall, interrupted, notStarted, heldBack } = run;
  const outcome = failed === 0 ? 'all fetched' : `${(done - failed).toLocaleString('en')} fetched, `;
  const headline = byId('headline');
  headline.replaceChildren(`${countText(done, 'URL')} in ${durationText(wall)}: ${outcome}`);
  if (failed > 0)
    headline.append(element('a', { className: 'bad', href: '#failures' }, `${failed.toLocaleString('en')} failed`));
  document.title = `${headline.textContent} – fetchloop`;
  byId('when').textContent =
    `· ${new Date(run.startedAt).toLocaleString(undefined, { dateStyle: 'long', timeStyle: 'short' })}`;
  const held = [element('strong', {}, 'Held back by: '), `${heldBack.replace(/ %/g, '\u00a0%')}.`];
  if (interrupted) held.push(` Interrupted: ${countText(notStarted, 'URL')} read but not begun.`);
  byId('held').replaceChildren(...held);
  byId('foot').textContent =
    `Made by fetchloop ${run.version}, at most ${run.limit} at once, ${run.limitPerHost} a host. Secrets in URLs are masked. This file asks no server for anything.`;
  showTiles(run, requests);
  showStatuses(requests);
}

function showTiles(run, requests) {
  const times = timesOf(requests);
  const bytes = requests.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const tiles = [
    ['Per second', (run.done / (run.wall / 1000)).toFixed(run.done / run.wall < 0.1 ? 1 : 0)],
    ['Received', sizeText(bytes)],
    ['Median', durationText(percentile(times, 0.5))],
    ['90 %', durationText(percentile(times, 0.9))],
    ['99 %', durationText(percentile(times, 0.99))],
    ['Slowest', durationText(percentile(times, 1))],
    ['Retries', run.retries.toLocaleString('en')],
    ['Redirects', run.redirects.toLocaleString('en')],
  ];
  byId('tiles').replaceChildren(
    ...tiles.map(([title, value]) => element('div', {}, element('dt', {}, title), element('dd', {}, value))),
  );
}

/** How long responses took, sorted. */
export function timesOf(requests) {
  return Float64Array.from(
    requests.filter(({ failed, total }) => !failed && total !== null).map(({ total }) => total),
  ).sort();
}

const KINDS = [
  ['2xx', ({ failed, status }) => !failed && status < 300, 'var(--good)'],
  ['3xx', ({ failed, status }) => !failed && status >= 300 && status < 400, 'var(--moved)'],
  ['4xx', ({ failed, status }) => !failed && status >= 400 && status < 500, 'var(--asked-wrong)'],
  ['5xx', ({ failed, status }) => !failed && status >= 500, 'var(--wf-tls, #cc79a7)'],
  ['failed', ({ failed }) => failed, 'var(--bad)'],
];

function showStatuses(requests) {
  const stack = element('div', { className: 'stack' });
  stack.setAttribute('aria-hidden', 'true');
  const legend = element('ul', { className: 'legend' });
  for (const [name, is, colour] of KINDS) {
    const count = requests.filter(is).length;
    if (count === 0) continue;
    const part = element('i');
    part.style.background = colour;
    part.style.flexGrow = String(count);
    stack.append(part);
    const swatch = element('i');
    swatch.style.background = colour;
    legend.append(element('li', {}, swatch, `${name}: ${count.toLocaleString('en')}`));
  }
  byId('statuses').replaceChildren(stack, legend);
}
