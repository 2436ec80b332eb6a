import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** No proxy, no NODE_OPTIONS, no settings of whoever runs the bench. */
const ENV = { PATH: process.env.PATH, HOME: '/nonexistent', LC_ALL: 'C' };

/**
 * Run a command to its end. What it prints goes to files, so that nobody is busy reading while it is being timed.
 * @param {string[]} argv
 * @param {{ folder: string, discard?: boolean, signal?: AbortSignal }} options discard: its stdout is /dev/null
 * @returns {Promise<{ seconds: number, stdout: string, stderr: string }>} from before its start until it is gone
 */
export async function runProcess([command, ...args], { folder, discard = false, signal }) {
  const paths = ['stdout', 'stderr'].map((name) => join(folder, name));
  const files = await Promise.all(paths.map((path) => open(path, 'w')));
  const [out, err] = files.map((file) => file.fd);
  try {
    const startedAt = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', discard ? 'ignore' : out, err], env: ENV, signal });
    const [code, killedBy] = await once(child, 'exit');
    const seconds = (performance.now() - startedAt) / 1000;
    const [stdout, stderr] = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
    if (code !== 0) throw new Error(`${command} ended with ${killedBy ?? code}: ${stderr.slice(-2000)}`);
    return { seconds, stdout, stderr };
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/**
 * What a command says of its version, whatever its exit code (wrk's is 1).
 * @param {string[]} argv
 * @returns {Promise<string | undefined>} undefined when it isn't there
 */
export function askVersion([command, ...args]) {
  return new Promise((resolve) => {
    execFile(command, args, { env: ENV }, (_, stdout, stderr) => resolve((stdout + stderr).match(VERSION)?.[1]));
  });
}

const VERSION = /^\D{0,50}(\d+(?:\.\d+)+)/;
