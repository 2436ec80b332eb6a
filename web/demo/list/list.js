import { atOrigin } from '../answers.js';
import { element, field, secondsText } from '../dom.js';
import { RunButtons } from '../run-buttons.js';
import { keepSettings, settingsOf } from '../settings.js';
import { explain } from './explain.js';
import { ResultTable } from './table.js';

const NUMBERS = {
  limit: { label: 'At once', value: '50', min: 1, max: 256 },
  limitPerHost: { label: 'Of these to one host', value: '6', min: 1, max: 256 },
  timeout: { label: 'Seconds an attempt', value: '30', min: 0.1, step: 'any' },
  retries: { label: 'Retries', value: '2', min: 0, max: 20 },
  rate: {
    label: 'Rate, such as 10/s',
    type: 'text',
    value: '',
    placeholder: 'none',
    pattern: '\\d+(\\.\\d+)?/\\d*[smhd]',
  },
};

/**
 * A list of the reader's own.
 * @type {import('../main.js').Mount}
 */
export function mountList(stage, network) {
  const given = settingsOf('list');
  const urls = element('textarea', {
    rows: 8,
    spellcheck: 'false',
    placeholder: 'https://example.com/\nhttps://example.org/',
    class: 'urls',
  });
  urls.value = given?.get('urls') ?? '';
  const inputs = Object.entries(NUMBERS).map(([name, { label, value, type = 'number', ...attributes }]) => {
    const input = element('input', { type, name, ...attributes, value: given?.get(name) ?? value });
    return { name, input, root: field(label, input) };
  });
  const sample = element('button', { type: 'button', onclick: fill }, 'Some of every kind');
  const buttons = new RunButtons('Fetch', null, sample);
  const told = element('p', { role: 'status', 'aria-live': 'polite' });
  const table = new ResultTable();
  const form = element(
    'form',
    { onsubmit },
    field('URLs, one a line', urls),
    element('div', { class: 'controls' }, ...inputs.map(({ root }) => root), buttons.root),
  );
  stage.replaceChildren(form, told, table.root);

  function onsubmit(event) {
    event.preventDefault();
    run();
  }

  async function fill() {
    urls.value = (await samples(network)).join('\n');
  }

  async function run() {
    const list = urls.value
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line && !line.startsWith('#'));
    const settings = Object.fromEntries(inputs.map(({ name, input }) => [name, input.value]));
    keepSettings('list', { ...changed(settings), urls: list.length <= 50 ? list.join('\n') : undefined });
    if (list.length === 0) {
      told.textContent = 'No URLs yet: paste some, or press “Some of every kind”.';
      return urls.focus();
    }
    const signal = buttons.begin();
    table.clear();
    try {
      await fetchList(network, list, settings, { table, told, signal });
    } catch (error) {
      told.textContent = error.message; // what an option may not be
    }
    buttons.end();
  }
}

/** Only what isn't as it is without being said. */
function changed(settings) {
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => value !== NUMBERS[name].value));
}

async function fetchList(network, list, settings, { table, told, signal }) {
  const session = await network.openSession({
    limit: Number(settings.limit),
    limitPerHost: Number(settings.limitPerHost),
    timeout: { attempt: Number(settings.timeout) },
    retry: Number(settings.retries),
    ...(settings.rate && { ratePerHost: settings.rate }),
  });
  const onAbort = () => session.close();
  signal.addEventListener('abort', onAbort, { once: true });
  const began = network.now();
  let [done, failed] = [0, 0];
  const explained = []; // beside the others: it may take its time
  for await (const result of signal.aborted ? [] : session.fetchAll(list)) {
    done++;
    if (result.error) failed++;
    const type = result.response?.headers.get('content-type') ?? null;
    const row = { ...result, type, why: result.error?.message ?? '' };
    table.add(row);
    if (result.error) explained.push(explain(result).then((why) => table.change(row, { why })));
    told.textContent = `${done} of ${list.length} in ${secondsText(network.now() - began)}, ${failed} failed.`;
  }
  signal.removeEventListener('abort', onAbort);
  await session.close();
  await Promise.all(explained);
  if (signal.aborted) told.textContent += ' Stopped.';
}

/** Answers of every kind that a list may meet. */
async function samples(network) {
  const origins = await network.origins();
  const abroad = (origin, answer) => atOrigin(network.urlOf(answer), origin);
  const run = Math.floor(Math.random() * 1e6); // what is bad once is so again for who presses again
  return [
    network.urlOf({ name: 'quick', latency: 40, bytes: 900 }),
    network.urlOf({ name: 'slow', latency: 1800, bytes: 5000 }),
    network.urlOf({ name: 'large', latency: 80, bytes: 3_000_000, time: 600 }),
    network.urlOf({ name: 'missing', latency: 60, status: 404 }),
    network.urlOf({ name: 'busy-once', latency: 60, status: 503, retryAfter: 1, once: true, run }),
    network.urlOf({ name: 'breaks-once', latency: 60, reset: true, once: true, run }),
    network.urlOf({ name: 'broken', latency: 60, status: 500 }),
    ...(origins
      ? [
          abroad(origins.cors, { name: 'abroad-allowed', latency: 90 }),
          abroad(origins.noCors, { name: 'abroad-refused', latency: 90 }),
        ]
      : []),
    'http://127.0.0.1:64999/nobody-there',
    'ftp://example.com/only-http',
  ];
}
