import { readFileSync } from 'node:fs';
import widthOf from 'fast-string-truncated-width';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const ERASE_LINE = '\x1b[2K';
const ERASE_REST = '\x1b[K';
const ERASE_BELOW = '\x1b[J';

/**
 * The last lines of a terminal, drawn again and again. Whatever else is written there is written while they are erased.
 * They are gone, and the cursor is back, whenever the process stops or ends, however it does.
 */
export class Screen {
  #stream;
  #onWake;
  #lines = []; // those that are drawn now
  #columns = 0; // of the terminal, then
  #isHidden = false; // the cursor
  #isOpen = true;
  #handlers;

  /**
   * @param {NodeJS.WriteStream & import('node:tty').WriteStream} stream
   * @param {() => void} onWake it is to be drawn anew: the window has another size, or the process goes on
   */
  constructor(stream, onWake) {
    this.#stream = stream;
    this.#onWake = () => queueMicrotask(() => this.#isOpen && onWake()); // not amid what found the window changed
    this.#handlers = {
      exit: () => this.erase(true),
      uncaughtExceptionMonitor: () => this.erase(true), // before the stack is printed
      SIGTSTP: () => this.#stop('SIGSTOP'),
      SIGQUIT: () => this.#stop('SIGQUIT'),
      SIGCONT: () => this.#onWake(),
    };
    for (const [name, handler] of Object.entries(this.#handlers)) process.on(name, handler);
    stream.on('resize', this.#onWake);
  }

  /** Asked of the terminal itself: what the stream remembers may be of before. Nothing public of Node's does that. */
  get size() {
    /** @type {any} */ (this.#stream)._refreshSize?.();
    const { columns, rows } = this.#stream;
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
    const { columns } = this.size;
    // Over what is there, so that nothing flickers. What a narrower window has wrapped would be joined by a wider one.
    const back = columns === this.#columns ? this.#up() : this.#erased();
    const text = lines.map((line) => line + ERASE_REST).join('\n');
    this.#stream.write(`${cursor}${back}${text}${ERASE_BELOW}`);
    this.#lines = lines;
    this.#columns = columns;
  }

  /** @param {boolean} [cursor] show it, too */
  erase(cursor = false) {
    const back = this.#lines.length > 0 ? this.#erased() : '';
    const show = cursor && this.#isHidden ? SHOW_CURSOR : '';
    if (back || show) this.#stream.write(back + show);
    if (cursor) this.#isHidden = false;
    this.#lines = [];
  }

  /** To where the lines begin. */
  #up() {
    const height = this.#heightNow();
    return height > 1 ? `\r\x1b[${height - 1}A` : '\r';
  }

  /** There, and line by line: terminals keep what is erased from their first line on among what has scrolled away. */
  #erased() {
    return `\r${ERASE_LINE}${`\x1b[A${ERASE_LINE}`.repeat(this.#heightNow() - 1)}`;
  }

  /** A terminal that has become narrower has wrapped the lines. */
  #heightNow() {
    const { columns, rows } = this.size;
    const height = this.#lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line).width / columns)), 0);
    return Math.max(1, Math.min(height, rows));
  }

  #stop(signal) {
    this.erase(true);
    if (signal === 'SIGQUIT') process.off(signal, this.#handlers[signal]);
    process.kill(process.pid, signal);
  }

  close() {
    this.#isOpen = false;
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
