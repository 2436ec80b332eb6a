/**
 * Many hosts in one process: 127.0.0.1, 127.0.0.2, … on one port. `/SEED/NUMBER` meets its fate; and all is counted as a
 * server sees it. Told by IPC: 'counts' gives them.
 */
import http from 'node:http';
import { fateOf, RETRY_AFTER_S } from './fates.js';

const hosts = new Map(); // address -> Host
const attempts = new Map(); // path -> Attempt[]
const used = new WeakSet(); // connections that have carried a request
let inFlight = 0;
let peak = 0;

function hostOf(address) {
  if (!hosts.has(address)) {
    hosts.set(address, { inFlight: 0, peak: 0, starts: [], parkedAt: 0, parkedUntil: 0, early: [] });
  }
  return hosts.get(address);
}

/** Counts one more; gives what counts it out, once. */
function come(host, now) {
  peak = Math.max(peak, ++inFlight);
  host.peak = Math.max(host.peak, ++host.inFlight);
  host.starts.push(now);
  if (now < host.parkedUntil) host.early.push(now - host.parkedAt);
  let isIn = true;
  return () => {
    if (!isIn) return;
    isIn = false;
    inFlight--;
    host.inFlight--;
  };
}

/** Its number, and what the client may take for a connection that was closed while it was idle. */
function recall(path, socket) {
  if (!attempts.has(path)) attempts.set(path, []);
  const before = attempts.get(path);
  before.push({ reused: used.has(socket) });
  used.add(socket);
  return before.length - 1;
}

/** What tells first that the client has left depends on what was under way. */
const LEFT = ['end', 'error', 'close'];
const BODY = Buffer.alloc(600, 'x');

/** What it does to a request once its latency is over. Its last byte frees the place at the client: it is counted out
 * before that is sent. */
const ENDS = {
  ok: (_fate, response, _host, go) => {
    go();
    response.end(BODY);
  },
  503: ({ date }, response, host, go) => {
    const now = Date.now();
    const until = date ? (Math.floor(now / 1000) + RETRY_AFTER_S.date) * 1000 : now + RETRY_AFTER_S.seconds * 1000;
    host.parkedAt = performance.now();
    host.parkedUntil = Math.max(host.parkedUntil, host.parkedAt + until - now);
    const retryAfter = date ? new Date(until).toUTCString() : RETRY_AFTER_S.seconds;
    go();
    response.writeHead(503, { date: new Date(now).toUTCString(), 'retry-after': retryAfter }).end();
  },
  reset: ({ within }, response, _host, go) => {
    if (within) response.writeHead(200, { 'content-length': 600 }).write(BODY.subarray(0, 300));
    const reset = () => {
      go();
      response.socket?.resetAndDestroy();
    };
    setTimeout(reset, within ? 5 : 0);
  },
  stall: ({ within }, response) => {
    if (within) response.writeHead(200, { 'content-length': 600 }).write(BODY.subarray(0, 300));
  },
};

const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const { socket, url } = request;
  const now = performance.now();
  const [, seed, number] = url.split('/').map(Number);
  const fate = fateOf(seed, number, recall(url, socket));
  socket.setNoDelay(true);
  // Of a request, and the end of the connection that made room for it, the one may be read before the other.
  setImmediate(() => {
    const host = hostOf(socket.localAddress);
    const go = come(host, now);
    for (const event of LEFT) socket.once(event, go);
    response.once('close', () => {
      for (const event of LEFT) socket.off(event, go);
    });
    setTimeout(() => ENDS[fate.kind](fate, response, host, go), fate.latency);
  });
});

server.listen(0, '0.0.0.0', 4096, () => process.send({ port: server.address().port }));
process.on('message', () => {
  process.send({ peak, inFlight, hosts: [...hosts.values()], attempts: [...attempts] });
  hosts.clear();
  attempts.clear();
  peak = inFlight;
});
process.on('disconnect', () => process.exit());
