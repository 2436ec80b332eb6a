import { setImmediate } from 'node:timers/promises';
import { styleText } from 'node:util';

/** Stdout for data. Lines are gathered and written together; a reader who goes away ends the command quietly. */
export class Output {
  #lines = [];
  #writing = null; // the promise of writing all that there is
  #closed = new AbortController();
  /** What is drawn on the terminal that this goes to, too. @type {import('./progress/view.js').View | null} */
  screen = null;

  constructor() {
    process.stdout.on('error', (error) => this.#closed.abort(error));
  }

  /** Aborts when nothing can be written any more: its reason is the error, EPIPE when only nobody reads. */
  get closed() {
    return this.#closed.signal;
  }

  /** @returns {Promise<void> | undefined} something to wait for when the reader is behind */
  line(text) {
    this.#lines.push(text);
    this.#writing ??= this.#write();
    return this.#lines.length >= LINES_HELD ? this.#writing : undefined;
  }

  /** Resolves when all has been handed over, or nothing can be any more. */
  async flush() {
    await this.#writing;
  }

  async #write() {
    await setImmediate(); // for the lines of this turn
    while (this.#lines.length > 0 && !this.#closed.signal.aborted) {
      await this.screen?.nextFrame();
      const text = `${this.#lines.join('\n')}\n`;
      this.#lines = [];
      this.screen?.erase();
      await new Promise((resolve) => process.stdout.write(text, resolve));
      this.screen?.redraw();
    }
    this.#writing = null;
  }
}

const LINES_HELD = 1000;

/**
 * Colours where they can be seen: https://no-color.org.
 * @param {NodeJS.WriteStream} stream
 */
export function painter(stream) {
  const colours = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return (style, text) => (colours ? styleText(style, text) : text);
}
