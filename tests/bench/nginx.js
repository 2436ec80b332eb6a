/**
 * The server of the bench: one nginx worker on a free loopback port, which answers every GET with the same bytes, and one of
 * /large with that file, where its folder has one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const BODY = 'fetchloop '.repeat(8);
const PATIENCE_MS = 5000;

// stub_status counts what has come in, whatever a client says of itself.
const makeConfig = (port) => `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off;
  default_type text/plain;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location / { return 200 '${BODY}'; }
    location = /large { root .; sendfile on; }
    location = /status { stub_status; }
  }
}
`;

/** @param {string} folder for it alone to write in */
export async function startNginx(folder) {
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  await writeFile(config, makeConfig(port));
  const server = spawn('nginx', ['-p', folder, '-c', config, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(server, 'exit').catch(() => {}); // counts() finds out
  const origin = `http://127.0.0.1:${port}`;
  let asked = 0;

  /** Connections accepted and requests served until now, but for those of this very function. */
  async function counts() {
    const [response] = await once(http.get(`${origin}/status`, { agent: false }), 'response');
    const text = (await response.setEncoding('utf8').toArray()).join('');
    asked++;
    const [, accepted, , served] = text.match(/(\d+) (\d+) (\d+)/).map(Number);
    return { connections: accepted - asked, requests: served - asked };
  }

  async function stop() {
    server.kill();
    await ended;
  }

  for (const startedAt = Date.now(); ; await sleep(50)) {
    try {
      await counts();
      return { origin, counts, stop };
    } catch (error) {
      if (Date.now() - startedAt < PATIENCE_MS && server.exitCode === null) continue;
      await stop();
      throw new Error(`nginx did not start: ${error.message}`);
    }
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
