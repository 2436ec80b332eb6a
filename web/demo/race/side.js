import { FIVE_SITES } from '../../five-sites.js';
import { element, secondsText } from '../dom.js';

let runs = 0;

/** One of the two programs: its clock, a bar for each site, and what it prints. */
export class Side {
  #clock = element('output', { class: 'clock' }, secondsText(0));
  #doing = element('p', { class: 'doing' }, 'Not started.');
  #printed = element('pre', { role: 'region', tabindex: '0' });
  #bars = new Map();
  #scale;
  #line;
  #lastLine;
  #started = new Map(); // site -> ms since the run began, of those in flight
  /** Milliseconds that the slowest took in the last run. */
  slowest = 0;

  /**
   * @param {string} title
   * @param {string} program the document's name for it, and what it fetches with
   * @param {{ scale: number, line: (site: string) => string, end?: string }} plan scale: milliseconds that a bar of full
   *   width stands for; line: what it prints when a site has answered, and at the end before its seconds
   */
  constructor(title, program, { scale, line, end = '' }) {
    this.#scale = scale;
    this.#line = line;
    this.#lastLine = end;
    this.#printed.setAttribute('aria-label', `What the program prints, ${title.toLowerCase()}`);
    const lanes = Object.keys(FIVE_SITES).map((name) => {
      const bar = element('div', { class: 'bar' });
      const time = element('span', { class: 'figures time' });
      this.#bars.set(name, { bar, time });
      return element('li', {}, element('span', { class: 'name' }, name), element('div', { class: 'track' }, bar), time);
    });
    this.root = element(
      'article',
      { class: 'card side' },
      element('h2', {}, title, ' ', element('small', {}, program)),
      this.#clock,
      this.#doing,
      element('ul', { class: 'lanes' }, ...lanes),
      this.#printed,
    );
  }

  /**
   * @param {import('../network.js').Network} network
   * @param {{ limit: number, factor: number, signal: AbortSignal }} options factor: by how much time is sped up
   * @returns {Promise<number | null>} milliseconds, as if time had not been sped up; null when it was stopped
   */
  async run(network, { limit, factor, signal }) {
    this.#reset();
    const run = ++runs;
    const names = Object.keys(FIVE_SITES);
    const urls = names.map((name) => network.urlOf({ name, latency: FIVE_SITES[name] / factor, run }));
    const nameOf = (url) => names[urls.indexOf(url)];
    let began = 0;
    const since = (time) => Math.max(0, time - began) * factor;
    const session = await network.openSession({
      limit,
      limitPerHost: limit,
      trace: ({ step, time, url }) => step === 'started' && this.#started.set(nameOf(url), since(time)),
    });
    const onAbort = () => session.close();
    signal.addEventListener('abort', onAbort, { once: true });
    began = network.now();
    const stopDrawing = this.#draw(() => since(network.now()));
    for await (const result of signal.aborted ? [] : session.fetchAll(urls)) {
      if (signal.aborted) break;
      this.#arrive(nameOf(result.url), result, since(network.now()));
    }
    const total = since(network.now());
    stopDrawing();
    signal.removeEventListener('abort', onAbort);
    await session.close();
    this.#end(signal.aborted ? null : total);
    return signal.aborted ? null : total;
  }

  #reset() {
    this.#started.clear();
    this.slowest = 0;
    this.#printed.textContent = '';
    for (const { bar, time } of this.#bars.values()) {
      bar.className = 'bar';
      bar.style.width = '0';
      time.textContent = '';
    }
  }

  /** Until the function that it gives is called. */
  #draw(now) {
    let frame = requestAnimationFrame(function draw() {
      frame = requestAnimationFrame(draw);
      update();
    });
    const update = () => {
      const time = now();
      this.#clock.textContent = secondsText(time);
      for (const [name, startedAt] of this.#started) this.#place(name, startedAt, time);
      const waiting = [...this.#started.keys()];
      this.#doing.textContent =
        waiting.length === 1 ? `Waiting for ${waiting[0]}.` : `Waiting for ${waiting.length} at once.`;
    };
    return () => cancelAnimationFrame(frame);
  }

  #place(name, from, to) {
    const { bar, time } = this.#bars.get(name);
    bar.classList.add('waiting');
    bar.style.left = `${(from / this.#scale) * 100}%`;
    bar.style.width = `${((to - from) / this.#scale) * 100}%`;
    time.textContent = secondsText(to - from);
  }

  #arrive(name, { status, error }, now) {
    const startedAt = this.#started.get(name) ?? now;
    this.#place(name, startedAt, now);
    this.#started.delete(name);
    this.slowest = Math.max(this.slowest, now - startedAt);
    this.#bars.get(name).bar.className = error ? 'bar failed' : 'bar done';
    this.#print(this.#line(`https://www.${name}/ / ${error ? error.message : status}`));
  }

  #end(total) {
    this.#doing.textContent = total === null ? 'Stopped.' : 'All have answered.';
    if (total === null) return;
    this.#clock.textContent = secondsText(total);
    this.#print(this.#lastLine + Number((total / 1000).toFixed(4))); // as exact as a page's clock is
  }

  #print(line) {
    this.#printed.textContent += `${line}\n`;
  }
}
