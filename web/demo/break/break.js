import { element, secondsText } from '../dom.js';
import { Dots } from './dots.js';

const COUNT = 3000;
const ANSWER = { latency: 10, bytes: 500 };

/**
 * 3,000 requests at once: by fetch() and Promise.all, and by fetchloop.
 * @type {import('../main.js').Mount}
 */
export function mountBreak(stage, network) {
  const start = element(
    'button',
    { class: 'primary', type: 'button', onclick: run },
    `Ask for ${COUNT.toLocaleString('en')} URLs, twice`,
  );
  const sides = [
    network.kind === 'http' && new Side('fetch() and Promise.all', FETCH_CODE, askByFetch),
    new Side('fetchloop', FETCHLOOP_CODE, askByFetchloop),
  ].filter(Boolean);
  const verdict = element('div', { class: 'verdict', role: 'status', 'aria-live': 'polite' });
  stage.replaceChildren(
    element('div', { class: 'controls' }, start),
    network.kind === 'http'
      ? ''
      : element('p', {}, 'Only fetchloop’s side here: fetch() needs a server. `npx fetchloop demo` has one.'),
    element('div', { class: 'pair' }, ...sides.map(({ root }) => root)),
    verdict,
  );

  async function run() {
    start.disabled = true;
    verdict.replaceChildren();
    const lost = [];
    for (const side of sides) lost.push(await side.run(network)); // one after the other: neither is in the other's way
    verdict.replaceChildren(element('p', {}, lost.length > 1 ? verdictOf(lost) : ''));
    start.disabled = false;
  }
}

const FETCH_CODE = 'await Promise.all(urls.map((url) => fetch(url)));';
const FETCHLOOP_CODE = 'for await (const result of session.fetchAll(urls)) …';

function verdictOf([byFetch, byLoop]) {
  const kept = `fetchloop lost ${byLoop}: it hands the browser no more at a time than the browser takes, and keeps the others in its own queue.`;
  return byFetch > 0
    ? `Promise.all lost ${byFetch} of ${COUNT}: this browser refuses what exceeds the memory that it gives to waiting requests (ERR_INSUFFICIENT_RESOURCES). ${kept}`
    : `This browser queued all ${COUNT}; Chrome and Edge refuse about half of them. ${kept}`;
}

class Side {
  #ask;
  #dots;
  #figures = element('p', { class: 'figures' }, 'Not started.');

  constructor(title, code, ask) {
    this.#ask = ask;
    this.#dots = new Dots(COUNT, `${title}: a dot for each of ${COUNT} requests`);
    const card = { class: 'card' };
    this.root = element(
      'article',
      card,
      element('h3', {}, title),
      element('pre', { tabindex: '0' }, code),
      this.#dots.root,
      this.#figures,
    );
  }

  /** @returns {Promise<number>} how many were lost */
  async run(network) {
    this.#dots.reset();
    const counts = { done: 0, lost: 0 };
    const began = network.now();
    const run = Math.floor(Math.random() * 1e9);
    const urls = Array.from({ length: COUNT }, (_, i) => network.urlOf({ ...ANSWER, name: String(i), run }));
    const tell = (index, state) => {
      counts[state]++;
      this.#dots.set(index, state);
      this.#figures.textContent = `${counts.done} answered, ${counts.lost} lost, ${secondsText(network.now() - began, 1)}`;
    };
    await this.#ask(network, urls, tell);
    return counts.lost;
  }
}

async function askByFetch(_network, urls, tell) {
  const ask = async (url, index) => {
    try {
      await (await fetch(url)).arrayBuffer();
      tell(index, 'done');
    } catch {
      tell(index, 'lost');
    }
  };
  await Promise.all(urls.map(ask));
}

async function askByFetchloop(network, urls, tell) {
  const session = await network.openSession();
  for await (const { index, error } of session.fetchAll(urls)) tell(index, error ? 'lost' : 'done');
  await session.close();
}
