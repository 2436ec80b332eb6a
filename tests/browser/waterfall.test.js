/** The waterfall, which pages of any kind may have: in Debian's Chromium. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { build } from 'esbuild';
import { launchChromium } from './support/browser.js';

const browser = await launchChromium();
after(() => browser.close());

const { outputFiles } = await build({
  stdin: {
    contents: "export { Waterfall } from './web/waterfall/waterfall.js'; import './web/waterfall/waterfall.css'",
    resolveDir: '.',
  },
  bundle: true,
  format: 'iife',
  globalName: 'lib',
  outdir: 'out',
  write: false,
});
const textOf = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text;

/** A page with one: a row each 10 ms, of 100 ms of waiting; the third has failed. */
async function openWaterfall(t, count, viewport = { width: 900, height: 500 }) {
  const page = await browser.newPage({ viewport });
  t.after(() => page.close());
  await page.setContent(`<style>${textOf('.css')} #w { height: 400px }</style><div id="w"></div>`);
  await page.addScriptTag({ content: textOf('.js') });
  await page.evaluate((count) => {
    window.selected = [];
    window.waterfall = new lib.Waterfall(document.getElementById('w'), {
      title: 'Test',
      describe: (row) => [row.label, row.note],
      onSelect: (row, index) => window.selected.push(row && index),
    });
    const row = (_, i) => ({
      label: `/row/${i}`,
      note: 'fine',
      start: i * 10,
      segments: [0, 20, 4, 100],
      failed: i === 2,
    });
    window.waterfall.setRows(Array.from({ length: count }, row));
  }, count);
  await page.locator('.wf-scroll').focus();
  const state = () =>
    page.evaluate(() => ({
      ...waterfall.range,
      selected: waterfall.selected,
      top: document.querySelector('.wf-scroll').scrollTop,
    }));
  return { page, state };
}

/** How many pixels of the canvas have such a colour, near enough, once what has changed is drawn: two frames later. */
const countColour = (page, rgb) =>
  page.evaluate(async (rgb) => {
    for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    const canvas = document.querySelector('.wf-canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (rgb.every((value, j) => Math.abs(data[i + j] - value) < 12)) count++;
    return count;
  }, rgb);

const WAIT = [0, 158, 115];

test('it draws what waits in its colour, and only that', async (t) => {
  const { page } = await openWaterfall(t, 10);
  assert.ok((await countColour(page, WAIT)) > 500);
  assert.equal(await countColour(page, [0, 114, 178]), 0, 'nothing was downloaded');
});

test('keys walk through the rows, move and zoom; what is selected is told, and read out', async (t) => {
  const { page, state } = await openWaterfall(t, 1000);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal((await state()).selected, 1);
  assert.equal(await page.locator('[aria-live]').textContent(), '/row/1, fine');
  await page.keyboard.press('End');
  const end = await state();
  assert.equal(end.selected, 999);
  assert.ok(end.top > 10_000, 'it is scrolled to');
  await page.keyboard.press('Escape');
  assert.deepEqual(await page.evaluate(() => window.selected), [0, 1, 999, null]);

  const whole = await state();
  for (const key of ['+', '+']) await page.keyboard.press(key);
  const near = await state();
  assert.ok(near.to - near.from < (whole.to - whole.from) / 2);
  await page.keyboard.press('ArrowRight');
  assert.ok((await state()).from > near.from);
  await page.keyboard.press('0');
  const { from, to } = await state();
  assert.deepEqual([from, to], [whole.from, whole.to]);
});

test('the wheel scrolls, with Ctrl it zooms where the pointer is; dragging moves', async (t) => {
  const { page, state } = await openWaterfall(t, 1000);
  const box = await page.locator('.wf-scroll').boundingBox();
  await page.mouse.move(box.x + 700, box.y + 100);
  await page.mouse.wheel(0, 300);
  await page.waitForFunction(() => document.querySelector('.wf-scroll').scrollTop > 200);
  const before = await state();
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -300);
  await page.keyboard.up('Control');
  await page.waitForFunction((to) => waterfall.range.to < to, before.to);
  const near = await state();
  assert.ok(near.from > before.from && near.to < before.to);
  await page.mouse.down();
  await page.mouse.move(box.x + 600, box.y + 100, { steps: 4 });
  await page.mouse.up();
  assert.ok((await state()).from > near.from);
  assert.equal((await state()).selected, -1, 'a drag is no click');
  await page.mouse.click(box.x + 600, box.y + 50);
  assert.ok((await state()).selected > 0);
});

test('drawing over the overview shows that part, and its rows', async (t) => {
  const { page, state } = await openWaterfall(t, 1000);
  await page.evaluate(() => {
    waterfall.fits = true;
  });
  const box = await page.locator('.wf-overview').boundingBox();
  await page.mouse.move(box.x + 450, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 550, box.y + 20, { steps: 4 });
  await page.mouse.up();
  const { from, to, top } = await state();
  const timeAt = (x) => ((x - 10) / (box.width - 20)) * 10_110;
  assert.ok(Math.abs(from - timeAt(450)) < 20 && Math.abs(to - timeAt(550)) < 20, `${from} to ${to}`);
  assert.ok(top > 5000, 'the first row of that part is seen');
  assert.ok((await countColour(page, WAIT)) > 100);
});

test('all rows at once, however many: a failure among them is still seen', async (t) => {
  const { page } = await openWaterfall(t, 20_000);
  await page.evaluate(() => {
    waterfall.fits = true;
  });
  assert.ok((await countColour(page, [196, 66, 0])) > 0);
});

test('hovering tells of a row; leaving it hides that', async (t) => {
  const { page } = await openWaterfall(t, 10);
  const box = await page.locator('.wf-scroll').boundingBox();
  await page.mouse.move(box.x + 300, box.y + 33);
  assert.equal(await page.locator('.wf-tip strong').textContent(), '/row/1');
  await page.mouse.move(box.x + 300, box.y + 390);
  assert.ok(await page.locator('.wf-tip').isHidden());
});

test('it has other colours in the dark, at once', async (t) => {
  const { page } = await openWaterfall(t, 10);
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.ok((await countColour(page, [31, 191, 143])) > 500);
});

test('destroyed, it leaves nothing behind', async (t) => {
  const { page } = await openWaterfall(t, 10);
  await page.evaluate(() => waterfall.destroy());
  assert.equal(await page.locator('#w > *').count(), 0);
});
