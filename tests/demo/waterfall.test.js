/** Ten thousand requests, drawn while they are made. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { openUnwatched } from '../browser/support/unwatched.js';
import { assertAccessible, openPage, startChromium, startDemo, test } from './support/page.js';

const served = await startDemo();
const browser = await startChromium();

const FRAMES_MIN = 55;
const MEMORY_MAX = 300e6;
const FEW = 'count=200&latency=20&download=0&failures=10&losses=5';

/** @param {string} [url] */
async function openPart(t, settings, url = served.url) {
  const opened = await openPage(t, browser, `${url}#waterfall?${settings}`);
  await opened.page.locator('#waterfall[data-mounted="true"]').waitFor();
  const part = opened.page.locator('#waterfall');
  return { ...opened, part, start: () => part.getByRole('button', { name: 'Start' }).click() };
}

/** What only a status of 503 has told of is no error of the page's. */
const realErrors = (errors) => errors.filter((text) => !text.includes('503'));

const figureOf = async (part, title) =>
  Number((await part.locator('.live div', { hasText: title }).locator('dd').innerText()).replaceAll(',', ''));

/** The largest of the browser's processes for pages, in bytes of RAM. */
async function largestTab() {
  const devTools = await browser.newBrowserCDPSession();
  const { processInfo } = await devTools.send('SystemInfo.getProcessInfo');
  await devTools.detach();
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => residentBytes(id));
  return Math.max(...(await Promise.all(sizes)));
}

async function residentBytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

test('10,000 requests, live: none is lost, 55 frames a second or more, less than 300 MB', async (t) => {
  const page = await openUnwatched(browser, `${served.url}#waterfall?count=10000&failures=1`);
  t.after(() => page.close());
  const told = () =>
    page.evaluate(() => globalThis.document.querySelector('#waterfall .verdict')?.textContent ?? 'not there yet');
  while ((await told()) === 'not there yet') await wait(50);
  await page.evaluate(() => globalThis.document.querySelector('#waterfall button[type="submit"]').click());
  let memory = 0;
  while (!/lost/.test(await told())) {
    memory = Math.max(memory, await largestTab());
    await wait(500);
  }
  t.diagnostic(`${await told()} ${Math.round(memory / 1e6)} MB`);
  assert.match(await told(), /^10,000 requests in [\d.]+ s: 10,000 done, \d+ tried again, 0 lost\./);
  const frames = Number(/Drawn (\d+) times a second/.exec(await told())[1]);
  assert.ok(frames >= FRAMES_MIN, `${frames} frames a second`);
  assert.ok(memory > 0 && memory < MEMORY_MAX, `${memory} bytes`);
});

test('figures, a line for each request, and all of it accessible', async (t) => {
  const { page, part, start, errors } = await openPart(t, FEW);
  await assertAccessible(page, 'waterfall');
  await start();
  await part.getByText('200 requests in').waitFor();
  assert.deepEqual(
    [await figureOf(part, 'done'), await figureOf(part, 'failed'), await figureOf(part, 'in flight')],
    [189, 11, 0],
  );
  await part.getByText('The requests as a table').click();
  await part.getByText('Failed: 11').waitFor();
  await part.getByText('Requests 1 to 100 of 200').waitFor();
  const first = part.locator('tbody tr').first();
  assert.match(await first.innerText(), /^1\tFailed\t503\t.*\t2$/s); // two retries
  await part.getByRole('button', { name: 'Next' }).click();
  await part.getByText('Requests 101 to 200 of 200').waitFor();
  assert.match(await first.innerText(), /^101\t/);
  await assertAccessible(page, 'waterfall');
  assert.deepEqual(realErrors(errors), []);
});

test('by keys one walks through the requests, which are read out; the mouse shows them, too', async (t) => {
  const { page, part, start } = await openPart(t, FEW);
  await start();
  await part.getByText('200 requests in').waitFor();
  const picture = part.getByRole('application', { name: /^Waterfall of the requests/ });
  await picture.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await part.locator('.wf-live').getByText('request 2: done').waitFor({ state: 'attached' });
  await part.getByRole('button', { name: 'All rows' }).click();
  await picture.hover({ position: { x: 300, y: 11 } });
  await part.locator('.wf-tip').getByText('request 1: failed').waitFor();
});

