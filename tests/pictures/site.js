/** Some hosts of a shop, as a run against the network would meet them: near and far, quick and slow, now and then at a loss. */
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer } from 'node:https';
import { makePki } from '../node/support/pki.js';

/** What a host is like: milliseconds until it answers, and how large its answers are. */
const HOSTS = {
  'www.shop.example': { delay: 60, bytes: 60_000, paths: ['/products', '/cart', '/help', '/about'] },
  'images.shop.example': { delay: 25, bytes: 180_000, paths: ['/photos'] },
  'api.shop.example': { delay: 140, bytes: 4_000, paths: ['/v2/products', '/v2/prices', '/v2/stock'] },
  'blog.shop.example': { delay: 160, bytes: 25_000, paths: ['/posts'] },
};

/** Of this machine alone, so that the ports that URLs needn't name are free. */
const ADDRESS = '127.0.0.77';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The same numbers each time. */
function makeRandom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param {{ after: (stop: () => unknown) => void }} t */
export async function startSite(t) {
  const random = makeRandom(7);
  const asked = new Map();
  const answer = async (request, response) => {
    const host = HOSTS[request.headers.host?.split(':')[0]] ?? HOSTS['www.shop.example'];
    const path = request.url;
    const count = (asked.get(path) ?? 0) + 1;
    asked.set(path, count);
    await wait(host.delay * (0.5 + random() ** 3 * 5));
    if (path.includes('/old/')) return response.writeHead(301, { location: path.replace('/old/', '/') }).end();
    if (path.includes('/busy/') && count === 1) return response.writeHead(503).end();
    if (path.includes('/gone/')) return response.writeHead(404).end('not found');
    if (path.includes('/reset/')) return request.socket.destroy();
    response.writeHead(200, { 'content-type': 'text/html' });
    for (let left = host.bytes * (0.3 + random()); left > 0; left -= 16_384) {
      response.write('x'.repeat(Math.min(left, 16_384)));
      await wait(4 + random() * 12);
    }
    return response.end();
  };
  const pki = makePki(t);
  await listen(
    t,
    443,
    createServer(
      pki.issue(
        'shop',
        Object.keys(HOSTS)
          .map((name) => `DNS:${name}`)
          .join(),
      ),
      answer,
    ),
  );
  await listen(t, 80, createHttp(answer));
  return {
    /** A session that finds the hosts here. */
    session: {
      tls: { ca: pki.ca.cert },
      dns: {
        lookup: (_name, _options, done) => setTimeout(done, 5 + random() * 40, null, [{ address: ADDRESS, family: 4 }]),
      },
    },
    urls: (count) => urlsOf(count, (host) => `https://${host}`),
    plainUrls: (count) => urlsOf(count, () => `http://${ADDRESS}`),
  };
}

async function listen(t, port, server) {
  server.listen(port, ADDRESS);
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
}

function urlsOf(count, originOf) {
  const random = makeRandom(3);
  const pick = (list) => list[Math.floor(random() ** 1.5 * list.length)];
  return Array.from({ length: count }, (_, i) => {
    const host = pick(Object.keys(HOSTS));
    const fate = random();
    const detour = fate < 0.05 ? '/old' : fate < 0.1 ? '/busy' : fate < 0.115 ? '/gone' : fate < 0.125 ? '/reset' : '';
    return `${originOf(host)}${pick(HOSTS[host].paths)}${detour}/${1000 + i}`;
  });
}
