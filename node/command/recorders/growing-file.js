import { open } from 'node:fs/promises';
import { cannotWrite } from './cannot-write.js';

/**
 * A file of items between a head and a tail that is whole after each write, so that nothing, not even the end of the
 * process, leaves half of one: each write puts items where the tail stood, and the tail after them.
 */
export class GrowingFile {
  #handle;
  #path;
  #form;
  #failure = null;
  #at; // where the tail stands
  #items = [];
  #isFirst = true;
  #writing = null;

  /**
   * @param {string} path
   * @param {{ option: string, head: string, between: string, tail: string }} form option: which it was given with
   */
  static async create(path, form) {
    try {
      const handle = await open(path, 'w');
      await handle.write(form.head + form.tail, 0);
      return new GrowingFile(handle, path, form);
    } catch (error) {
      throw cannotWrite(form.option, path, error);
    }
  }

  constructor(handle, path, form) {
    this.#handle = handle;
    this.#path = path;
    this.#form = form;
    this.#at = Buffer.byteLength(form.head);
  }

  /** @param {string[]} items @returns {Promise<void> | undefined} something to wait for when the file is behind */
  add(items) {
    if (this.#failure) throw this.#failure;
    this.#items.push(...items);
    this.#writing ??= this.#write();
    return this.#items.length >= ITEMS_HELD ? this.#writing : undefined;
  }

  async close() {
    while (this.#writing) await this.#writing;
    await this.#handle.close();
    if (this.#failure) throw this.#failure;
  }

  async #write() {
    await null; // for the items of this turn
    try {
      while (this.#items.length > 0) await this.#append(this.#items.splice(0));
    } catch (error) {
      this.#failure = cannotWrite(this.#form.option, this.#path, error);
    }
    this.#writing = null;
  }

  async #append(items) {
    const { between, tail } = this.#form;
    const bytes = Buffer.from((this.#isFirst ? '' : between) + items.join(between) + tail);
    this.#isFirst = false;
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#handle.write(bytes, done, bytes.length - done, this.#at + done)).bytesWritten;
    }
    this.#at += bytes.length - Buffer.byteLength(tail);
  }
}

const ITEMS_HELD = 1000;
