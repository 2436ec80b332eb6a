import { createServer } from 'node:http';
import { FIVE_SITES } from '../../web/five-sites.js';

/**
 * A server that plays the five sites of the race, on a free loopback port, so that the race runs anywhere.
 * @returns {Promise<{ urls: string[], close: () => void }>}
 */
export async function playSites() {
  const server = createServer((request, response) => {
    const site = request.url.slice(1);
    const latency = FIVE_SITES[site];
    if (latency === undefined) response.writeHead(404).end();
    else setTimeout(() => response.end(`${site}\n`), latency);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const urls = Object.keys(FIVE_SITES).map((site) => `http://127.0.0.1:${server.address().port}/${site}`);
  return { urls, close: () => server.close() };
}
