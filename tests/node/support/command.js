/** The command, as a shell would run it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../../build/node/cli.js', import.meta.url));

/** Long after any test has ended; a command that hangs is told from one that is slow by this alone. */
const PATIENCE_MS = 30_000;

/**
 * Start it, and watch. It is killed when the test ends.
 * @param {import('node:test').TestContext} t
 * @param {Parameters<typeof start>[0]} args
 * @param {Parameters<typeof start>[1]} [options]
 */
export function startCommand(t, args, options) {
  const command = start(args, options);
  t.after(() => command.child.kill('SIGKILL'));
  return command;
}

/**
 * Without `input` stdin is empty; `input: null` leaves stdin open, to be written by the test.
 * @param {string[]} args
 * @param {{ input?: string | Buffer | null, env?: object, cwd?: string, program?: string[] }} [options] `program`: in place
 *   of node and the command, such as a script of the module's own
 */
function start(args, { input = '', env, cwd, program = [process.execPath, CLI] } = {}) {
  const [file, ...before] = program;
  const child = spawn(file, [...before, ...args], {
    cwd,
    env: { ...process.env, ...env },
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
    });
  }
  child.stdin.on('error', () => {}); // it may have ended before it has read all
  if (input !== null) child.stdin.end(input);
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }));
  return {
    child,
    ended,
    /** Wait until it has said so. */
    async until(name, pattern) {
      while (!pattern.test(output[name])) {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`ended without ${pattern} on ${name}: ${JSON.stringify(await ended)}`);
        }
        await Promise.race([once(child[name], 'data'), ended]);
      }
      return output[name];
    },
  };
}

/** Run it to its end. @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>} */
export function runCommand(args, options) {
  return start(args, options).ended;
}

/** The same within a shell's command line, where `fetchloop` is a word for it. */
export function runShell(line, options) {
  const script = `fetchloop() { "${process.execPath}" "${CLI}" "$@"; }; ${line}`;
  return runCommand([], { ...options, program: ['bash', '-c', script] });
}

/** The objects of NDJSON. Throws where a line is not whole. */
export function records(stdout) {
  if (stdout === '') return [];
  if (!stdout.endsWith('\n')) throw new Error(`the last line is not whole: …${stdout.slice(-200)}`);
  return stdout
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** What a process uses, in bytes: `VmRSS` now, `VmHWM` at most until now. */
export async function memoryOf(pid, field) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(status.match(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm'))[1]) * 1024;
}
