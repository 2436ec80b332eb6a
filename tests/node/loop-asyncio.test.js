/** Programs of asyncio's, in Python and in JavaScript: both must say the same, in the same order. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EventLoop } from 'fetchloop/loop';
import { PROGRAMS } from '../asyncio/programs.mjs';
import { test } from './support/test.js';

const path = fileURLToPath(new URL('../asyncio/programs.py', import.meta.url));
const said = JSON.parse(execFileSync('/usr/bin/python3', ['-B', path], { encoding: 'utf8' }));

test('each program is there in both languages', () => {
  assert.deepEqual(Object.keys(PROGRAMS).sort(), Object.keys(said).sort());
});

for (const [name, expected] of Object.entries(said)) {
  test(`as in CPython: ${name.replaceAll('_', ' ')}`, async (t) => {
    const loop = await EventLoop.open();
    t.after(() => loop.close());
    const lines = [];
    const program = PROGRAMS[name];
    await loop.runUntilComplete(() => program(loop, (line) => lines.push(line)));
    assert.deepEqual(lines, expected);
  });
}
