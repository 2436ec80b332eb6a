/** The page as a whole: its weight, its first view, its themes, the keyboard; and the page that is one file. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { assertAccessible, goTo, openPage, startChromium, startDemo, test } from './support/page.js';

const served = await startDemo();
const browser = await startChromium();

const FOLDER = new URL('../../build/demo/', import.meta.url);
const FILE = new URL('../../dist/demo.html', import.meta.url).href;
const WEIGHT_MAX = 120_000;
const PAINT_MAX = 500;

const partsOf = (page) =>
  page.locator('main > section').evaluateAll((sections) => sections.map((section) => section.id));

/** Until all parts are there that there are. */
async function scrollThrough(page) {
  for (const part of await partsOf(page)) await page.locator(`#${part}`).scrollIntoViewIfNeeded();
  await page.waitForLoadState('networkidle');
}

/** Gzipped, as it was made. @param {string[]} urls */
async function weigh(urls) {
  const paths = [...new Set(urls.filter((url) => url.startsWith(served.url) && !url.includes('/answer/')))].map(
    (url) => new URL(url).pathname.slice(1) || 'index.html',
  );
  const sizes = await Promise.all(paths.map(async (path) => (await stat(new URL(`${path}.gz`, FOLDER))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('it weighs at most 120 kB, gzipped, with all that is in it, and asks no other host', async (t) => {
  const { page, asked, errors } = await openPage(t, browser, served.url);
  await page.locator('#race').getByRole('button', { name: 'Start' }).waitFor();
  await page.waitForLoadState('networkidle');
  const atFirst = await weigh(asked);
  await scrollThrough(page);
  await page.getByRole('combobox', { name: 'Fast-forward' }).selectOption('8 times as fast');
  await page.locator('#race').getByRole('button', { name: 'Start' }).click();
  await page.locator('#race .score').waitFor();
  const whole = await weigh(asked);
  t.diagnostic(`${atFirst} bytes at first, ${whole} with all parts`);
  assert.ok(atFirst < whole && whole <= WEIGHT_MAX, `${whole} bytes`);
  assert.deepEqual(
    asked.filter((url) => !url.startsWith(served.url) && !url.startsWith('data:')),
    [],
  );
  assert.deepEqual(errors, []);
});

test('the first view is drawn within half a second', async (t) => {
  const times = [];
  for (let i = 0; i < 5 && !times.some((time) => time <= PAINT_MAX); i++) {
    const { page } = await openPage(t, browser, served.url);
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
    times.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
  }
  t.diagnostic(`${times} ms`);
  assert.ok(Math.min(...times) <= PAINT_MAX);
});

test('it is accessible as a whole, with all its parts', async (t) => {
  const { page } = await openPage(t, browser, served.url);
  await scrollThrough(page);
  await assertAccessible(page);
});

for (const width of [320, 390, 1024, 1600]) {
  test(`nothing is wider than a screen of ${width} pixels, not for one frame`, async (t) => {
    const { page } = await openPage(t, browser, 'about:blank', { viewport: { width, height: 800 } });
    await page.addInitScript(() => {
      const widths = new Set();
      const look = () => {
        widths.add(document.documentElement?.scrollWidth);
        requestAnimationFrame(look);
      };
      look();
      Object.assign(globalThis, { widths });
    });
    await page.goto(served.url);
    await scrollThrough(page);
    const widths = await page.evaluate(() => [...globalThis.widths].filter((seen) => seen));
    assert.deepEqual(widths, [width]);
  });
}

test('light or dark: as the system has it, until the button is pressed; the choice is kept', async (t) => {
  const { page } = await openPage(t, browser, served.url, { colorScheme: 'light' });
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await paper();
  assert.notEqual(light, dark);
  await page.getByRole('button', { name: 'Light or dark' }).click();
  assert.equal(await paper(), light);
  await page.reload();
  await page.locator('#race').getByRole('button', { name: 'Start' }).waitFor();
  assert.equal(await paper(), light);
});

test('by the keyboard alone: each control is reached, in order, and seen to be', async (t) => {
  const { page } = await openPage(t, browser, `${served.url}#race?speed=8`);
  await page.locator('#race').getByRole('button', { name: 'Start' }).waitFor();
  const reached = [];
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      return { name: document.activeElement.textContent, mark: `${outlineStyle} ${outlineWidth}` };
    });
    assert.equal(at.mark, 'solid 3px', `${at.name} is marked`);
    reached.push(at.name);
    if (at.name === 'Start') break;
  }
  assert.deepEqual(
    [reached[0], reached[1], reached[2], reached.at(-2), reached.at(-1)],
    ['Skip to the content', 'fetchloop', 'The race', '◐', 'Start'],
  );
  await page.keyboard.press('Enter');
  await page.locator('#race .score').waitFor();
  await page.keyboard.press('Shift+Tab'); // from Again to the theme's button
  await page.keyboard.press('Enter');
  assert.notEqual(await page.locator('html').getAttribute('data-theme'), null);
});

test('a link to a part begins there, and that part coming into view leaves the address alone', async (t) => {
  const { page } = await openPage(t, browser, `${served.url}#explore?count=40`);
  await page.locator('#explore[data-mounted="true"]').waitFor();
  await page.waitForFunction(() => {
    const { top } = document.getElementById('explore').getBoundingClientRect();
    return top >= 0 && top < 120;
  });
  await scrollThrough(page);
  assert.equal(new URL(page.url()).hash, '#explore?count=40');
});

test('whoever wants less motion gets none', async (t) => {
  const { page } = await openPage(t, browser, served.url, { reducedMotion: 'reduce' });
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior), 'auto');
});

test('printed, it has what was seen, without what is to be pressed', async (t) => {
  const { page } = await openPage(t, browser, `${served.url}#race?speed=8`);
  await page.locator('#race').getByRole('button', { name: 'Start' }).click();
  await page.locator('#race .score').waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByRole('button').filter({ visible: true }).count(), 0);
  assert.equal(await page.locator('#race .score').isVisible(), true);
});

test('the page that is one file opens from disk, and its race runs', async (t) => {
  const { page, asked, errors } = await openPage(t, browser, FILE);
  await page.getByText('a simulated network').waitFor();
  await page.getByRole('combobox', { name: 'Fast-forward' }).selectOption('4 times as fast');
  await page.locator('#race').getByRole('button', { name: 'Start' }).click();
  await page.locator('#race .score').waitFor();
  const [one, all] = (await page.locator('#race .clock').allTextContents()).map(Number.parseFloat);
  assert.ok(one >= 6.3 && one <= 6.3 * 1.03, `${one} s`);
  assert.ok(all >= 2.14 && all <= 2.14 * 1.03, `${all} s`);
  await scrollThrough(page);
  assert.deepEqual(
    asked.filter((url) => url !== FILE && !url.startsWith('data:')),
    [],
  );
  assert.deepEqual(errors, []);
});

test('in the one file a list is fetched, too', async (t) => {
  const { page, errors } = await openPage(t, browser, FILE);
  const list = await goTo(page, 'list');
  await list.getByRole('button', { name: 'Some of every kind' }).click();
  await page.waitForFunction(() => document.querySelector('#list textarea').value !== '');
  await list.getByRole('textbox', { name: 'Rate' }).fill('100/s');
  await list.getByRole('button', { name: 'Fetch' }).click();
  await list.getByText('9 of 9 in').waitFor();
  assert.deepEqual(errors, []);
});
