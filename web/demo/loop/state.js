import { element, secondsText } from '../dom.js';

/** What stands in the loop: its clock, the ready queue, the timers, the tasks and what each awaits; and what was printed. */
export class LoopState {
  #clock = element('output', {});
  #turn = element('span');
  #ready = element('ul', { class: 'chips' });
  #timers = element('span');
  #due = element('div', { class: 'due' }, element('i'));
  #tasks = element('tbody');
  #printed = element('pre', { tabindex: '0', role: 'region', 'aria-label': 'What the program has printed' });

  constructor() {
    const part = (title, ...content) => element('div', { class: 'part' }, element('h4', {}, title), ...content);
    const heading = (text) => element('th', { scope: 'col' }, text);
    this.root = element(
      'div',
      { class: 'card state' },
      element('p', { class: 'now' }, this.#clock, ' ', this.#turn),
      part('Ready queue: what this turn, or the next, will run', this.#ready),
      part('Timers', this.#timers, this.#due),
      part(
        'Tasks',
        element(
          'div',
          { class: 'scroll' },
          element(
            'table',
            {},
            element('thead', {}, element('tr', {}, ...['Task', 'Stands in', 'Awaits', 'For'].map(heading))),
            this.#tasks,
          ),
        ),
      ),
      part('Printed', this.#printed),
    );
  }

  clear() {
    this.#printed.textContent = '';
    this.show({ now: 0, turn: 0, ready: [], timers: 0, next: -1, tasks: [], text: null });
  }

  /** @param {Pick<import('./lesson.js').Moment, 'now' | 'turn' | 'ready' | 'timers' | 'next' | 'tasks' | 'text'>} moment */
  show({ now, turn, ready, timers, next, tasks, text }) {
    this.#clock.textContent = secondsText(now);
    this.#turn.textContent = turn === 0 ? 'before the first turn' : `turn ${turn}`;
    this.#ready.replaceChildren(
      ...(ready.length ? ready.map((name) => element('li', {}, name)) : [element('li', { class: 'none' }, 'empty')]),
    );
    this.#timers.textContent = timers === 0 ? 'none' : `${timers} pending, the first due at ${secondsText(next)}`;
    this.#due.firstChild.style.width = '0';
    this.#tasks.replaceChildren(
      ...(tasks.length ? tasks.map(rowOf) : [element('tr', {}, element('td', { colspan: '4' }, 'none'))]),
    );
    if (text) this.#printed.textContent += `${text}\n`;
  }

  /** As long as the loop would sleep, to be watched. @param {import('./lesson.js').Moment} moment @param {AbortSignal} signal */
  sleep({ now, next }, signal) {
    const began = performance.now();
    return new Promise((resolve) => {
      const draw = () => {
        const passed = Math.min(performance.now() - began, next - now);
        this.#clock.textContent = secondsText(now + passed);
        this.#due.firstChild.style.width = `${(passed / (next - now)) * 100}%`;
        if (passed < next - now && !signal.aborted) requestAnimationFrame(draw);
        else resolve();
      };
      draw();
    });
  }
}

function rowOf({ name, coroutine, awaits, awaited, since }) {
  const cells = [name, `${coroutine}()`, awaited ? `${awaits} ${awaited}` : awaits, secondsText(since)];
  return element(
    'tr',
    { class: awaits === 'running' ? 'running' : null },
    ...cells.map((text) => element('td', {}, text)),
  );
}
