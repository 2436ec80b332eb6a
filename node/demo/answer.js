/** A server that answers as its URLs say: /answer/NAME?latency=710&bytes=900&status=503&retryAfter=1. See web/demo/network.js. */
import { setTimeout as wait } from 'node:timers/promises';

const LATENCY_MAX = 60_000;
const BYTES_MAX = 100 * 1024 * 1024;
const CHUNK = Buffer.alloc(16 * 1024, 'All work and no play makes a client wait.\n');
/** Nobody waits any more once the server is closed. @param {number} milliseconds */
const sleep = (milliseconds) => wait(milliseconds, undefined, { ref: false });

/** URLs that have been answered badly once, the oldest forgotten first. */
const ONCE_MAX = 100_000;

/** @returns {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => Promise<void>} */
export function makeAnswers() {
  const seen = new Set();

  return async (request, response) => {
    const [path, query] = request.url.split('?'); // not by URL, which throws for some
    const searchParams = new URLSearchParams(query);
    const number = (name, most, otherwise = 0) => clamp(searchParams.get(name) ?? otherwise, most);
    const isBad = !searchParams.has('once') || isFirst(seen, request.url);
    await sleep(number('latency', LATENCY_MAX));
    if (response.destroyed) return;
    const luck = luckOf(searchParams);
    if (luck === 'fails' || (isBad && searchParams.has('reset'))) return void response.socket.resetAndDestroy();
    const status = luck === 'busy' ? 429 : isBad ? number('status', 599, 200) : 200;
    const retryAfter = luck === 'busy' || (isBad && searchParams.has('retryAfter'));
    const bytes = status === 204 || status === 304 ? 0 : number('bytes', BYTES_MAX, path.length);
    response.writeHead(status < 200 ? 200 : status, {
      'content-type': 'text/plain',
      'cache-control': 'no-store',
      'timing-allow-origin': '*',
      ...(bytes > 0 && { 'content-length': bytes }),
      ...(retryAfter && { 'retry-after': number('retryAfter', 3600, 1) }),
    });
    if (request.method === 'HEAD') return void response.end();
    await writeBody(response, bytes, number('time', LATENCY_MAX));
  };
}

/** By chance, as often as the URL says. @param {URLSearchParams} parameters @returns {'fails' | 'busy' | 'none'} */
function luckOf(parameters) {
  const share = (name) => Number(parameters.get(name)) || 0;
  const drawn = Math.random();
  if (drawn < share('failRate')) return 'fails';
  return drawn < share('failRate') + share('busyRate') ? 'busy' : 'none';
}

function clamp(text, most) {
  const number = Math.floor(Number(text));
  return number >= 0 ? Math.min(number, most) : 0;
}

function isFirst(seen, url) {
  if (seen.has(url)) return false;
  seen.add(url);
  if (seen.size > ONCE_MAX) seen.delete(seen.values().next().value);
  return true;
}

/** In ten steps when it is to take its time. */
async function writeBody(response, bytes, time) {
  const steps = time > 0 ? 10 : 1;
  let left = bytes;
  for (let step = steps; step > 0 && !response.destroyed; step--) {
    if (time > 0) await sleep(time / steps);
    left = write(response, Math.ceil(left / step), left);
  }
  response.end();
}

function write(response, bytes, left) {
  for (let at = 0; at < bytes; at += CHUNK.length)
    response.write(CHUNK.subarray(0, Math.min(CHUNK.length, bytes - at)));
  return left - bytes;
}
