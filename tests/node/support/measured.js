/** A script in a process of its own: what it says at its end, and the most memory that it had. */
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
