import { showLegend } from '../../waterfall/waterfall.js';
import { atOrigin } from '../answers.js';
import { element, field, secondsText } from '../dom.js';
import { plan } from '../plan.js';
import { RunButtons } from '../run-buttons.js';
import { keepSettings, settingsOf } from '../settings.js';
import { Figures } from './figures.js';
import { Picture } from './picture.js';
import { LiveRows } from './rows.js';
import { TextTable } from './table.js';

const NUMBERS = {
  count: { label: 'Requests', value: '10000', min: 100, max: 10_000 },
  limit: { label: 'At once', value: '50', min: 1, max: 256 },
  limitPerHost: { label: 'To one host', value: '6', min: 1, max: 256 },
  latency: { label: 'Latency, ms', value: '10', min: 0, max: 2000 },
  spread: { label: 'Its spread, %', value: '80', min: 0, max: 100 },
  download: { label: 'Download, ms', value: '5', min: 0, max: 2000 },
  failures: { label: '503 once, %', value: '2', min: 0, max: 100, step: 'any' },
  losses: { label: '503 always, %', value: '0', min: 0, max: 100, step: 'any' },
};
/** What a trace tells of in a browser: connecting is part of waiting. */
const MARKS = ['queue', 'wait', 'download', 'backoff', 'retry', 'failed'];
const BYTES = 2000;
const RETRY = { limit: 2, backoff: 0.2 };

/**
 * Up to ten thousand requests, drawn while they are made.
 * @type {import('../main.js').Mount}
 */
export function mountWaterfall(stage, network) {
  const given = settingsOf('waterfall');
  const inputs = Object.entries(NUMBERS).map(([name, { label, value, ...range }]) => {
    const input = element('input', {
      type: 'number',
      name,
      required: true,
      ...range,
      value: given?.get(name) ?? value,
    });
    return { name, input, root: field(label, input) };
  });
  const buttons = new RunButtons('Start', null);
  const form = element(
    'form',
    { onsubmit: submit },
    element('div', { class: 'controls' }, ...inputs.map(({ root }) => root)),
    buttons.root,
  );
  const figures = new Figures();
  const told = element('p', { class: 'verdict', role: 'status', 'aria-live': 'polite' }, idle(network));
  const legend = element('ul', { class: 'legend wf-colours' });
  const picture = new Picture(() => [told.textContent, location.href]);
  const table = new TextTable();
  stage.replaceChildren(form, told, figures.root, legend, picture.root, table.root);
  showLegend(legend, MARKS);
  picture.mount();

  function submit(event) {
    event.preventDefault();
    run(Object.fromEntries(inputs.map(({ name, input }) => [name, Number(input.value)])));
  }

  async function run(settings) {
    const signal = buttons.begin();
    keepSettings('waterfall', settings);
    told.textContent = `Asking for ${settings.count.toLocaleString('en')} URLs …`;
    const live = new LiveRows(settings.count, network.now());
    figures.begin();
    picture.show(live);
    table.show(live);
    const began = network.now();
    const stopDrawing = everyFrame((frameAt) => {
      figures.update(live, network.now(), frameAt);
      live.grow(network.now());
      picture.refresh(network.now() - began, frameAt);
    });
    try {
      const answered = await fetchAll(network, settings, live, signal);
      const took = network.now() - began;
      figures.end(live, took);
      told.textContent = outcome(live, { took, answered, frameRate: figures.frameRate, isStopped: signal.aborted });
    } catch (error) {
      told.textContent = error.message; // such as that the page's server is gone
    }
    stopDrawing();
    live.grow(network.now());
    picture.end(network.now() - began);
    table.update();
    buttons.end('Again');
  }
}

/** @returns {Promise<number>} how many came to an end */
async function fetchAll(network, settings, live, signal) {
  const { limit, limitPerHost } = settings;
  const trace = (event) => live.onTrace(event);
  const elsewhere = (await network.origins())?.cors;
  const session = await network.openSession({ limit, limitPerHost, retry: RETRY, trace });
  const onAbort = () => {
    live.stop();
    session.close();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  let answered = 0;
  for await (const _ of signal.aborted ? [] : session.fetchAll(urlsOf(network, settings, elsewhere))) answered++;
  signal.removeEventListener('abort', onAbort);
  await session.close();
  return answered;
}

/** Every other one of a second host, where there is one. @param {string | undefined} elsewhere its origin */
function* urlsOf(network, { download, ...settings }, elsewhere) {
  const run = Math.floor(Math.random() * 1e9);
  for (const [i, answer] of plan(settings).entries()) {
    const url = network.urlOf({ ...answer, bytes: BYTES, time: download || undefined, run });
    yield elsewhere && i % 2 === 1 ? atOrigin(url, elsewhere) : url;
  }
}

function idle({ kind }) {
  return kind === 'http'
    ? 'To two servers in turn. A browser opens six connections to each; whatever is more waits for one of them.'
    : 'On the simulated network, where any number may be at once.';
}

/** @param {(at: number) => void} draw @returns {() => void} ends it */
function everyFrame(draw) {
  let frame = requestAnimationFrame(function next(at) {
    frame = requestAnimationFrame(next);
    draw(at);
  });
  return () => cancelAnimationFrame(frame);
}

function outcome({ rows, counts, retries }, { took, answered, frameRate, isStopped }) {
  const number = (value) => value.toLocaleString('en');
  if (isStopped)
    return `Stopped after ${secondsText(took)}: ${number(counts.done)} of ${number(rows.length)} were done.`;
  const lost = rows.length - answered;
  const failed = counts.failed > 0 ? `, ${number(counts.failed)} failed` : '';
  const again = retries > 0 ? `, ${number(retries)} tried again` : '';
  const frames = Number.isFinite(frameRate) ? ` Drawn ${Math.round(frameRate)} times a second.` : '';
  return `${number(rows.length)} requests in ${secondsText(took)}: ${number(counts.done)} done${failed}${again}, ${number(lost)} lost.${frames}`;
}
