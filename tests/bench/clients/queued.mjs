/**
 * What it costs to have many URLs wait. Arguments: HOW COUNT; started with --expose-gc. Prints, as JSON, how many bytes each
 * takes besides the URL itself, which was there before, and after how many milliseconds the first was at the server: on the
 * clock, and of this process's own time, which others on the machine don't add to.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { heapUsed as heapUsedInC } from '../../../node/load-core.js';

const [how, count] = [process.argv[2], Number(process.argv[3])];
const limit = 6;

const isPeer = how.startsWith('p-');
const { default: makeQueue, ClientSession } = await import(isPeer ? how : '../../../node/index.js');
const session = await ClientSession?.open();

const WAYS = {
  'fetchAll(array)': (urls) => session.fetchAll(urls).next(),
  'fetchAll(generator)': (urls) => session.fetchAll(urls.values()).next(),
  'map(array)': (urls) => session.map(urls, (response) => response.text()).next(),
  'get()': (urls) => urls.map((url) => session.get(url)),
  'p-limit': (urls) => {
    const limited = makeQueue(limit);
    return urls.map((url) => limited(fetch, url));
  },
  'p-queue': (urls) => {
    const queue = new makeQueue({ concurrency: limit });
    return urls.map((url) => queue.add(() => fetch(url)));
  },
};

/** JavaScript's own, and what the wasm module's malloc() has given out. */
function used() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external + (isPeer ? 0 : heapUsedInC());
}

const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1'); // and says nothing
await once(server, 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;
const urls = Array.from({ length: count }, (_, i) => Buffer.from(`${origin}/${i}`).toString()); // flat, as lines of a file are
const connected = once(server, 'connection');

const before = used();
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
globalThis.asked = WAYS[how](urls);
const [socket] = await connected;
if (socket.readableLength === 0) await once(socket, 'readable');
const begunMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage(cpuBefore);
await new Promise((resolve) => setTimeout(resolve, 500)); // what reads ahead, has
const bytesEach = (used() - before) / count;
if (urls.length !== count) throw new Error('the URLs are held until here');
console.log(JSON.stringify({ bytesEach, begunMs, begunCpuMs: (user + system) / 1000 }));
process.exit();
