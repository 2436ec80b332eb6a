/** The servers that the app asks: nginx, plain and with HTTP/2, a proxy, and one of our own for what nginx doesn't do. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import zlib from 'node:zlib';
import { freePort, startNginx } from '../node/support/nginx.js';
import { startHttp } from '../node/support/odd-servers.js';
import { makePki } from '../node/support/pki.js';
import { startTinyproxy } from '../node/support/proxies.js';

const FILE = Buffer.from(Array.from({ length: 400_000 }, (_, i) => `${(i * 7919) % 100_003}\n`).join(''));
const SMALL = Buffer.from('a small one');

const ENCODERS = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: (body) => zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: (body) => execFileSync('zstd', ['-c', '-q'], { input: body, maxBuffer: 2 * FILE.length }),
};

/** Answers by the first part of its path. @type {Record<string, http.RequestListener>} */
const ANSWERS = {
  async echo(request, response) {
    const body = (await buffer(request)).toString();
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
  },
  async count(request, response) {
    response.end(JSON.stringify({ bytes: (await buffer(request)).length }));
  },
  never() {},
  endless(_request, response) {
    const more = () => {
      while (response.write(Buffer.alloc(10_000)));
    };
    response.on('drain', more);
    more();
  },
  status(request, response) {
    response.writeHead(Number(rest(request))).end();
  },
  redirect(request, response) {
    const left = Number(rest(request));
    if (left > 0) response.writeHead(302, { location: `/redirect/${left - 1}` });
    response.end('there');
  },
  flaky(request, response) {
    const attempt = attemptOf(request);
    response.writeHead(attempt < 3 ? 503 : 200).end(`attempt ${attempt}`);
  },
  reset(request, response) {
    const attempt = attemptOf(request);
    if (attempt === 1) request.socket.resetAndDestroy();
    else response.end(`attempt ${attempt}`);
  },
  encoded: (request, response) => sendEncoded(request, response, FILE),
  'encoded-small': (request, response) => sendEncoded(request, response, SMALL),
  'encoded-cut': (request, response) => sendEncoded(request, response, FILE, (encoded) => encoded.subarray(0, 100_000)),
  cookie(_request, response) {
    response.setHeader('set-cookie', 'a=b').end();
  },
  fresh(_request, response) {
    response.setHeader('cache-control', 'max-age=60').end(String(process.hrtime.bigint()));
  },
};

const rest = (request) => request.url.split('/').slice(2).join('/');

const attempts = new Map();
function attemptOf({ url }) {
  attempts.set(url, (attempts.get(url) ?? 0) + 1);
  return attempts.get(url);
}

const encodings = new Map();
function sendEncoded(request, response, body, change = (encoded) => encoded) {
  const encoding = rest(request);
  const key = `${encoding} ${body.length}`;
  if (!encodings.has(key)) encodings.set(key, ENCODERS[encoding](body));
  response.setHeader('content-encoding', encoding).end(change(encodings.get(key)));
}

const answer = (request, response) => ANSWERS[request.url.split(/[/?]/)[1]](request, response);

async function startOnSocket(t, path) {
  const server = http.createServer((_request, response) => response.end('over a socket')).listen(path);
  await once(server, 'listening');
  t.after(() => server.close());
  return path;
}

/** @param {{ after: (stop: () => unknown) => void }} t what ends them */
export async function startSites(t) {
  const pki = makePki(t);
  const files = { file: FILE };
  const locations = 'location /file { }';
  const identity = pki.issue('loopback', 'IP:127.0.0.1');
  const [plain, secure, own] = await Promise.all([
    startNginx(t, { files, locations }),
    startNginx(t, { files, locations, identity, http2: true }),
    startHttp(t, answer),
  ]);
  const proxy = await startTinyproxy(t, { connectPort: secure.port });
  return {
    nginx: plain.origin,
    https: secure.origin,
    own: own.origin,
    closed: `http://127.0.0.1:${await freePort()}/`,
    proxy: `http://${proxy.host}`,
    socketPath: await startOnSocket(t, join(pki.folder, 'http.sock')),
    ca: pki.ca.cert.toString(),
    fileSha256: createHash('sha256').update(FILE).digest('hex'),
  };
}
