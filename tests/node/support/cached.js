/** Requests through a cache, and a server that counts what reaches it. */
import { Pool } from 'undici';
import { makeCache } from '../../../node/cache.js';
import { startHttp } from './odd-servers.js';

/** A response as the session's handler sees it; `on` may act at each step. */
export function ask(dispatcher, origin, path, { on = {}, method = 'GET', headers = {}, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const calls = [];
    const chunks = [];
    const seen = { calls, started: undefined };
    const handler = {
      onRequestStart(controller) {
        calls.push('start');
        on.start?.(controller);
      },
      onResponseStart(controller, status, responseHeaders, reason) {
        calls.push(status);
        Object.assign(seen, { status, headers: responseHeaders, reason, rawHeaders: controller.rawHeaders });
        on.head?.(controller, status);
      },
      onResponseData(controller, chunk) {
        chunks.push(Buffer.from(chunk));
        on.data?.(controller, chunk);
      },
      onResponseEnd(controller) {
        calls.push('end');
        resolve(Object.assign(seen, { body: Buffer.concat(chunks).toString(), fromCache: controller.fromCache }));
      },
      onResponseError(_controller, error) {
        calls.push('error');
        reject(Object.assign(error, { calls }));
      },
    };
    dispatcher.dispatch({ origin, path, method, headers, ...options }, handler);
    seen.atReturn = [...calls];
    on.dispatched?.();
  });
}

/** @returns a function that asks `origin` through a cache */
export function openCached(t, origin, option = true) {
  const pool = new Pool(origin, { connections: 1 });
  const cache = makeCache(option);
  const wrapped = cache.wrap(pool);
  t.after(() => {
    cache.close();
    return pool.destroy();
  });
  return (path, options) => ask(wrapped, origin, path, options);
}

/** The same without a cache. */
export function openPlain(t, origin) {
  const pool = new Pool(origin);
  t.after(() => pool.destroy());
  return (path, options) => ask(pool, origin, path, options);
}

/** A server that counts: `answer` gets the number of the request. */
export async function startCounting(t, answer) {
  const requests = [];
  const server = await startHttp(t, (request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  return { origin: server.origin, requests };
}

export const fresh = (_request, response, n) =>
  response.writeHead(200, { 'cache-control': 'max-age=100', 'x-n': n }).end(`${n}`);
