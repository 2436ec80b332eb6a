/** What a browser does with 3,000 requests at once, and how much at once helps. */
import assert from 'node:assert/strict';
import { assertAccessible, goTo, openPage, startChromium, startDemo, test } from './support/page.js';

const served = await startDemo();
const browser = await startChromium();

test('of 3,000 at once, Promise.all loses about half, and fetchloop none', async (t) => {
  const { page } = await openPage(t, browser, served.url);
  const part = await goTo(page, 'break');
  await assertAccessible(page, 'break');
  await part.getByRole('button', { name: /3,000 URLs/ }).click();
  await part.getByText('fetchloop lost 0').waitFor({ timeout: 90_000 });
  const figures = await part.locator('.figures').allInnerTexts();
  t.diagnostic(figures.join('; '));
  const [byFetch, byLoop] = figures.map((text) => /^(\d+) answered, (\d+) lost/.exec(text).slice(1).map(Number));
  assert.ok(byFetch[1] > 1000 && byFetch[1] < 2000, `${byFetch[1]} lost`);
  assert.deepEqual(byLoop, [3000, 0]);
  await assertAccessible(page, 'break');
});

test('how much at once: a curve, its figures, and where it ends', async (t) => {
  const { page, errors } = await openPage(t, browser, `${served.url}#explore?count=40&latency=20&spread=20`);
  const part = page.locator('#explore[data-mounted="true"]');
  await part.waitFor();
  await assertAccessible(page, 'explore');
  assert.equal(await part.getByRole('slider', { name: 'Requests' }).inputValue(), '40');
  await part.getByRole('slider', { name: 'Latency, ms' }).press('ArrowRight');
  await part.getByRole('button', { name: 'Measure' }).click();
  await part.getByText(/at once is [\d.]+ times as fast as one at a time/).waitFor({ timeout: 30_000 });
  assert.match(page.url(), /#explore\?count=40&latency=30&spread=20&failures=0$/);
  await part.getByText('The figures as a table').click();
  const rows = await part.locator('details tbody tr').allInnerTexts();
  const [first, second] = rows.map((row) => row.split('\t').map(Number.parseFloat));
  assert.equal(rows.length, 10);
  assert.ok(first[1] > second[1], 'two at once are faster than one');
  assert.ok(first[1] >= first[2] * 0.99, 'none is faster than the ideal');
  assert.equal(await part.locator('canvas').count(), 1);
  await assertAccessible(page, 'explore');
  assert.deepEqual(errors, []);
});

test('measuring stops when it is told to before it has begun', async (t) => {
  const { page } = await openPage(t, browser, `${served.url}#explore?count=400&latency=300`);
  const part = page.locator('#explore');
  await part.getByRole('button', { name: 'Measure' }).evaluate((measure) => {
    measure.click();
    for (const button of measure.parentNode.children) if (button.textContent === 'Stop') button.click();
  });
  await part.getByText('Stopped.').waitFor();
});

test('measuring stops when it is told to', async (t) => {
  const { page } = await openPage(t, browser, `${served.url}#explore?count=400&latency=300`);
  const part = page.locator('#explore');
  await part.getByRole('button', { name: 'Measure' }).click();
  await part.getByText('1 at once …').waitFor();
  await part.getByRole('button', { name: 'Stop' }).click();
  await part.getByText('Stopped.').waitFor();
  assert.equal(await part.getByRole('button', { name: 'Measure' }).isEnabled(), true);
});
