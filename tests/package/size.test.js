/** What a browser has to load: a bound, so that nothing grows unseen. Less is better: lower them when it has become less. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const KB = 1000;
const WEB = new URL('../../build/web/', import.meta.url);

async function zipped(name) {
  return gzipSync(await readFile(new URL(name, WEB)), { level: 9 }).length;
}

for (const { what, files, most } of [
  { what: 'the session, JavaScript and wasm', files: ['index.js', 'fetchloop.wasm'], most: 30 * KB },
  { what: 'its JavaScript', files: ['index.js'], most: 13.47 * KB },
  { what: 'what it loads when it needs it', files: ['more.js'], most: 9.38 * KB },
  { what: 'what a session in a worker takes besides', files: ['remote.js', 'worker.js'], most: 5.98 * KB },
]) {
  test(`${what}: at most ${most / KB} kB, gzipped`, async (t) => {
    const sizes = await Promise.all(files.map(zipped));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    t.diagnostic(`${files.map((file, i) => `${file} ${sizes[i]}`).join(' + ')} = ${total}`);
    assert.ok(total <= most, `${total} bytes`);
  });
}
