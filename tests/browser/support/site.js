/** Two origins for a page: its own, with the module's files, and another. Each path says what its server does. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';

const ROOT = new URL('../../../', import.meta.url);
const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

async function sendFile(path, response) {
  const body = await readFile(new URL(`.${path}`, ROOT)).catch(() => null);
  response.writeHead(body ? 200 : 404, { 'content-type': TYPES[extname(path)] ?? 'text/plain' }).end(body);
}

/** A body of so many bytes that tells its reader where he is: each byte is its place modulo 251. */
export const patternOf = (length, from = 0) => Buffer.from(Uint8Array.from({ length }, (_, i) => (from + i) % 251));

const ETAG = '"whole"';

/** @type {Record<string, (request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse, site: Site, query: URLSearchParams) => void>} */
const ANSWERS = {
  '/': (_request, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>fetchloop</title>'),
  '/hello': (_request, response) => response.setHeader('x-hello', 'there').end('Hello.'),
  '/kept': (_request, response, site) => response.setHeader('cache-control', 'max-age=60').end(`${site.paths.length}`),
  '/status': (_request, response, _site, query) =>
    response.writeHead(Number(query.get('is')), { 'x-hello': 'there' }).end(),
  /** Node itself writes none with a control character. */
  '/reason': (request) => request.socket.end('HTTP/1.1 200 O\x01K\r\ncontent-length: 6\r\n\r\nHello.'),
  '/echo': (request, response) => {
    response.setHeader('x-method', request.method);
    response.setHeader('x-type', request.headers['content-type'] ?? '');
    request.pipe(response);
  },
  '/cookie': (request, response) =>
    response.setHeader('set-cookie', 'a=b; Path=/').end(request.headers.cookie ?? 'none'),
  '/authorization': (request, response) => response.end(request.headers.authorization ?? 'none'),
  '/referer': (request, response) => response.end(request.headers.referer ?? 'none'),
  '/latin1': (_request, response) =>
    response.setHeader('content-type', 'text/plain; a="b;c"; charset="ISO-8859-1"').end(Buffer.from([0xe4])),
  '/gzip': (_request, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(patternOf(10_000))),
  '/large': (_request, response, _site, query) =>
    response.writeHead(Number(query.get('is') ?? 200)).end(patternOf(Number(query.get('bytes')))),
  '/sized': (_request, response, _site, query) =>
    response.setHeader('content-length', query.get('bytes')).end(patternOf(Number(query.get('bytes')))),
  /** Comes in ten parts, a while apart. */
  '/drip': async (_request, response, _site, query) => {
    for (let i = 0; i < 10; i++) {
      response.write(Buffer.alloc(Number(query.get('bytes')) / 10));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    response.end();
  },
  '/redirect': (_request, response, _site, query) => response.writeHead(302, { location: query.get('to') }).end(),
  /** To itself, the first time. */
  '/again': (request, response, site) => {
    const count = (site.counts.get(request.url) ?? 0) + 1;
    site.counts.set(request.url, count);
    if (count === 1) response.writeHead(302, { location: request.url });
    response.end();
  },
  '/mute': () => {},
  /** 503 as often as is asked for, then a 200. */
  '/flaky': (request, response, site, query) => {
    const count = (site.counts.get(request.url) ?? 0) + 1;
    site.counts.set(request.url, count);
    if (count > Number(query.get('times'))) return response.end(`after ${count - 1}`);
    const after = query.get('after');
    return response
      .writeHead(503, after ? { 'retry-after': after, 'access-control-expose-headers': 'retry-after' } : {})
      .end();
  },
  /** Breaks off in the middle, or goes on late, as often as is asked for; goes on with Range. */
  '/broken': (request, response, site, query) => {
    const whole = patternOf(Number(query.get('bytes')));
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const count = (site.counts.get(request.url) ?? 0) + 1;
    site.counts.set(request.url, count);
    const breaks = count <= Number(query.get('times'));
    response.writeHead(from ? 206 : 200, {
      etag: ETAG,
      'content-length': whole.length - from,
      ...(from && { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` }),
    });
    if (!breaks) return response.end(whole.subarray(from));
    const half = from + (whole.length - from) / 2;
    const late = Number(query.get('late'));
    const goOn = () => (late ? response.end(whole.subarray(half)) : response.destroy());
    return response.write(whole.subarray(from, half), () => setTimeout(goOn, late || 50));
  },
  /** Nothing remains for a second, and breaks off; then it doesn't. `site.times`: when it was asked for. */
  '/quota': (request, response, site) => {
    const count = (site.counts.get(request.url) ?? 0) + 1;
    site.counts.set(request.url, count);
    site.times.push(performance.now());
    // Without a type a browser waits for more of the body before it tells of the head.
    const type = { 'content-type': 'application/json', 'content-length': 8 };
    response.writeHead(200, { ...type, ratelimit: `"default";r=${count === 1 ? 0 : 9};t=1` }).write('half');
    setTimeout(() => (count === 1 ? response.destroy() : response.end('more')), 400);
  },
  '/written': (_request, response, site) => response.end(String(site.written)),
  /** Writes as fast as it is read, up to 512 MiB, and counts. */
  '/endless': (_request, response, site) => {
    const chunk = Buffer.alloc(65_536);
    site.written = 0;
    const write = () => {
      if (site.written >= 512 * 1024 * 1024) return response.end();
      site.written += chunk.length;
      return response.write(chunk) ? setImmediate(write) : response.once('drain', write);
    };
    write();
  },
};

/**
 * @typedef {object} Site
 * @property {string} origin
 * @property {string[]} paths that were asked for
 * @property {number[]} times of /quota, on performance.now()'s clock
 * @property {{ now: number, peak: number }} load requests at once
 * @property {Map<string, number>} counts
 * @property {number} written by /endless, for its last reader
 */

/**
 * @param {{ after: (stop: () => unknown) => void }} t
 * @param {{ cors?: boolean }} [options] cors: whoever asks may read, and see `x-hello` and the timing
 * @returns {Promise<Site>}
 */
export async function startSite(t, { cors = false } = {}) {
  const site = { origin: '', paths: [], load: { now: 0, peak: 0 }, counts: new Map(), times: [], written: 0 };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://site');
    if (cors) {
      response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
      response.setHeader('access-control-allow-credentials', 'true');
      response.setHeader('access-control-expose-headers', 'x-hello');
      response.setHeader('timing-allow-origin', '*');
      response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '');
      if (request.method === 'OPTIONS') return response.end();
    }
    const answer = ANSWERS[pathname];
    if (!answer) return sendFile(pathname, response);
    site.paths.push(request.url);
    site.load.peak = Math.max(site.load.peak, ++site.load.now);
    response.on('close', () => site.load.now--);
    return answer(request, response, site, searchParams);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  site.origin = `http://127.0.0.1:${server.address().port}`;
  t.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return site;
}
