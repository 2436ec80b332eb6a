import { element } from '../dom.js';

/** A program in C and in Python, with the line that runs marked in both. */
export class Code {
  #c = element('ol', { class: 'code' });
  #python = element('ol', { class: 'code' });
  #program = null;

  constructor() {
    const pane = (title, list) =>
      element(
        'div',
        { class: 'card pane' },
        element('h3', {}, title),
        element(
          'div',
          { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `The program in ${title}` },
          list,
        ),
      );
    this.root = element('div', { class: 'codes' }, pane('C', this.#c), pane('Python', this.#python));
  }

  /** @param {typeof import('./programs.js').PROGRAMS[number]} program */
  show(program) {
    this.#program = program;
    this.#c.replaceChildren(...program.c.map(({ text }) => element('li', {}, element('code', {}, text || ' '))));
    this.#python.replaceChildren(
      ...program.python.map(([text]) => element('li', {}, element('code', {}, text || ' '))),
    );
  }

  /** @param {number} line of the file; one that isn't shown leaves the marks where they are */
  mark(line) {
    const index = this.#program.c.findIndex((shown) => shown.line === line);
    if (index < 0) return;
    markOne(this.#c, index);
    const { text } = this.#program.c[index];
    const same = this.#program.python.findIndex(([, words]) => words && text.includes(words));
    if (same >= 0) markOne(this.#python, same);
  }
}

function markOne(list, index) {
  for (const [i, item] of [...list.children].entries()) {
    if (i === index) item.setAttribute('aria-current', 'true');
    else item.removeAttribute('aria-current');
  }
  const item = list.children[index];
  const box = list.parentElement;
  if (item.offsetTop < box.scrollTop || item.offsetTop > box.scrollTop + box.clientHeight - 40) {
    box.scrollTop = item.offsetTop - box.clientHeight / 2;
  }
}
