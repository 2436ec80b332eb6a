/** How long a page waits for its first request, in Debian's Chromium: the best of some, as others on the machine only add. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { launchChromium } from './support/browser.js';
import { startPageServer } from './support/nginx-page.js';
import { openUnwatched } from './support/unwatched.js';

const ROUNDS = 15;
const MOST_MS = 30;

const nginx = await startPageServer({ after });
const browser = await launchChromium();
after(() => browser.close());

/** In a page of its own: milliseconds from before the import until the browser has the request. */
async function timeFirstRequest(module) {
  const page = await openUnwatched(browser, `${nginx.origin}/page`);
  try {
    return await page.evaluate(async (url) => {
      const from = performance.now();
      const { ClientSession } = await import(url);
      const session = await ClientSession.open();
      await session.get('/get');
      await session.close();
      return performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/get')).startTime - from;
    }, module);
  } finally {
    await page.close();
  }
}

for (const { how, module } of [
  { how: 'loaded', module: (round) => `/fresh/${round}/index.js` },
  { how: 'from the cache', module: () => '/cached/index.js' },
]) {
  test(`from the import of the module, ${how}, to the first request: ${MOST_MS} ms at most`, async (t) => {
    const times = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await timeFirstRequest(module(round)));
    times.sort((a, b) => a - b);
    t.diagnostic(`${times[0].toFixed(1)} ms at best, the median ${times[ROUNDS >> 1].toFixed(1)} ms`);
    assert.ok(times[0] <= MOST_MS, `${times[0]} ms at best`);
  });
}
