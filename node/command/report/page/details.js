import { PHASE_TITLES, PHASES } from '../../../../web/waterfall/waterfall.js';
import { byId, element } from './dom.js';
import { durationText, sizeText } from './figures.js';

/** What is known of one request: its facts, and each step of it. @param {import('./data.js').Request | null} request */
export function showDetails(request) {
  const place = byId('details');
  place.hidden = request === null;
  if (request === null) return;
  const { method, url, message, finalUrl } = request;
  place.replaceChildren(
    element('h3', {}, `${method} ${url}`),
    ...(finalUrl ? [element('div', { className: 'facts' }, `→ ${finalUrl}`)] : []),
    ...(message ? [element('div', { className: 'facts bad' }, message)] : []),
    element('div', { className: 'facts' }, factsOf(request).join(' · ')),
    element('div', { className: 'scroll' }, stepsOf(request)),
  );
}

function factsOf({ urlnum, status, size, total, address, version, type, start }) {
  return [
    `#${urlnum}`,
    status > 0 && `status ${status}`,
    total !== null && durationText(total),
    size !== null && sizeText(size),
    type,
    address,
    version && `HTTP/${version}`,
    `asked for at ${durationText(start)}`,
  ].filter(Boolean);
}

function stepsOf({ segments, start }) {
  const body = element('tbody');
  let at = start;
  for (let i = 0; i < segments.length; i += 2) {
    const phase = PHASES[segments[i]];
    const ms = segments[i + 1];
    const swatch = element('i', { className: `wf-swatch ${phase}` });
    const isMark = phase === 'retry' || phase === 'redirect';
    body.append(
      element(
        'tr',
        {},
        element('td', {}, swatch, PHASE_TITLES[phase]),
        element('td', { className: 'number' }, durationText(at)),
        element('td', { className: 'number' }, isMark ? '' : durationText(ms)),
      ),
    );
    at += ms;
  }
  const heads = ['Step', 'At', 'Took'].map((title, i) =>
    element('th', { scope: 'col', className: i ? 'number' : '' }, title),
  );
  return element('table', {}, element('thead', {}, element('tr', {}, ...heads)), body);
}
