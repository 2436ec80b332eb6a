import { once } from 'node:events';
import { UsageError } from './usage-error.js';

const PORT = 8000;

/** Serve the demo page until Ctrl-C. @param {string[]} words after `demo` @param {import('./parse.js').Values} values @returns {Promise<number>} */
export async function demo(words, { port }) {
  if (words.length > 0) throw new UsageError(`demo takes no ${words[0]}: fetchloop demo --port ${PORT}`);
  const { serveDemo } = await import('../demo/server.js');
  const served = await serveAt(serveDemo, port);
  process.stdout.write(`The demo page is at ${served.url}\nCtrl-C ends it.\n`);
  await once(process, 'SIGINT');
  await served.close();
  return 0;
}

/** Where nobody said which port, another than the usual one will do. */
async function serveAt(serveDemo, port) {
  try {
    return await serveDemo({ port: port ?? PORT });
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error;
    if (port === undefined) return serveDemo();
    throw new UsageError(`port ${port} is taken: choose another, or 0 for any that is free`);
  }
}
