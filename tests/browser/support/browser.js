import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { chromium } from 'playwright-core';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's Chromium. */
export const launchChromium = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS });

const TYPES = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/**
 * Serve files, and an empty page at /.
 * @param {Record<string, URL>} files by their paths at the server
 */
export async function serve(files) {
  const server = createServer(async (request, response) => {
    const file = files[request.url];
    if (!file && request.url !== '/') {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('content-type', file ? TYPES[extname(file.pathname)] : 'text/html');
    response.end(file ? await readFile(file) : '<!doctype html><title>fetchloop</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
      return once(server, 'close');
    },
  };
}

const TRACED = ['toplevel', 'blink.user_timing'];

/**
 * What a page's main thread was busy with, as the browser itself has recorded it, between the page's marks `began` and
 * `ended`.
 * @param {import('playwright-core').Page} page
 * @param {() => Promise<T>} during
 * @returns {Promise<{ result: T, tasksMs: number[] }>} how long each task took
 * @template T
 */
export async function traceTasks(page, during) {
  const session = await page.context().browser().newBrowserCDPSession();
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  const traceConfig = { includedCategories: TRACED, excludedCategories: ['*'] };
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig });
  const result = await during();
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  const mark = (name) => events.find((event) => event.name === name && event.cat === 'blink.user_timing');
  const [began, ended] = [mark('began'), mark('ended')];
  const tasks = events.filter(
    ({ name, pid, tid, ts, dur }) =>
      name.endsWith('RunTask') && pid === began.pid && tid === began.tid && ts + dur > began.ts && ts < ended.ts,
  );
  return { result, tasksMs: tasks.map(({ dur }) => dur / 1000) };
}
