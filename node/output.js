import { styleText } from 'node:util';

/** Stdout for data. Lines are gathered and written together; a reader who goes away ends the command quietly. */
export class Output {
  #lines = [];
  #flushing = null;
  #closed = new AbortController();

  constructor() {
    process.stdout.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error;
      this.#closed.abort();
    });
  }

  /** Aborts when nobody reads any more. */
  get closed() {
    return this.#closed.signal;
  }

  /** @returns {Promise<void> | undefined} something to wait for when the reader is behind */
  line(text) {
    this.#lines.push(text);
    if (this.#lines.length === 1)
      this.#flushing = new Promise((resolve) => setImmediate(() => this.flush().then(resolve)));
    return this.#lines.length >= LINES_HELD ? this.#flushing : undefined;
  }

  async flush() {
    if (this.#lines.length === 0 || this.#closed.signal.aborted) return;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    await new Promise((resolve) => process.stdout.write(text, () => resolve()));
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
