/** What npm packs, and an empty folder that it is installed in. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** @param {string} folder to put it in @returns {Promise<{ tarball: string, files: string[] }>} */
export async function pack(folder) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd: root });
  const [{ filename, files }] = Object.values(JSON.parse(stdout));
  return { tarball: join(folder, filename), files: files.map(({ path }) => path) };
}

/**
 * A folder with nothing in it but the package and what that depends on.
 * @param {{ after: (remove: () => unknown) => void }} t what removes it
 */
export async function installPacked(t) {
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-app-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { tarball } = await pack(folder);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: folder });
  return folder;
}
