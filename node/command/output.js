import { setImmediate } from 'node:timers/promises';
import { styleText } from 'node:util';

/** Stdout for data. What comes in small pieces is written together; a reader who goes away ends the command quietly. */
export class Output {
  #pieces = [];
  #held = 0; // bytes of them, about
  #turn = Promise.resolve();
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
    return this.write(`${text}\n`);
  }

  /** @param {string | Uint8Array} piece is kept @returns {Promise<void> | undefined} likewise */
  write(piece) {
    this.#pieces.push(piece);
    this.#held += piece.length;
    this.#writing ??= this.#write();
    return this.#held >= HELD_MAX ? this.#writing : undefined;
  }

  /**
   * Wait until nobody else writes something long, and then be the one who does.
   * @returns {Promise<() => void>} to be called when it is written
   */
  async takeTurn() {
    const before = this.#turn;
    let release;
    this.#turn = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }

  /** Resolves when all has been handed over, or nothing can be any more. */
  async flush() {
    await this.#writing;
  }

  async #write() {
    await setImmediate(); // for the lines of this turn
    while (this.#pieces.length > 0 && !this.#closed.signal.aborted) {
      await this.screen?.nextFrame();
      const pieces = this.#pieces;
      this.#pieces = [];
      this.#held = 0;
      this.screen?.erase();
      await new Promise((resolve) => process.stdout.write(joined(pieces), resolve));
      this.screen?.redraw();
    }
    this.#writing = null;
  }
}

const HELD_MAX = 256 * 1024;

/** @param {(string | Uint8Array)[]} pieces */
function joined(pieces) {
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}

/**
 * Colours where they can be seen: https://no-color.org.
 * @param {NodeJS.WriteStream} stream
 */
export function painter(stream) {
  const colours = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return (style, text) => (colours ? styleText(style, text) : text);
}
