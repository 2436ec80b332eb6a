/** What serves the demo page, and answers its requests: the page's own origin, and two others, one that allows CORS. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { makeAnswers } from './answer.js';

const PAGE = fileURLToPath(new URL('../../build/demo', import.meta.url));
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
  "connect-src *; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * @param {object} [options]
 * @param {number} [options.port] of the page; default any that is free
 * @param {string} [options.host] default 127.0.0.1: this machine alone
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} rejects when the port is taken
 */
export async function serveDemo({ port = 0, host = '127.0.0.1' } = {}) {
  const answers = makeAnswers();
  const open = await listen(host, 0, (request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'retry-after');
    return answers(request, response);
  });
  const closed = await listen(host, 0, answers);
  const origins = { cors: open.origin, noCors: closed.origin };
  const files = sirv(PAGE, { etag: true, brotli: true, gzip: true, setHeaders });
  try {
    const page = await listen(host, port, (request, response) => {
      if (request.url.startsWith('/answer/')) return answers(request, response);
      if (request.url === '/origins.json') return sendJson(response, origins);
      return files(request, response);
    });
    return { url: `${page.origin}/`, close: () => closeAll([page, open, closed]) };
  } catch (error) {
    await closeAll([open, closed]);
    throw error;
  }
}

/** What esbuild has named by its content never changes. */
const NAMED_BY_CONTENT = /-[A-Z\d]{8}\.\w+$/;

function setHeaders(response, path) {
  response.setHeader('cache-control', NAMED_BY_CONTENT.test(path) ? 'max-age=31536000, immutable' : 'no-cache');
  response.setHeader('content-security-policy', POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
}

function sendJson(response, value) {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

async function listen(host, port, answer) {
  const server = createServer({ keepAliveTimeout: 60_000 }, answer);
  server.listen({ port, host, backlog: 1024 });
  await once(server, 'listening');
  const { port: taken, family, address } = server.address();
  return { server, origin: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}` };
}

async function closeAll(listening) {
  for (const { server } of listening) {
    server.close();
    server.closeAllConnections();
  }
}
