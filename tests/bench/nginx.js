/** The server of the bench: one nginx worker on a free loopback port that answers every GET with the same bytes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const BODY = 'fetchloop '.repeat(8);

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
    location = /status { stub_status; }
  }
}
`;

/** @param {string} folder where it may write */
export async function startNginx(folder) {
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  await writeFile(config, makeConfig(port));
  const server = spawn('nginx', ['-p', folder, '-c', config, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.on('data', (chunk) => {
    log += chunk;
  });
  let over = null;
  const ended = once(server, 'exit').then(
    () => {
      over = `nginx has ended: ${log}`;
    },
    (error) => {
      over = error.message;
    },
  );

  const origin = `http://127.0.0.1:${port}`;
  /** Connections accepted and requests served until now, but for those of this very function. */
  let asked = 0;
  const counts = async () => {
    const [, accepts, , requests] = (await get(`${origin}/status`)).match(/(\d+) (\d+) (\d+)/).map(Number);
    asked++;
    return { connections: accepts - asked, requests: requests - asked };
  };
  for (let patience = 100; ; patience--) {
    if (over) throw new Error(over);
    const answer = await counts().catch((error) => error);
    if (!(answer instanceof Error)) break;
    if (patience === 0) throw answer;
    await sleep(50);
  }
  const stop = () => {
    server.kill();
    return ended;
  };
  return { origin, counts, stop };
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function get(url) {
  const [response] = await once(http.get(url, { agent: false }), 'response');
  return (await response.setEncoding('utf8').toArray()).join('');
}
