/** Servers that do what nginx never would, on free loopback ports. */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

/** @param {net.Server} server @param {Record<string, any>} [more] what else the caller gets */
async function listen(server, more = {}) {
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    /** Connections that stand. */
    get connections() {
      return sockets.size;
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
    ...more,
  };
}

/** A server of HTTP. @param {http.RequestListener} answer */
export function startHttp(answer) {
  return listen(http.createServer(answer));
}

/**
 * A server of bytes: `answer` gets each request's path, once its head has come, and the socket to answer on.
 * @param {(socket: net.Socket, path: string, head: string) => void} answer
 */
export function startRaw(answer) {
  return listen(
    net.createServer((socket) => {
      let text = '';
      socket.on('error', () => {}); // clients leave
      socket.on('data', (chunk) => {
        text += chunk.latin1Slice();
        for (let end; (end = text.indexOf('\r\n\r\n')) >= 0; text = text.slice(end + 4)) {
          const head = text.slice(0, end);
          answer(socket, head.split(' ')[1], head);
        }
      });
    }),
  );
}

/** The same answer to everybody, byte for byte; then the connection is closed, unless `open`. */
export function startFixed(bytes, { open = false } = {}) {
  return startRaw((socket) => (open ? socket.write(bytes) : socket.end(bytes)));
}

/** Accepts, and says nothing. */
export function startMute() {
  return startRaw(() => {});
}

/**
 * Answers after `latency` milliseconds and counts: `peak` is how many requests it had at once, `paths` what they asked for
 * in their order, `gone` how many were given up before they were answered.
 */
export async function startCounting({ latency = 0 } = {}) {
  const counts = { now: 0, peak: 0, paths: [], gone: 0 };
  const server = await startHttp((request, response) => {
    counts.paths.push(request.url);
    counts.peak = Math.max(counts.peak, ++counts.now);
    const timer = setTimeout(() => response.end(`This is ${request.url}.\n`), latency);
    response.on('close', () => {
      counts.now--;
      clearTimeout(timer);
      if (!response.writableFinished) counts.gone++;
    });
  });
  return Object.defineProperty(server, 'counts', { value: counts });
}
