/** A list of one's own, as a person uses it. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { assertAccessible, goTo, openPage, startChromium, startDemo, test } from './support/page.js';

const served = await startDemo();
const browser = await startChromium();

/** @param {import('playwright-core').Page} page */
async function fetchAll(page) {
  await page.getByRole('button', { name: 'Fetch' }).click();
  await page.locator('#list').getByRole('button', { name: 'Fetch', disabled: false }).waitFor();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
}

const told = (page) => page.locator('#list p[role="status"]').innerText();
const urlsShown = (page) => page.locator('#list tbody td.url').allInnerTexts();
const rowOf = (page, text) => page.locator('#list tbody tr', { hasText: text });

/** @returns {Promise<string>} the file that the button saves */
async function save(page, name) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
  assert.equal(download.suggestedFilename(), `fetchloop.${name.toLowerCase()}`);
  return readFile(await download.path(), 'utf8');
}

test('a list of every kind: what came of each, and why', async (t) => {
  const { page } = await openPage(t, browser, served.url);
  await goTo(page, 'list');
  await assertAccessible(page, 'list');
  await page.getByRole('button', { name: 'Some of every kind' }).click();
  await page.waitForFunction(() => document.querySelector('#list textarea').value !== '');
  await fetchAll(page);
  assert.match(await told(page), /^11 of 11 in \d+\.\d\d s, 3 failed\.$/);
  const cell = async (name, column) => rowOf(page, name).locator(`td.${column}`).innerText();
  assert.equal(await cell('quick', 'status'), '200');
  assert.equal(await cell('large', 'size'), '3,000,000');
  assert.equal(await cell('missing', 'status'), '404');
  assert.equal(await cell('busy-once', 'status'), '200');
  assert.equal(await cell('busy-once', 'retries'), '1');
  assert.equal(await cell('breaks-once', 'status'), '200');
  assert.equal(await cell('answer/broken', 'status'), '500');
  assert.equal(await cell('answer/broken', 'retries'), '2');
  assert.equal(await cell('abroad-allowed', 'status'), '200');
  assert.match(
    await cell('abroad-refused', 'why'),
    /^CORS: 127\.0\.0\.1:\d+ answered, but without the header Access-Control/,
  );
  assert.match(await cell('nobody-there', 'why'), /could not be reached/);
  assert.match(await cell('only-http', 'why'), /http and https/);
  await assertAccessible(page, 'list');
});

test('the results are sorted, filtered, copied, and saved as NDJSON, CSV and HAR', async (t) => {
  const paths = ['slow?latency=300', 'b?bytes=5', 'c?status=404', 'a?bytes=900'];
  const urls = paths.map((path) => `${served.url}answer/${path}`);
  const link = `${served.url}#list?${new URLSearchParams({ urls: urls.join('\n'), retries: '0' })}`;
  const { page } = await openPage(t, browser, link, { permissions: ['clipboard-read', 'clipboard-write'] });
  await fetchAll(page);
  assert.deepEqual(await urlsShown(page), urls, 'in the order of the list');

  await page.getByRole('button', { name: 'Bytes' }).click();
  await page.getByRole('button', { name: 'Bytes' }).click();
  assert.equal((await urlsShown(page))[0], urls[3]);
  assert.equal(await page.getByRole('columnheader', { name: 'Bytes' }).getAttribute('aria-sort'), 'descending');
  await page.getByRole('button', { name: '#' }).click();

  const records = (await save(page, 'NDJSON'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    records.map(({ urlnum, url, response_code }) => [urlnum, url, response_code]),
    [
      [0, urls[0], 200],
      [1, urls[1], 200],
      [2, urls[2], 404],
      [3, urls[3], 200],
    ],
  );
  assert.ok(records[0].time_total >= 0.3);
  const csv = (await save(page, 'CSV')).split('\r\n');
  assert.match(csv[0], /^urlnum,url,response_code,/);
  assert.equal(csv.length, 1 + urls.length + 1);
  assertHar(JSON.parse(await save(page, 'HAR')), urls);

  await page.getByRole('searchbox', { name: 'Filter' }).fill('404');
  assert.deepEqual(await urlsShown(page), [urls[2]]);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByText('Copied').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied.trimEnd().split('\n').length, 2, 'the heading, and what the filter leaves');
  assert.match(copied, /\t404\t/);
});

/** What the format asks for of each entry. */
function assertHar({ log }, urls) {
  assert.equal(log.version, '1.2');
  assert.equal(log.creator.name, 'fetchloop');
  assert.deepEqual(
    log.entries.map(({ request }) => request.url),
    urls,
  );
  for (const { startedDateTime, time, request, response, cache, timings } of log.entries) {
    assert.ok(Math.abs(Date.parse(startedDateTime) - Date.now()) < 60_000, startedDateTime);
    assert.equal(request.method, 'GET');
    assert.ok(
      [request, response].every(({ cookies, headers, headersSize }) => cookies && headers && headersSize === -1),
    );
    assert.equal(response.content.mimeType, 'text/plain');
    assert.equal(response.content.size, response.bodySize);
    assert.deepEqual(cache, {});
    const { ssl, ...others } = timings;
    assert.deepEqual(Object.keys(others), ['blocked', 'dns', 'connect', 'send', 'wait', 'receive']);
    assert.ok(Object.values(others).every((ms) => ms >= 0 || ms === -1));
    const sum = Object.values(others).reduce((all, ms) => all + Math.max(ms, 0), 0);
    assert.ok(Math.abs(sum - time) < 0.01, `${time} is the sum of ${JSON.stringify(timings)}`);
  }
  assert.ok(log.entries[0].timings.wait >= 299);
}

test('limits are obeyed, and stand in the address', async (t) => {
  const { page } = await openPage(t, browser, served.url);
  await goTo(page, 'list');
  const urls = Array.from({ length: 4 }, (_, i) => `${served.url}answer/${i}?latency=100`);
  await page.getByRole('textbox', { name: 'URLs, one a line' }).fill(['# a comment', ...urls].join('\n'));
  await page.getByRole('spinbutton', { name: 'Of these to one host' }).fill('1');
  await page.getByRole('textbox', { name: 'Rate' }).fill('100/s');
  await fetchAll(page);
  const [, seconds] = /^4 of 4 in ([\d.]+) s, 0 failed\.$/.exec(await told(page));
  assert.ok(Number(seconds) >= 0.4, 'one after another');
  const { hash } = new URL(page.url());
  const settings = Object.fromEntries(new URLSearchParams(hash.slice(hash.indexOf('?'))));
  assert.deepEqual(settings, { limitPerHost: '1', rate: '100/s', urls: urls.join('\n') });
});

test('no URLs, or a limit that none is: it says so; a list is stopped', async (t) => {
  const { page } = await openPage(t, browser, served.url);
  await goTo(page, 'list');
  await page.getByRole('button', { name: 'Fetch' }).click();
  assert.match(await told(page), /^No URLs yet/);
  const box = page.getByRole('textbox', { name: 'URLs, one a line' });
  await box.fill(`${served.url}answer/slow?latency=30000\n${served.url}answer/quick`);
  await page.locator('#list').getByRole('spinbutton', { name: 'At once' }).fill('0');
  await page.getByRole('button', { name: 'Fetch' }).click();
  assert.equal(await page.locator('#list input:invalid').count(), 1, 'the browser says what is wrong with it');
  await page.locator('#list').getByRole('spinbutton', { name: 'At once' }).fill('2');
  await page.getByRole('button', { name: 'Fetch' }).click();
  await page.getByText('1 of 2').waitFor();
  await page.locator('#list').getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped.').waitFor();
});
