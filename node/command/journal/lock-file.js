import { rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { printable } from '../../../web/response/errors.js';
import { UsageError } from '../usage-error.js';

/**
 * Let no other run have `path` until the process ends, or `release()`. FILE.lock says who has it: one that was killed is
 * told from one that runs by its process id together with when that process began, as ids are used again.
 * @param {string} path without symbolic links
 * @returns {Promise<() => void>} release
 */
export async function lock(path) {
  const file = `${path}.lock`;
  const own = `${file}.${process.pid}`;
  const me = JSON.stringify({ pid: process.pid, began: await beganAt(process.pid), host: hostname() });
  try {
    await writeFile(own, me, { mode: 0o600 });
    while (!(await linked(own, file))) await removeIfStale(file, own, path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`can't lock ${printable(path)}: ${error.message.split(', ')[0]}`, 1);
  } finally {
    await rm(own, { force: true });
  }
  const release = () => rmSync(file, { force: true });
  process.on('exit', release);
  return () => {
    process.off('exit', release);
    release();
  };
}

/** Makes the file with all that it says, or not at all. */
async function linked(from, to) {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

async function removeIfStale(file, own, path) {
  const holder = await readHolder(file);
  if (holder === null) return; // released meanwhile
  if (await isRunning(holder)) {
    const { pid = '?', host } = holder;
    const elsewhere = host === hostname() ? '' : ` on ${printable(String(host))}: if it has ended, delete that file`;
    throw new UsageError(`${printable(path)} is in use by process ${pid}${elsewhere} (${printable(file)})`);
  }
  // Another run may have found it stale, too, and have its own there by now: what was moved away is looked at again.
  const aside = `${own}.stale`;
  await rename(file, aside).catch(() => {});
  const moved = await readHolder(aside);
  if (moved && (await isRunning(moved))) await linked(aside, file);
  await rm(aside, { force: true });
}

/** @returns {Promise<{ pid?: number, began?: string | null, host?: string } | null>} null: there is none */
async function readHolder(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8')) ?? {};
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    return {}; // someone else's file: not ours to remove
  }
}

async function isRunning({ pid, began, host }) {
  if (host !== hostname() || !Number.isInteger(pid)) return true; // as far as can be known here
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return (await beganAt(pid)) === began;
}

/** When a process began, as a text that no other has; null where that can't be known. */
async function beganAt(pid) {
  try {
    const [boot, stat] = await Promise.all(
      ['/proc/sys/kernel/random/boot_id', `/proc/${pid}/stat`].map((file) => readFile(file, 'utf8')),
    );
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may have anything in it
    return `${boot.trim()} ${fields[19]}`;
  } catch {
    return null;
  }
}
