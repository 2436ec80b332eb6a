/**
 * How long a page in Debian's Chromium waits for its first request, from before the import of the module until the browser
 * has the request: with the module loaded afresh, and from the cache. Set by the environment: ROUNDS. Milliseconds: the
 * median, and from the least to the most.
 */
import { launchChromium } from '../browser/support/browser.js';
import { startPageServer } from '../browser/support/nginx-page.js';
import { openUnwatched } from '../browser/support/unwatched.js';
import { positive } from './machine.js';
import { spread } from './spread.js';

const rounds = positive('ROUNDS', 30);
const modules = { 'loaded afresh': (round) => `/fresh/${round}/index.js`, 'from the cache': () => '/cached/index.js' };

/** In a page of its own. */
async function timeFirstRequest(browser, origin, module) {
  const page = await openUnwatched(browser, `${origin}/page`);
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

const stops = [];
const t = { after: (stop) => stops.unshift(stop) };
try {
  const { origin } = await startPageServer(t);
  const browser = await launchChromium();
  t.after(() => browser.close());
  const times = new Map(Object.keys(modules).map((how) => [how, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [how, module] of Object.entries(modules)) {
      const ms = await timeFirstRequest(browser, origin, module(round + 1));
      if (round >= 0) times.get(how).push(ms); // the first only warms up
    }
  }
  for (const [how, taken] of times) console.log(`first request, the module ${how.padEnd(16)}${spread(taken, 1)}`);
} finally {
  for (const stop of stops) await stop();
}