test('what is seen stays while the run goes on', async (t) => {
  const { page, part, start } = await openPart(t, 'count=400&latency=100');
  await start();
  await page.waitForFunction(
    () => !/^[–0]$/.test(globalThis.document.querySelector('#waterfall .live dd').textContent),
  );
  await part.getByRole('application').focus();
  await page.keyboard.press('ArrowDown');
  await part.getByRole('button', { name: 'All rows' }).click();
  await part.locator('.wf-scroll').evaluate((element) => element.scrollTo(0, 1100));
  const before = await figureOf(part, 'done');
  while ((await figureOf(part, 'done')) <= before + 10) await wait(50);
  assert.equal(await part.locator('.wf-scroll').evaluate((element) => element.scrollTop), 1100);
});

test('those that were begun last are followed, until the reader looks around', async (t) => {
  const { page, part, start } = await openPart(t, 'count=400&latency=60&failures=0');
  await start();
  const follow = part.getByRole('button', { name: 'Follow' });
  await follow.click();
  const top = () => part.locator('.wf-scroll').evaluate((element) => element.scrollTop);
  while ((await top()) < 500) await wait(50);
  await part.getByRole('application').hover();
  await page.mouse.wheel(0, -200);
  assert.equal(await follow.getAttribute('aria-pressed'), 'false');
  await part.getByText('400 requests in').waitFor();
  assert.ok((await top()) < 400 * 22 - 1000, 'it was not carried to the end');
});

test('it is stopped, and what was under way is neither lost nor failed', async (t) => {
  const { part, start, errors } = await openPart(t, 'count=5000&latency=200&failures=0');
  await start();
  await part.getByRole('button', { name: 'Stop' }).click();
  await part.getByText(/^Stopped after [\d.]+ s: [\d,]+ of 5,000 were done/).waitFor();
  assert.equal(await figureOf(part, 'failed'), 0);
  await part.getByText('The requests as a table').click();
  await part.getByText(/Stopped: \d+/).waitFor();
  assert.equal(await part.getByRole('button', { name: 'Again' }).isEnabled(), true);
  assert.deepEqual(errors, []);
});

test('the settings are in the address, and those that make no sense are refused', async (t) => {
  const { page, part, start } = await openPart(t, 'count=1000000&latency=5');
  await start();
  assert.equal(
    await part.getByRole('spinbutton', { name: 'Requests' }).evaluate((input) => input.validity.valid),
    false,
  );
  assert.equal(await part.getByRole('button', { name: 'Start' }).isEnabled(), true);
  await part.getByRole('spinbutton', { name: 'Requests' }).fill('150');
  await start();
  await part.getByText('150 requests in').waitFor();
  assert.match(page.url(), /#waterfall\?count=150&limit=50&limitPerHost=6&latency=5&/);
});

test('the picture is saved as a PNG', async (t) => {
  const { page, part, start } = await openPart(t, FEW);
  await start();
  await part.getByText('200 requests in').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    part.getByRole('button', { name: 'PNG' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'waterfall.png');
  const png = await readFile(await download.path());
  assert.equal(png.toString('latin1', 1, 4), 'PNG');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const canvas = await part.locator('.wf-canvas').boundingBox();
  assert.ok(width > canvas.width && height > canvas.height + 100, `${width} × ${height}: with axis and legend`);
});

test('on the simulated network, too', async (t) => {
  const { part, start, errors } = await openPart(t, FEW, new URL('../../dist/demo.html', import.meta.url).href);
  await start();
  await part.getByText('200 requests in').waitFor();
  assert.deepEqual([await figureOf(part, 'done'), await figureOf(part, 'failed')], [189, 11]);
  assert.deepEqual(errors, []);
});
