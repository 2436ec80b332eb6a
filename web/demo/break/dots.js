import { element } from '../dom.js';

const COLUMNS = 75;
const COLOURS = { waiting: '--queued', done: '--download', lost: '--failed' };

/** A dot for each request, in the colour of its state; drawn once a frame. */
export class Dots {
  #states;
  #drawn = false;
  /** @type {HTMLCanvasElement} */
  root;

  /** @param {number} count @param {string} label */
  constructor(count, label) {
    this.#states = new Array(count).fill('waiting');
    this.root = element('canvas', { class: 'dots', role: 'img', 'aria-label': label });
    new ResizeObserver(() => this.#drawSoon()).observe(this.root);
    addEventListener('themechange', () => this.#drawSoon());
  }

  /** @param {number} index @param {'waiting' | 'done' | 'lost'} state */
  set(index, state) {
    this.#states[index] = state;
    this.#drawSoon();
  }

  reset() {
    this.#states.fill('waiting');
    this.#drawSoon();
  }

  #drawSoon() {
    if (this.#drawn) return;
    this.#drawn = true;
    requestAnimationFrame(() => {
      this.#drawn = false;
      this.#draw();
    });
  }

  #draw() {
    const { clientWidth } = this.root;
    const size = (clientWidth / COLUMNS) * devicePixelRatio;
    const rows = Math.ceil(this.#states.length / COLUMNS);
    this.root.width = clientWidth * devicePixelRatio;
    this.root.height = rows * size;
    const context = this.root.getContext('2d');
    const style = getComputedStyle(this.root);
    for (const [state, name] of Object.entries(COLOURS)) {
      context.fillStyle = style.getPropertyValue(name);
      for (let i = 0; i < this.#states.length; i++) {
        if (this.#states[i] !== state) continue;
        const [x, y] = [(i % COLUMNS) * size, Math.floor(i / COLUMNS) * size];
        // Lost ones are told by their shape, too.
        if (state === 'lost') context.fillRect(x, y + size * 0.35, size * 0.9, size * 0.3);
        else context.fillRect(x + size * 0.1, y + size * 0.1, size * 0.75, size * 0.75);
      }
    }
  }
}
