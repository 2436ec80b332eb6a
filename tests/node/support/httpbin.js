/** httpbin, Debian's (python3-httpbin, python3-gunicorn), on a free loopback port: it says what it was sent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * @param {{ after: (stop: () => unknown) => void }} t what ends it
 * @param {{ threads?: number }} [options] `threads`: requests that it answers at once
 * @returns {Promise<{ port: number, origin: string, pid: number }>}
 */
export async function startHttpbin(t, { threads = 64 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-httpbin-'));
  const args = ['-m', 'gunicorn', '-w', '1', '--threads', String(threads), '-b', '127.0.0.1:0'];
  const server = spawn('/usr/bin/python3', [...args, '--worker-tmp-dir', folder, 'httpbin:app'], {
    cwd: folder, // its control files, and nothing of ours that Python might import
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  process.once('exit', () => server.kill('SIGQUIT')); // a test that crashes runs no t.after()
  t.after(async () => {
    server.kill('SIGQUIT'); // at once, connections or not
    await ended;
    await rm(folder, { recursive: true });
  });
  const port = await listeningPort(server);
  return { port, origin: `http://127.0.0.1:${port}`, pid: server.pid };
}

/** As it says itself: a port that were only thought to be free might be taken meanwhile. */
async function listeningPort(server) {
  let log = '';
  server.stderr.setEncoding('utf8');
  for await (const text of server.stderr.iterator({ destroyOnReturn: false })) {
    log += text;
    const port = /Listening at: http:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1];
    if (!port) continue;
    server.stderr.resume(); // or it would stop when the pipe is full
    return Number(port);
  }
  throw new Error(`httpbin ended: ${log}`);
}

/**
 * Send what RequestDefaults.make() made, by node:http: as much of a client as a body needs.
 * @param {import('../../../web/request/request-init.js').MadeRequest} made
 * @returns {Promise<any>} the response's JSON
 */
export async function sendMade({ method, url, headers, body }) {
  const length = body?.length ?? null;
  const framing = !body ? [] : length === null ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(length)];
  const request = http.request(url, {
    method,
    headers: ['Host', new URL(url).host, ...headers, ...framing],
    agent: false,
  });
  const [response] = await Promise.all([
    once(request, 'response').then(([begun]) => begun),
    pipeline(body?.open() ?? [], request),
  ]);
  return response.toArray().then((chunks) => JSON.parse(Buffer.concat(chunks).toString()));
}
