import { setImmediate } from 'node:timers/promises';

/** So much may wait to be written before whoever adds more has to wait. */
export const GROUP_BYTES_MAX = 2 ** 20;

/**
 * Lines that are written together: while one group is on its way to the disk, the next one gathers, so that a slow disk
 * makes groups larger and not the run slower.
 * @template T what each line is of
 */
export class GroupCommit {
  #commit;
  #text = [];
  #items = [];
  #bytes = 0;
  #running = null;
  #failure = null;

  /** @param {(text: string, items: T[]) => Promise<void>} commit */
  constructor(commit) {
    this.#commit = commit;
  }

  /**
   * Throws what went wrong with those before.
   * @param {string} text its lines, each with its end; may be empty
   * @param {T} item
   * @returns {Promise<void> | undefined} something to wait for when too much waits already
   */
  add(text, item) {
    if (this.#failure) throw this.#failure;
    this.#text.push(text);
    this.#items.push(item);
    this.#bytes += text.length;
    this.#running ??= this.#run();
    return this.#bytes > GROUP_BYTES_MAX || this.#items.length > ITEMS_MAX ? this.#running : undefined;
  }

  /** Resolves when all has been committed; rejects when it can't be. */
  async flush() {
    await this.#running;
    if (this.#failure) throw this.#failure;
  }

  async #run() {
    await setImmediate(); // for those of this turn
    try {
      while (this.#items.length > 0) {
        const [text, items] = [this.#text.join(''), this.#items];
        this.#text = [];
        this.#items = [];
        this.#bytes = 0;
        await this.#commit(text, items);
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#running = null;
  }
}

const ITEMS_MAX = 1000; // each may hold a body
