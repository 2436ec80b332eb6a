/** The packed package in an empty folder, the site that its app fetches, and Chromium to open it in. */
import { once } from 'node:events';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '../browser/support/browser.js';
import { installPacked } from '../package/packed.js';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** The app's folder, with nothing installed but the package, and its bundlers linked to those that are here. */
export async function installApp() {
  const folder = await installPacked({ after });
  await cp(new URL('app', import.meta.url), folder, { recursive: true });
  const { devDependencies } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'));
  for (const name of Object.keys(devDependencies)) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(fileURLToPath(new URL(`node_modules/${name}`, import.meta.url)), link);
  }
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

/**
 * Use the app as one would.
 * @returns {Promise<{ texts: string[], codes: string[], status: string, done: number }>} what it shows in the end
 */
export async function useApp(origin, urls, inWorker) {
  browser ??= await launchChromium();
  const page = await browser.newPage();
  const failures = [];
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('console', (message) => failures.push(message.text()));
  try {
    await page.goto(origin);
    await page.locator('textarea').fill(urls.join('\n'));
    await page.getByLabel('in a worker').setChecked(inWorker);
    await page.getByRole('button').click();
    const status = page.getByRole('status').filter({ hasText: 'URLs' });
    await status.waitFor({ timeout: 20_000 });
    return {
      status: await status.textContent(),
      texts: await page.locator('li:not(.failed)').allTextContents(),
      codes: await page.locator('li.failed').evaluateAll((lines) => lines.map(({ dataset }) => dataset.code)),
      done: await page.locator('progress').evaluate(({ position }) => position),
    };
  } catch (error) {
    throw new Error(`${error.message}\n${failures.join('\n')}`);
  } finally {
    await page.close();
  }
}

/** What the page says once it says `awaited`. */
export async function textOf(origin, awaited) {
  browser ??= await launchChromium();
  const page = await browser.newPage();
  try {
    await page.goto(origin);
    await page.getByText(awaited).waitFor({ timeout: 20_000 });
    return await page.locator('body').textContent();
  } finally {
    await page.close();
  }
}
