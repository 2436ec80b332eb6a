import { createServer } from 'node:http';

/** The five sites of the race, and how long each takes to answer, in milliseconds. */
const SITES = {
  'python.org': 710,
  'javascript.com': 900,
  'amazon.com': 1120,
  'netflix.com': 2140,
  'scala-lang.org': 1430,
};

/**
 * A server that plays them all, on a free loopback port, so that the race runs anywhere.
 * @returns {Promise<{ urls: string[], close: () => void }>}
 */
export async function playSites() {
  const server = createServer((request, response) => {
    const site = request.url.slice(1);
    const latency = SITES[site];
    if (latency === undefined) response.writeHead(404).end();
    else setTimeout(() => response.end(`${site}\n`), latency);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const urls = Object.keys(SITES).map((site) => `http://127.0.0.1:${server.address().port}/${site}`);
  return { urls, close: () => server.close() };
}
