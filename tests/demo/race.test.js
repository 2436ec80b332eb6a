/** The race, as a person runs it. */
import assert from 'node:assert/strict';
import { FIVE_SITES } from '../../web/five-sites.js';
import { assertAccessible, openPage, startChromium, startDemo, test } from './support/page.js';

const served = await startDemo();
const browser = await startChromium();

const NAMES = Object.keys(FIVE_SITES);
const SUM = Object.values(FIVE_SITES).reduce((sum, latency) => sum + latency, 0);
const SLOWEST = Math.max(...Object.values(FIVE_SITES));
const RUNS = 3; // the best of them: what else this machine does is not the page's

/** @param {import('playwright-core').Page} page @returns {Promise<number[]>} milliseconds by each side's clock */
async function run(page) {
  await page.getByRole('button', { name: /^(Start|Again)$/ }).click();
  await page.locator('#race .score').waitFor({ timeout: 20_000 });
  const clocks = await page.locator('#race .clock').allTextContents();
  return clocks.map((text) => Number.parseFloat(text) * 1000);
}

const printed = (page) => page.locator('#race pre').allTextContents();

test('one at a time takes 6.3 s, at once as long as the slowest, over real HTTP', async (t) => {
  const { page, asked } = await openPage(t, browser, served.url);
  let best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const isGood = ([one, all]) => one <= SUM * 1.03 && all <= SLOWEST * 1.03;
  let runs = 0;
  for (; runs < RUNS && !isGood(best); runs++) {
    const times = await run(page);
    t.diagnostic(`one at a time ${times[0]} ms, at once ${times[1]} ms`);
    assert.ok(times[0] >= SUM && times[1] >= SLOWEST, 'no sooner than its answers');
    best = best.map((time, i) => Math.min(time, times[i]));
  }
  assert.ok(isGood(best), `${best} ms`);
  assert.equal(asked.filter((url) => url.includes('/answer/')).length, runs * 2 * NAMES.length);
});

test('it prints what the programs print, in the order in which the sites answer', async (t) => {
  const { page, errors } = await openPage(t, browser, `${served.url}#race?speed=4`);
  await assertAccessible(page);
  await run(page);
  const [one, all] = (await printed(page)).map((text) => text.trimEnd().split('\n'));
  assert.deepEqual(
    one.slice(0, -1),
    NAMES.map((name) => `requested : https://www.${name}/ / 200`),
  );
  assert.match(one.at(-1), /^\d\.\d+$/);
  const bySpeed = NAMES.toSorted((a, b) => FIVE_SITES[a] - FIVE_SITES[b]);
  assert.deepEqual(
    all.slice(0, -1),
    bySpeed.map((name) => `https://www.${name}/ / 200`),
  );
  assert.match(all.at(-1), /^end: \d\.\d+$/);
  assert.match(await page.locator('#race .score').innerText(), /as fast[\s\S]*the ideal/);
  await assertAccessible(page, 'race');
  assert.deepEqual(errors, []);
});

test('it stops when it is told to, and runs again', async (t) => {
  const { page } = await openPage(t, browser, served.url);
  await page.getByRole('combobox', { name: 'Fast-forward' }).selectOption('8 times as fast');
  await page.locator('#race').getByRole('button', { name: 'Start' }).click();
  await page.getByText('Waiting for python.org.').waitFor();
  await page.locator('#race').getByRole('button', { name: 'Stop' }).click();
  await page.locator('#race .verdict', { hasText: 'Stopped.' }).waitFor();
  assert.equal(await page.locator('#race').getByRole('button', { name: 'Stop' }).isDisabled(), true);
  const [one] = await printed(page);
  assert.ok(one.split('\n').length <= NAMES.length, 'no more answers were waited for');
  await run(page);
  assert.match((await printed(page))[1], /end: /);
});

test('what is chosen stands in the address, and a link with it chooses it', async (t) => {
  const { page } = await openPage(t, browser, served.url);
  await page.getByRole('combobox', { name: 'Fast-forward' }).selectOption('8 times as fast');
  const began = performance.now();
  const [one] = await run(page);
  assert.ok(performance.now() - began < one, 'fast-forward is faster than the clock says');
  assert.equal(new URL(page.url()).hash, '#race?speed=8');
  const { page: other } = await openPage(t, browser, page.url());
  assert.equal(await other.getByRole('combobox', { name: 'Fast-forward' }).inputValue(), '8');
});
