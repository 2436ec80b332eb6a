/** The demo page's pictures: the race when it has been run, and what a browser does with 3,000 requests. */
import { serveDemo } from '../../node/demo/server.js';

/**
 * @param {import('playwright-core').Browser} browser
 * @param {(target: { screenshot: (options: object) => Promise<unknown> }, name: string, options?: object) => Promise<void>} shoot
 */
export async function takeDemo(browser, shoot) {
  const served = await serveDemo({ port: 8000 }); // the page shows it
  try {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      const page = await browser.newPage({
        viewport: { width: 1100, height: 1000 },
        deviceScaleFactor: 1.5,
        colorScheme,
      });
      await page.goto(served.url);
      await takeRace(page, (clip) => shoot(page, `demo-${colorScheme}`, { clip }));
      if (colorScheme === 'light') await takeBreak(page, (clip) => shoot(page, 'demo-break', { clip }));
      await page.close();
    }
  } finally {
    await served.close();
  }
}

async function takeRace(page, shoot) {
  await page.locator('#race').getByRole('button', { name: 'Start' }).click();
  await page.locator('#race .score').waitFor();
  await page.mouse.click(1, 500); // the focus elsewhere
  const { y, height } = await page.locator('#race .verdict').boundingBox();
  await shoot({ x: 0, y: 0, width: 1100, height: y + height + 8 });
}

async function takeBreak(page, shoot) {
  const part = page.locator('#break');
  await page.locator('nav a[href="#break"]').click();
  await part.getByRole('button').click();
  await part.getByText('fetchloop lost 0').waitFor({ timeout: 60_000 });
  await page.mouse.click(1, 500);
  const top = await part.locator('.pair').boundingBox();
  const bottom = await part.locator('.verdict').boundingBox();
  await shoot({ x: 0, y: top.y - 12, width: 1100, height: bottom.y + bottom.height - top.y + 12 });
}
