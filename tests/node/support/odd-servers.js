/** Servers that do what nginx never would, on free loopback ports. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

/** @typedef {{ after: (stop: () => unknown) => void }} Ender a test, or { after } of node:test for all of a file's tests */

/** @param {Ender} t @param {net.Server} server */
async function listen(t, server) {
  const sockets = new Set();
  const closed = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      closed.add(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address();
  const onConnection = (listener) => server.on('connection', listener);
  return { port, origin: `http://127.0.0.1:${port}`, sockets, closed, onConnection };
}

/** A server of HTTP. @param {Ender} t @param {http.RequestListener} answer */
export function startHttp(t, answer) {
  return listen(t, http.createServer(answer));
}

/** The same over TLS. @param {Ender} t @param {{ key: Buffer, cert: Buffer }} identity @param {http.RequestListener} answer */
export async function startHttps(t, identity, answer) {
  const server = await listen(t, https.createServer(identity, answer));
  return { ...server, origin: `https://127.0.0.1:${server.port}` };
}

/**
 * A server of bytes: `answer` gets each request's path, once its head has come, and the socket to answer on.
 * @param {Ender} t
 * @param {(socket: net.Socket, path: string, head: string) => void} answer
 */
export function startRaw(t, answer) {
  const server = net.createServer((socket) => {
    let text = '';
    socket.on('error', () => {}); // clients leave
    socket.on('data', (chunk) => {
      text += chunk.latin1Slice();
      const heads = text.split('\r\n\r\n');
      text = heads.pop();
      for (const head of heads) answer(socket, head.split(' ')[1], head);
    });
  });
  return listen(t, server);
}

/** The same answer to everybody, byte for byte; then the connection is closed, unless `open`. @param {Ender} t */
export function startFixed(t, bytes, { open = false } = {}) {
  return startRaw(t, (socket) => (open ? socket.write(bytes, 'latin1') : socket.end(bytes, 'latin1')));
}

/** Accepts, and says nothing. @param {Ender} t */
export function startMute(t) {
  return listen(
    t,
    net.createServer((socket) => socket.on('error', () => {}).resume()),
  );
}

/**
 * Answers after `latency` milliseconds and counts: `peak` is how many requests it had at once, `paths` what they asked for
 * in their order, `gone` how many were given up before they were answered.
 * @param {Ender} t
 */
export async function startCounting(t, { latency = 0 } = {}) {
  const counts = { now: 0, peak: 0, paths: [], gone: 0 };
  const server = await startHttp(t, (request, response) => {
    counts.paths.push(request.url);
    counts.peak = Math.max(counts.peak, ++counts.now);
    const timer = setTimeout(() => response.end(`This is ${request.url}.\n`), latency);
    response.on('close', () => {
      counts.now--;
      clearTimeout(timer);
      if (!response.writableFinished) counts.gone++;
    });
  });
  return { ...server, counts };
}
