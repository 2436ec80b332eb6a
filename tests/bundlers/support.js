/** The packed package in an empty folder, the site that its app fetches, and Chromium to open it in. */
import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after } from 'node:test';
import { launchChromium } from '../browser/support/browser.js';
import { installPacked } from '../package/packed.js';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** The app's folder, with nothing installed but the package. */
export async function installApp() {
  const folder = await installPacked({ after });
  await cp(new URL('app', import.meta.url), folder, { recursive: true });
  return folder;
}

async function listen(answer) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** What is built, as any server would give it. */
export function serveFolder(folder) {
  return listen(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://app');
    const file = await readFile(join(folder, pathname === '/' ? 'index.html' : pathname)).catch(() => null);
    response.setHeader('content-type', TYPES[extname(pathname)] ?? 'text/html');
    response.writeHead(file ? 200 : 404).end(file);
  });
}

/** Another origin, that answers /n with n. */
export const startSite = () =>
  listen((request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.end(request.url.slice(1));
  });

let browser;
after(() => browser?.close());

/** @returns {Promise<{ texts: number[], errors: string[] }>} what the app shows in the end */
export async function openApp(origin, site, inWorker) {
  browser ??= await launchChromium();
  const page = await browser.newPage();
  const failures = [];
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('console', (message) => failures.push(message.text()));
  try {
    await page.goto(`${origin}/?site=${site}${inWorker ? '&worker' : ''}`);
    const told = page.locator('#told', { hasText: '{' });
    await told.waitFor({ state: 'attached', timeout: 20_000 });
    return JSON.parse(await told.textContent());
  } catch (error) {
    throw new Error(`${error.message}\n${failures.join('\n')}`);
  } finally {
    await page.close();
  }
}
