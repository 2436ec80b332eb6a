/**
 * How long a page in Debian's Chromium waits for its first request, from before the import of the module until the browser
 * has the request: with the module loaded afresh, and from the cache. Set by the environment: ROUNDS. Milliseconds: the
 * median, and from the least to the most.
 */
import { openUnwatched } from '../browser/support/unwatched.js';
import { inChromium } from './in-chromium.js';
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

async function timeRounds(browser, origin) {
  const times = new Map(Object.keys(modules).map((how) => [how, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [how, module] of Object.entries(modules)) {
      const ms = await timeFirstRequest(browser, origin, module(round + 1));
      if (round >= 0) times.get(how).push(ms); // the first only warms up
    }
  }
  return times;
}

for (const [how, taken] of await inChromium(timeRounds))
  console.log(`first request, the module ${how.padEnd(16)}${spread(taken, 1)}`);
