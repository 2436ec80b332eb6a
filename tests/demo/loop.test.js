/** Inside the loop: a program, moment by moment. */
import assert from 'node:assert/strict';
import { assertAccessible, openPage, startChromium, startDemo, test } from './support/page.js';

const served = await startDemo();
const browser = await startChromium();

test('the document’s program is stepped through, from its first step to its eighth', async (t) => {
  const { page, errors } = await openPage(t, browser, `${served.url}#loop`);
  const part = page.locator('#loop[data-mounted="true"]');
  await part.waitFor();
  await assertAccessible(page, 'loop');
  const step = part.getByRole('button', { name: 'Step', exact: true });
  const said = part.locator('.said');
  const steps = new Set();
  for (let i = 0; i < 60 && (await step.isEnabled()); i++) {
    await step.press('Enter');
    steps.add(Number.parseInt(await said.innerText(), 10));
    if (i === 4) await assertAccessible(page, 'loop');
  }
  assert.deepEqual(
    [...steps].filter((number) => number > 0),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
  assert.match(await part.getByRole('region', { name: 'What the program has printed' }).innerText(), /1 \+ 2 = 3/);
  await part.getByRole('button', { name: 'From the start' }).click();
  assert.equal(await step.isEnabled(), true);
  assert.deepEqual(errors, []);
});
