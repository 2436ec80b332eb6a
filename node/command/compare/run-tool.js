import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { printable } from '../../../web/response/errors.js';

/**
 * @typedef {object} Outcome
 * @property {number} seconds from its start as a process to its end
 * @property {number} failed
 * @property {string} [problem] it did not get to its end
 */

/**
 * @param {import('./tools.js').Tool} tool
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
export async function runTool({ program, args, failuresOf }, signal) {
  const began = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
    });
  }
  const failure = once(child, 'error').then(([error]) => ({
    seconds: 0,
    failed: 0,
    problem: printable(error.message),
  }));
  const end = once(child, 'close').then(() => {
    const seconds = (performance.now() - began) / 1000;
    const failed = failuresOf(output.stdout);
    if (output.stdout !== '' && Number.isInteger(failed)) return { seconds, failed };
    return { seconds, failed: 0, problem: printable(output.stderr.trim().split('\n').at(-1) || 'it said nothing') };
  });
  return Promise.race([failure, end]);
}
