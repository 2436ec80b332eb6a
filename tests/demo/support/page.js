/** The demo page, served as `fetchloop demo` serves it, in Debian's Chromium. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test as nodeTest } from 'node:test';
import { serveDemo } from '../../../node/demo/server.js';
import { launchChromium } from '../../browser/support/browser.js';

export const test = (name, body) => nodeTest(name, { timeout: 120_000 }, body);

/** @returns {Promise<{ url: string }>} until the file's tests are over */
export async function startDemo() {
  const served = await serveDemo();
  after(() => served.close());
  return served;
}

/** @returns {Promise<import('playwright-core').Browser>} until the file's tests are over */
export async function startChromium() {
  const browser = await launchChromium();
  after(() => browser.close());
  return browser;
}

/**
 * A page with an empty cache, and what goes wrong in it.
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {import('playwright-core').BrowserContextOptions} [options]
 * @returns {Promise<{ page: import('playwright-core').Page, errors: string[], asked: string[] }>} asked: the URLs
 */
export async function openPage(t, browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  const [errors, asked] = [[], []];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(url);
  return { page, errors, asked };
}

/** A part of the page, come to as a reader does: by its link. @returns {Promise<import('playwright-core').Locator>} */
export async function goTo(page, part) {
  await page.locator(`nav a[href="#${part}"]`).click();
  await page.locator(`#${part}[data-mounted="true"]`).waitFor();
  return page.locator(`#${part}`);
}

const axe = await readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** What axe finds wrong with what is shown now, in light and in dark. @param {import('playwright-core').Page} page @param {string} [part] */
export async function assertAccessible(page, part) {
  await page.evaluate(axe);
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(
      (root) => /** @type {any} */ (globalThis).axe.run(root ? `#${root}` : document, { resultTypes: ['violations'] }),
      part,
    );
    const told = violations.map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join('\n  ')}`,
    );
    assert.deepEqual(told, [], `${part ?? 'the page'}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: null });
}
