/** nghttpd, the reference server of HTTP/2, on a free loopback port. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, untilListening } from './nginx.js';

/**
 * @param {{ after: (stop: () => unknown) => void }} t what ends it
 * @param {import('./pki.js').Identity} identity
 * @param {{ files?: Record<string, string | Buffer>, args?: string[] }} [options]
 */
export async function startNghttpd(t, identity, { files = {}, args = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-nghttpd-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const port = await freePort();
  const { key, cert } = identity.paths;
  const server = spawn('nghttpd', ['-v', '-a', '127.0.0.1', '-d', folder, ...args, String(port), key, cert]);
  let log = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (log += chunk));
  const ended = once(server, 'exit');
  t.after(async () => {
    server.kill();
    await ended;
    await rm(folder, { recursive: true });
  });
  await untilListening(port, server, () => log);
  // What it has seen, frame by frame, without its colours.
  const seen = () => log.replace(/\u001b\[[\d;]*m/g, '');
  return { port, origin: `https://127.0.0.1:${port}`, log: seen };
}
