import { element, field, secondsText } from '../dom.js';
import { plan } from '../plan.js';
import { RunButtons } from '../run-buttons.js';
import { keepSettings, settingsOf } from '../settings.js';
import { Curve } from './curve.js';

const LIMITS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];

const SLIDERS = {
  count: { label: 'Requests', min: 20, max: 400, step: 10, value: 120 },
  latency: { label: 'Latency, ms', min: 10, max: 300, step: 10, value: 60 },
  spread: { label: 'Spread of the latency, %', min: 0, max: 100, step: 10, value: 50 },
  failures: { label: 'Answered by 503 once, %', min: 0, max: 30, step: 1, value: 0 },
};

/**
 * Wall time against concurrency: measured, and what it would be if nothing but the limit counted.
 * @type {import('../main.js').Mount}
 */
export function mountExplore(stage, network) {
  const given = settingsOf('explore');
  const sliders = Object.entries(SLIDERS).map(([name, slider]) => makeSlider(name, slider, given));
  const buttons = new RunButtons('Measure', run);
  const told = element('p', { class: 'verdict', role: 'status', 'aria-live': 'polite' });
  const rows = element('tbody');
  const chart = element('div', { class: 'chart', 'aria-hidden': 'true' }); // the table says the same
  const curve = new Curve(chart);
  stage.replaceChildren(
    element('div', { class: 'controls' }, ...sliders.map(({ root }) => root), buttons.root),
    chart,
    told,
    element(
      'details',
      {},
      element('summary', {}, 'The figures as a table'),
      element('table', {}, element('thead', {}, row('th', ['At once', 'Measured', 'Ideal', 'Failed'])), rows),
    ),
  );

  async function run() {
    const signal = buttons.begin();
    const settings = Object.fromEntries(sliders.map(({ name, input }) => [name, Number(input.value)]));
    keepSettings('explore', settings);
    rows.replaceChildren();
    const requests = plan(settings);
    const points = [];
    for (const limit of LIMITS) {
      told.textContent = `${limit} at once …`;
      const { wall, failed } = await measure(network, requests, limit, signal);
      if (signal.aborted) break;
      points.push({ limit, wall, ideal: ideal(requests, limit) });
      rows.append(row('td', [String(limit), secondsText(wall), secondsText(points.at(-1).ideal), String(failed)]));
      curve.show(points);
    }
    told.textContent = points.length > 1 ? conclusion(points, network) : 'Stopped.';
    buttons.end();
  }
}

function makeSlider(name, { label, value, ...range }, given) {
  const input = element('input', { type: 'range', ...range, value: given?.get(name) ?? value });
  const shown = element('output', {}, input.value);
  input.oninput = () => {
    shown.textContent = input.value;
  };
  return { name, input, root: field(label, element('span', { class: 'slider' }, input, shown)) };
}

async function measure(network, requests, limit, signal) {
  const run = Math.floor(Math.random() * 1e9);
  const session = await network.openSession({ limit, limitPerHost: limit, retry: { limit: 3, backoff: 0.01 } });
  const onAbort = () => session.close();
  signal.addEventListener('abort', onAbort, { once: true });
  const began = network.now();
  let failed = 0;
  const urls = requests.map((answer) => network.urlOf({ ...answer, run }));
  for await (const { status } of signal.aborted ? [] : session.fetchAll(urls)) {
    if (status !== 200) failed++;
  }
  const wall = network.now() - began;
  signal.removeEventListener('abort', onAbort);
  await session.close();
  return { wall, failed };
}

/** Places that are never empty, and nothing that is longer than all else. */
function ideal(requests, limit) {
  const sum = requests.reduce((all, { latency, once }) => all + latency * (once ? 2 : 1), 0);
  return Math.max(sum / limit, ...requests.map(({ latency }) => latency));
}

/** Where the next step up gains less than a twentieth. */
function conclusion(points, network) {
  const knee = points.find(({ wall }, i) => i + 1 < points.length && points[i + 1].wall > wall * 0.95) ?? points.at(-1);
  const gain = (points[0].wall / knee.wall).toFixed(1);
  const why =
    network.kind === 'http' && knee.limit >= 4 && knee.limit <= 8
      ? 'A browser opens six connections to a host that speaks HTTP/1.1, whatever it is asked for.'
      : 'Past that, something else is the limit: the slowest answer, this machine, or its server.';
  return `${knee.limit} at once is ${gain} times as fast as one at a time; more gains next to nothing. ${why}`;
}

function row(cell, texts) {
  return element('tr', {}, ...texts.map((text) => element(cell, { class: 'number' }, text)));
}
