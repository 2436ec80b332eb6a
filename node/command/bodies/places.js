/** Where a body can go but to a file; each with the methods of a PartFile. */
import { open } from 'node:fs/promises';

/** A device, or a pipe: what is written is gone. */
export class Device {
  #path;
  #handle = null;

  /** @param {string} path */
  constructor(path) {
    this.#path = path;
  }

  async beginNew() {
    this.#handle = await open(this.#path, 'w');
  }

  async write(chunk) {
    await this.#handle.writeFile(chunk);
  }

  async end() {
    await this.#handle.close();
  }

  async leave() {
    await this.#handle?.close();
  }

  remove = this.leave;
}

/** Nowhere: it is only looked at. */
export class Nowhere {
  async beginNew() {}
  async write() {}
  async end() {}
  async leave() {}
  async remove() {}
}

/** Of bodies that wait for stdout so much is held each. */
const HELD_MAX = 1024 * 1024;

/**
 * Stdout, where bodies go one after another and never within each other. One is written when it is whole; one that is large
 * takes its turn when it has shown to be so, and is written as it comes, while those that are small wait.
 */
export class StdoutBody {
  #output;
  #chunks = [];
  #held = 0;
  #release = null;

  /** @param {import('../output.js').Output} output */
  constructor(output) {
    this.#output = output;
  }

  async beginNew() {}

  async write(chunk) {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#release || this.#held > HELD_MAX) await this.#pass();
  }

  async end() {
    await this.#pass();
    this.#release();
  }

  /** What has not been written yet never is. */
  async leave() {
    this.#release?.();
  }

  remove = this.leave;

  async #pass() {
    this.#release ??= await this.#output.takeTurn();
    const chunks = this.#chunks;
    this.#chunks = [];
    for (const chunk of chunks) await this.#output.write(chunk);
  }
}
