import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** Where names differ by more than their case. */
const isCaseless = ['darwin', 'win32'].includes(process.platform);

/** A path, the same for all that are the same file. @param {string} path */
export function folded(path) {
  return isCaseless ? path.normalize('NFC').toLowerCase() : path;
}

/** What was in each folder when the run began: asked for once, and not for each file. */
export class Listing {
  #folders = new Map(); // path -> promise of names

  /** @param {string} path @returns {Promise<boolean>} */
  async has(path) {
    const folder = dirname(path);
    if (!this.#folders.has(folder)) this.#folders.set(folder, namesIn(folder));
    return (await this.#folders.get(folder)).has(folded(basename(path)));
  }
}

async function namesIn(folder) {
  const names = await readdir(folder).catch(() => []); // what is wrong with it shows when a file is opened
  return new Set(names.map(folded));
}
