/** What --report writes, opened from a file, as whoever got it by mail does. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runCommand } from '../node/support/command.js';
import { startHttp } from '../node/support/odd-servers.js';
import { launchChromium } from './support/browser.js';

const browser = await launchChromium();
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

const HOSTILE = '/</script><img/src=x/onerror=alert(1)>/"onmouseover="alert(1)';
const server = await startHttp({ after }, (request, response) => {
  if (request.url.startsWith('/moved')) return response.writeHead(302, { location: '/1' }).end();
  return response.writeHead(request.url.startsWith('/gone') ? 404 : 200).end('x'.repeat(100));
});
const urls = [
  ...Array.from({ length: 120 }, (_, i) => `${server.origin}/${i}`),
  ...['/moved', '/gone/1', '/gone/2', HOSTILE].map((path) => server.origin + path),
  'no-scheme',
];
const file = join(folder, 'report.html');
await runCommand(['--report', file, '-s', '-f', ...urls]);

/** @param {import('playwright-core').BrowserContextOptions} [options] */
async function openReport(t, options, of = file) {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  const page = await context.newPage();
  const seen = { requests: [], errors: [] };
  page.on('request', (request) => seen.requests.push(request.url()));
  page.on('pageerror', (error) => seen.errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && seen.errors.push(message.text()));
  page.on('dialog', (dialog) => {
    seen.errors.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(pathToFileURL(of).href);
  return { page, seen };
}

test('it says at once what the run came to, and asks nobody for anything', async (t) => {
  const { page, seen } = await openReport(t);
  assert.match(await page.locator('h1').textContent(), /^125 URLs in [\d.]+ m?s: 122 fetched, 3 failed$/);
  assert.match(await page.locator('#held').textContent(), /^Held back by: /);
  assert.match(await page.title(), /^125 URLs in /);
  assert.deepEqual(seen.requests, [pathToFileURL(file).href]);
  assert.deepEqual(seen.errors, []);
});

test('what is in a URL stays text', async (t) => {
  const { page, seen } = await openReport(t);
  await page.fill('#find', 'onerror');
  assert.match(await page.locator('#requests td.url').first().textContent(), /<\/script><img|%3C\/script/i);
  await page.locator('#requests td.url button').first().click();
  await page.locator('#details').waitFor();
  assert.equal(await page.locator('img').count(), 0);
  assert.deepEqual(seen.errors, []);
});

test('failures are grouped, and lead to their requests', async (t) => {
  const { page } = await openReport(t);
  const groups = await page.locator('.failure h3').allTextContents();
  assert.match(groups[0], /^2 × /);
  assert.equal(groups.length, 2);
  await page.locator('.failure button').first().click();
  assert.equal(await page.locator('#count').textContent(), '2 requests of 125');
  assert.equal(await page.locator('#requests tbody tr').count(), 2);
});

test('the table is filtered, sorted and leafed through; the waterfall follows the filter', async (t) => {
  const { page } = await openReport(t);
  assert.equal(await page.locator('#requests tbody tr').count(), 50);
  await page.click('text=Next');
  assert.equal(await page.locator('#requests tbody td').first().textContent(), '50');
  await page.click('#requests th:nth-child(1) button');
  assert.equal(await page.locator('#requests tbody td').first().textContent(), '124');
  await page.selectOption('#only', 'redirected');
  assert.equal(await page.locator('#count').textContent(), '1 request of 125');
  await page.locator('.wf-scroll').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowDown');
  assert.match(await page.locator('#details h3').textContent(), /\/moved$/);
  assert.match(await page.locator('#details').textContent(), /Redirect/);
});

test('hosts are sorted by what is clicked', async (t) => {
  const { page } = await openReport(t);
  await page.click('#hosts th:first-child button');
  const hosts = await page.locator('#hosts tbody td:first-child').allTextContents();
  assert.deepEqual(hosts, [...hosts].sort());
  assert.equal(await page.locator('#hosts th[aria-sort]').count(), 1);
});

test('on a phone nothing is wider than the screen', async (t) => {
  const { page } = await openReport(t, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(width, 360);
});

test('what can be used by mouse has a name, and can be reached by keys', async (t) => {
  const { page } = await openReport(t);
  const nameless = await page.evaluate(
    () =>
      [...document.querySelectorAll('button, select, input')].filter(
        (one) => !(one.textContent.trim() || one.getAttribute('aria-label') || one.closest('label')),
      ).length,
  );
  assert.equal(nameless, 0);
  const reached = new Set();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.className));
  }
  for (const id of ['order', 'fit', 'zoom-in', 'wf-scroll']) assert.ok(reached.has(id), `${id} among ${[...reached]}`);
});

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  test(`axe finds nothing that would keep anyone out, in ${colorScheme}`, async (t) => {
    const { page } = await openReport(t, { colorScheme, bypassCSP: true });
    await page.locator('#requests td.url button').first().click();
    await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') });
    const violations = await page.evaluate(async () => (await axe.run()).violations);
    assert.deepEqual(
      violations.map(({ id, nodes }) => [id, nodes[0].html]),
      [],
    );
  });
}

test('a run of nothing, and one that only failed, are pages, too', async (t) => {
  const empty = join(folder, 'empty.html');
  for (const args of [['-'], ['http://127.0.0.1:1/', 'no-scheme', '--retry', '0']]) {
    await runCommand(['--report', empty, '-s', ...args]);
    const { page, seen } = await openReport(t, {}, empty);
    assert.match(await page.locator('h1').textContent(), /^[02] URLs in /);
    assert.equal(await page.locator('#histogram').textContent(), 'Nothing was fetched.');
    assert.deepEqual(seen.errors, []);
  }
});

test('without its data it is less than 150 kB', async () => {
  assert.ok((await stat(new URL('../../build/report.html', import.meta.url))).size < 150_000);
});
