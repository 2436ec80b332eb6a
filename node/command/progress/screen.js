import { readFileSync } from 'node:fs';
import widthOf from 'fast-string-truncated-width';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const ERASE_BELOW = '\x1b[J';

/**
 * The last lines of a terminal, drawn again and again. Whatever else is written there is written while they are erased.
 * They are gone, and the cursor is back, whenever the process stops or ends, however it does.
 */
export class Screen {
  #stream;
  #onWake;
  #lines = []; // those that are drawn now
  #isHidden = false; // the cursor
  #handlers;

  /**
   * @param {NodeJS.WriteStream & import('node:tty').WriteStream} stream
   * @param {() => void} onWake it is to be drawn anew: the window has another size, or the process goes on
   */
  constructor(stream, onWake) {
    this.#stream = stream;
    this.#onWake = onWake;
    this.#handlers = {
      exit: () => this.erase(true),
      SIGTSTP: () => this.#stop('SIGSTOP'),
      SIGQUIT: () => this.#stop('SIGQUIT'),
      SIGCONT: () => this.#onWake(),
    };
    for (const [name, handler] of Object.entries(this.#handlers)) process.on(name, handler);
    stream.on('resize', onWake);
  }

  /** Asked of the terminal itself: what the stream remembers may be of before. */
  get size() {
    const [columns = 80, rows = 24] = this.#stream.getWindowSize?.() ?? [];
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** @param {string[]} lines each narrower than the terminal, all together lower */
  draw(lines) {
    if (isInBackground()) {
      this.#lines = [];
      return;
    }
    const cursor = this.#isHidden ? '' : HIDE_CURSOR;
    this.#isHidden = true;
    this.#stream.write(`${cursor}${this.#back()}${lines.map((line) => `${line}\x1b[K`).join('\n')}${ERASE_BELOW}`);
    this.#lines = lines;
  }

  /** @param {boolean} [cursor] show it, too */
  erase(cursor = false) {
    const back = this.#lines.length > 0 ? this.#back() + ERASE_BELOW : '';
    const show = cursor && this.#isHidden ? SHOW_CURSOR : '';
    if (back || show) this.#stream.write(back + show);
    if (cursor) this.#isHidden = false;
    this.#lines = [];
  }

  /** To where the lines begin. A terminal that has become narrower has wrapped them. */
  #back() {
    if (this.#lines.length === 0) return '\r';
    const { columns, rows } = this.size;
    const height = this.#lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line).width / columns)), 0);
    const up = Math.min(height, rows) - 1;
    return up > 0 ? `\r\x1b[${up}A` : '\r';
  }

  #stop(signal) {
    this.erase(true);
    if (signal === 'SIGQUIT') process.off(signal, this.#handlers[signal]);
    process.kill(process.pid, signal);
  }

  close() {
    this.erase(true);
    for (const [name, handler] of Object.entries(this.#handlers)) process.off(name, handler);
    this.#stream.off('resize', this.#onWake);
  }
}

/** The terminal is then another program's to write on. Known on Linux; elsewhere it is taken to be ours. */
function isInBackground() {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return foreground !== '-1' && group !== foreground;
  } catch {
    return false;
  }
}
