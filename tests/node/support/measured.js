/** Scripts and commands in a process of their own: what they say at their end, and the most memory that they had. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * @param {import('node:test').TestContext} t it is killed when the test ends
 * @param {string} script of a module; `session` is open, its last expression is `said = …`
 * @param {Record<string, string>} env what it finds in process.env
 * @returns {Promise<{ said: any, peak: number }>} `peak`: resident, in bytes
 */
export async function runMeasured(t, script, env) {
  const whole = `
    import { ClientSession } from 'fetchloop';
    let said;
    const session = await ClientSession.open({ timeout: { attempt: Infinity } });
    ${script}
    await session.close();
    console.log(JSON.stringify({ said, peak: process.resourceUsage().maxRSS * 1024 }));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', whole], {
    cwd: FOLDER, // where it finds fetchloop
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  return JSON.parse(await text(child.stdout));
}

const TELL = `import { writeSync } from 'node:fs';
process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS * 1024)));`;

/**
 * @param {import('node:test').TestContext} t it is killed when the test ends
 * @param {string[]} args of the command
 * @returns {Promise<number>} bytes, resident
 */
export async function runMeasuredCommand(t, args) {
  const command = [`--import=data:text/javascript,${encodeURIComponent(TELL)}`, 'build/node/cli.js', ...args];
  const child = spawn(process.execPath, command, { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  return Number(await text(child.stdio[3]));
}
