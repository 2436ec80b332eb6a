import { lstat, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** A folder that files are saved in, by names that others chose: folders are made in it, and no link leads out of it. */
export class Folder {
  #root;
  #made = new Map(); // path -> promise of its being there

  /** @param {string} root */
  constructor(root) {
    this.#root = resolve(root);
    this.#made.set(this.#root, Promise.resolve());
  }

  /** @param {string} name relative, and safe @returns {Promise<string>} its path, whose folders are there */
  async place(name) {
    const path = join(this.#root, name);
    await this.#ensure(dirname(path));
    return path;
  }

  #ensure(folder) {
    if (!this.#made.has(folder)) this.#made.set(folder, this.#make(folder));
    return this.#made.get(folder);
  }

  async #make(folder) {
    await this.#ensure(dirname(folder));
    try {
      await mkdir(folder);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const found = await lstat(folder);
      if (found.isSymbolicLink()) throw Object.assign(error, { code: 'ELOOP' });
      if (!found.isDirectory()) throw Object.assign(error, { code: 'ENOTDIR' });
    }
  }
}
