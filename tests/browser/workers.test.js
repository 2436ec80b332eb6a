/** The module where there is no page: in a dedicated worker, and in a service worker, which has no XMLHttpRequest. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { launchChromium } from './support/browser.js';
import { startSite } from './support/site.js';

const site = await startSite({ after });
const browser = await launchChromium();
after(() => browser.close());

const URLS = ['/hello', '/gzip', '/status?is=404'].map((path) => site.origin + path);

function check(told) {
  assert.deepEqual(told[0], [200, 'Hello.'], String(told));
  assert.equal(told[1][0], 200);
  assert.deepEqual(told.slice(2), [[404, ''], 'Hello.']);
}

async function openPage() {
  const page = await browser.newPage();
  await page.goto(site.origin);
  return page;
}

test('the module runs in a dedicated worker', { timeout: 30_000 }, async () => {
  const page = await openPage();
  const told = await page.evaluate(async (urls) => {
    const worker = new Worker('/tests/browser/workers/dedicated.js', { type: 'module' });
    const { port1, port2 } = new MessageChannel();
    worker.postMessage(urls, [port2]);
    return new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => resolve(message);
    });
  }, URLS);
  check(told);
});

/** @param {string} script @returns {Promise<any>} what it answers */
async function askServiceWorker(script) {
  const page = await openPage();
  return page.evaluate(
    async ([script, urls]) => {
      const registration = await navigator.serviceWorker.register(`/tests/browser/workers/${script}`, {
        type: 'module',
      });
      const worker = registration.installing ?? registration.waiting ?? registration.active;
      while (worker.state !== 'activated')
        await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }));
      const { port1, port2 } = new MessageChannel();
      worker.postMessage(urls, [port2]);
      return new Promise((resolve) => {
        port1.onmessage = ({ data }) => resolve(data);
      });
    },
    [script, URLS],
  );
}

test('all of the module in one file runs in a service worker', { timeout: 30_000 }, async () => {
  check(await askServiceWorker('service.js'));
});

test(
  'in a service worker, which can load nothing later, the module in parts says which file to take',
  { timeout: 30_000 },
  async () => {
    assert.match(await askServiceWorker('service-index.js'), /import 'fetchloop\/whole' there/);
  },
);
