/** tinyproxy, squid and microsocks, each on a free loopback port, for as long as a test needs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, untilListening } from './nginx.js';

/**
 * @param {{ after: (stop: () => unknown) => void }} t what ends it
 * @param {{ user?: string, password?: string, connectPort?: number }} [options] whom it lets in; the one port it tunnels to
 */
export function startTinyproxy(t, { user, password, connectPort } = {}) {
  return start(t, 'tinyproxy', (folder, port) => ({
    config: `
Port ${port}
Listen 127.0.0.1
Timeout 60
Allow 127.0.0.1
MaxClients 100
LogFile "${folder}/log"
LogLevel Connect
${user ? `BasicAuth ${user} ${password}` : ''}
${connectPort ? `ConnectPort ${connectPort}` : ''}
`,
    args: (path) => ['-d', '-c', path],
  }));
}

/** @param {{ after: (stop: () => unknown) => void }} t @param {{ identity?: import('./pki.js').Identity }} [options] an https:// proxy */
export function startSquid(t, { identity } = {}) {
  const tls = identity ? `tls-cert=${identity.paths.cert} tls-key=${identity.paths.key}` : '';
  return start(t, 'squid', (folder, port) => ({
    config: `
${identity ? 'https_port' : 'http_port'} 127.0.0.1:${port} ${tls}
acl tunnels method CONNECT
acl secure_port port 443
http_access deny tunnels !secure_port
http_access allow all
access_log stdio:${folder}/log
cache_log ${folder}/cache.log
pid_filename none
coredump_dir ${folder}
cache deny all
netdb_filename none
shutdown_lifetime 0 seconds
max_filedescriptors 1024
`,
    args: (path) => ['-N', '-f', path],
  }));
}

/** SOCKS5. @param {{ after: (stop: () => unknown) => void }} t @param {{ user?: string, password?: string }} [options] */
export function startMicrosocks(t, { user, password } = {}) {
  return start(t, 'microsocks', (_folder, port) => ({
    config: '',
    args: () => ['-i', '127.0.0.1', '-p', String(port), ...(user ? ['-u', user, '-P', password] : [])],
  }));
}

async function start(t, program, describe) {
  const folder = await mkdtemp(join(tmpdir(), `fetchloop-${program}-`));
  await chmod(folder, 0o777); // it gives up being root
  const port = await freePort();
  const { config, args } = describe(folder, port);
  const path = join(folder, 'config');
  await writeFile(path, config);
  const server = spawn(program, args(path), { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (said += chunk));
  const ended = once(server, 'exit');
  t.after(async () => {
    server.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  await untilListening(port, server, () => said);
  return { port, host: `127.0.0.1:${port}`, log: () => readFile(join(folder, 'log'), 'utf8') };
}
