import { open } from 'node:fs/promises';

/** So that a file that was made or renamed there is still there when the power has failed. @param {string} path */
export async function syncFolder(path) {
  const folder = await open(path).catch(() => null); // not possible on Windows
  await folder?.sync().catch(() => {});
  await folder?.close();
}
