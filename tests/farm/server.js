/**
 * Many hosts in one process: 127.0.0.1, 127.0.0.2, … on one port. `/SEED/NUMBER` meets its fate; and all is counted as a
 * server sees it. Told by IPC: 'counts' gives them.
 */
import http from 'node:http';
import { fateOf, RETRY_AFTER_S } from './fates.js';

const hosts = new Map(); // address -> counts
const attempts = new Map(); // path -> how often it was asked for
let inFlight = 0;
let peak = 0;

function hostOf(address) {
  if (!hosts.has(address))
    hosts.set(address, { inFlight: 0, peak: 0, starts: [], parkedUntil: 0, sinceParked: 0, early: 0 });
  return hosts.get(address);
}

function come(host) {
  const now = performance.now();
  peak = Math.max(peak, ++inFlight);
  host.peak = Math.max(host.peak, ++host.inFlight);
  host.starts.push(now);
  if (now < host.parkedUntil) host.early = Math.max(host.early, ++host.sinceParked);
}

function go(host) {
  inFlight--;
  host.inFlight--;
}

const BODY = Buffer.alloc(600, 'x');

/** What it does to a request once its latency is over. */
const ENDS = {
  ok: (_fate, response) => response.end(BODY),
  503: ({ date }, response, host) => {
    const now = Date.now();
    const until = date ? (Math.floor(now / 1000) + RETRY_AFTER_S.date) * 1000 : now + RETRY_AFTER_S.seconds * 1000;
    host.sinceParked = 0;
    host.parkedUntil = performance.now() + until - now;
    const retryAfter = date ? new Date(until).toUTCString() : RETRY_AFTER_S.seconds;
    response.writeHead(503, { date: new Date(now).toUTCString(), 'retry-after': retryAfter }).end();
  },
  reset: ({ within }, response) => {
    if (within) response.writeHead(200, { 'content-length': 600 }).write(BODY.subarray(0, 300));
    setTimeout(() => response.socket?.resetAndDestroy(), within ? 5 : 0);
  },
  stall: ({ within }, response) => {
    if (within) response.writeHead(200, { 'content-length': 600 }).write(BODY.subarray(0, 300));
  },
};

const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const host = hostOf(request.socket.localAddress);
  const [, seed, number] = request.url.split('/').map(Number);
  const attempt = attempts.get(request.url) ?? 0;
  attempts.set(request.url, attempt + 1);
  const fate = fateOf(seed, number, attempt);
  come(host);
  response.on('close', () => go(host));
  response.socket.setNoDelay(true);
  setTimeout(() => ENDS[fate.kind](fate, response, host), fate.latency);
});

server.listen(0, '0.0.0.0', 4096, () => process.send({ port: server.address().port }));
process.on('message', () => process.send({ peak, inFlight, hosts: [...hosts.values()] }));
process.on('disconnect', () => process.exit());
