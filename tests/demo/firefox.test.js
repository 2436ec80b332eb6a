/** The race and the list in Debian's Firefox, through WebDriver BiDi. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import puppeteer from 'puppeteer-core';
import { startDemo, test } from './support/page.js';

const served = await startDemo();
const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
  headless: true,
});
after(() => browser.close());

/** @param {string} hash of the address @returns {Promise<{ page: import('puppeteer-core').Page, errors: string[] }>} */
async function openPage(hash) {
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', (error) => {
    if (!String(error).includes('Cross-Origin Request Blocked')) errors.push(String(error)); // which is what the list shows
  });
  await page.goto(`${served.url}${hash}`);
  return { page, errors };
}

test('in Firefox the race runs: the same seconds, the same order', async (t) => {
  const { page, errors } = await openPage('#race?speed=2');
  await page.locator('#race button.primary').click();
  await page.locator('#race .score').wait();
  const told = await page.$eval('#race', (race) => ({
    clocks: [...race.querySelectorAll('.clock')].map(({ textContent }) => Number.parseFloat(textContent)),
    printed: race.querySelectorAll('pre')[1].textContent.trimEnd().split('\n'),
  }));
  t.diagnostic(`${told.clocks} s`);
  const [one, all] = told.clocks;
  assert.ok(one >= 6.3 && all >= 2.14 && all < one / 2, `${told.clocks}`);
  assert.deepEqual(told.printed.slice(0, -1), [
    'https://www.python.org/ / 200',
    'https://www.javascript.com/ / 200',
    'https://www.amazon.com/ / 200',
    'https://www.scala-lang.org/ / 200',
    'https://www.netflix.com/ / 200',
  ]);
  assert.deepEqual(errors, []);
});

test('in Firefox a list is fetched, and CORS explained', async () => {
  const { page, errors } = await openPage('#list');
  await page.locator('#list ::-p-text(Some of every kind)').click();
  await page.waitForFunction(() => document.querySelector('#list textarea').value !== '');
  await page.locator('#list button.primary').click();
  await page.waitForFunction(() =>
    /^11 of 11 in .*, 3 failed\.$/.test(document.querySelector('#list p[role]').textContent),
  );
  await page.locator('#list button.primary:enabled').wait();
  const rows = await page.$$eval('#list tbody tr', (all) => all.map(({ textContent }) => textContent));
  assert.equal(rows.length, 11);
  assert.match(
    rows.find((text) => text.includes('abroad-refused')),
    /CORS: .* answered, but without/,
  );
  assert.match(
    rows.find((text) => text.includes('nobody-there')),
    /could not be reached/,
  );
  assert.deepEqual(errors, []);
});
