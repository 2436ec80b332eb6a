/** nginx, one worker on a free loopback port, for as long as a test needs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const TEMP_PATHS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** `daemon off` in the configuration: what is started here is what is stopped here. */
const makeConfig = (listens, locations, http) => `
daemon off;
worker_processes 1;
worker_rlimit_nofile 8192;
pid nginx.pid;
error_log stderr emerg;
events { worker_connections 4096; }
http {
  log_format uri $request_uri;
  access_log requests.log uri;
  default_type text/plain;
  keepalive_requests 1000000000;
  ${TEMP_PATHS.map((name) => `${name}_temp_path ${name};`).join('\n  ')}
  ${http}
  server {
    ${listens.map((listen) => `listen ${listen};`).join('\n    ')}
    root files;
    location / { return 200 "This is $request_uri.\\n"; }
    ${locations}
  }
}
`;

/**
 * @param {{ after: (stop: () => unknown) => void }} t what ends it
 * @param {object} [options]
 * @param {string} [options.locations] nginx configuration, within `server`; without any, each URL answers with its own path
 * @param {Record<string, string | Buffer>} [options.files] what lies under its `root`
 * @param {string} [options.http] the same, within `http`
 * @param {import('./pki.js').Identity} [options.identity] speak TLS, as it
 * @param {boolean} [options.http2] and HTTP/2
 * @param {string[]} [options.addresses] loopback addresses to listen on, all on the one port
 */
export async function startNginx(t, options = {}) {
  const { locations = '', http = '', files = {}, addresses = ['127.0.0.1'], identity, http2 = false } = options;
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-nginx-'));
  await chmod(folder, 0o755); // the worker is nobody
  await mkdir(join(folder, 'files'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, 'files', name), content);
  const port = await freePort();
  const flags = `${identity ? 'ssl ' : ''}${http2 ? 'http2 ' : ''}backlog=1024`;
  const listens = addresses.map((address) => `${address}:${port} ${flags}`);
  const tls = identity ? `ssl_certificate ${identity.paths.cert}; ssl_certificate_key ${identity.paths.key};` : '';
  await writeFile(join(folder, 'nginx.conf'), makeConfig(listens, tls + locations, http));

  const server = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  server.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const ended = once(server, 'exit');
  t.after(async () => {
    server.kill();
    await ended;
    await rm(folder, { recursive: true });
  });
  await untilListening(port, server, () => log);
  return {
    port,
    origin: `${identity ? 'https' : 'http'}://127.0.0.1:${port}`,
    folder,
    /** The paths that were asked for, in the order in which they were answered. */
    requests: async () => (await readFile(join(folder, 'requests.log'), 'utf8')).split('\n').slice(0, -1),
  };
}

/** @param {number} port */
function isListening(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/**
 * @param {number} port
 * @param {import('node:child_process').ChildProcess} server that is to listen there
 * @param {() => string} log what it has said, for when it ends instead
 */
export async function untilListening(port, server, log) {
  while (!(await isListening(port))) {
    if (server.exitCode !== null) throw new Error(`${server.spawnfile} ended with ${server.exitCode}: ${log()}`);
    await sleep(20);
  }
}

/** A port that nothing listens on, for now. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
