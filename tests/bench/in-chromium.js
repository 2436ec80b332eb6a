import { launchChromium } from '../browser/support/browser.js';
import { startPageServer } from '../browser/support/nginx-page.js';

/**
 * Give `measure` Debian's Chromium and the origin of an nginx that serves its pages, and stop both after it.
 * @template T
 * @param {(browser: import('playwright-core').Browser, origin: string) => Promise<T>} measure
 */
export async function inChromium(measure) {
  const stops = [];
  const t = { after: (stop) => stops.unshift(stop) };
  try {
    const { origin } = await startPageServer(t);
    const browser = await launchChromium();
    t.after(() => browser.close());
    return await measure(browser, origin);
  } finally {
    for (const stop of stops) await stop();
  }
}
