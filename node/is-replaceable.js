import { stat } from 'node:fs/promises';

/**
 * Whether a file may be put in the place of what is there: not of a device (/dev/null would be gone for the whole machine),
 * a pipe or a folder.
 * @param {string} path
 * @returns {Promise<boolean>}
 */
export async function isReplaceable(path) {
  const there = await stat(path).catch(() => null);
  return there?.isFile() ?? true;
}
