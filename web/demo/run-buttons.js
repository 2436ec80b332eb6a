import { element } from './dom.js';

/** What starts a run and what stops it: one of them can be pressed at a time, and the focus goes along to that. */
export class RunButtons {
  #start;
  #stop = element('button', { type: 'button', disabled: true, onclick: () => this.#stopping.abort() }, 'Stop');
  #stopping = new AbortController();

  /** @param {string} label @param {(() => unknown) | null} onStart null: it submits its form @param {...Node} others beside them */
  constructor(label, onStart, ...others) {
    const attributes = { class: 'primary', type: onStart ? 'button' : 'submit', onclick: onStart };
    this.#start = element('button', attributes, label);
    this.root = element('div', { class: 'buttons' }, this.#start, this.#stop, ...others);
  }

  /** @returns {AbortSignal} aborted when Stop is pressed */
  begin() {
    this.#stopping = new AbortController();
    enableInstead(this.#start, this.#stop);
    return this.#stopping.signal;
  }

  /** @param {string} [label] for the next run */
  end(label = this.#start.textContent) {
    this.#start.textContent = label;
    enableInstead(this.#stop, this.#start);
  }
}

/** A button that is disabled loses the focus, and who uses the keyboard his place. */
function enableInstead(pressed, other) {
  const hasFocus = document.activeElement === pressed;
  other.disabled = false;
  if (hasFocus) other.focus();
  pressed.disabled = true;
}
