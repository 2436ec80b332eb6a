/** How a download is written to its file: in order and whole, whoever writes. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WriteBehind } from '../../node/command/bodies/write-behind.js';
import { test } from './support/test.js';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function openNew(t) {
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-write-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  const handle = await open(path, 'w');
  t.after(() => handle.close());
  return { path, handle };
}

/** @returns {Promise<{ bytes: Buffer, sizes: number[] }>} what the file has, and what was told after each write */
async function writeAll(t, chunks) {
  const { path, handle } = await openNew(t);
  const sizes = [];
  const writer = new WriteBehind(handle, 0, async (size) => void sizes.push(size));
  await Promise.all(chunks.map((chunk) => writer.write(chunk)));
  await writer.flush();
  return { bytes: await readFile(path), sizes };
}

test('what a thread writes, since the disk is slow, stands where it belongs, too', async (t) => {
  const slow = randomBytes(64 * 1024 * 1024); // longer to copy than any write that counts as quick
  const chunks = [slow, ...Array.from({ length: 1000 }, (_, i) => randomBytes(i % 7 === 0 ? 70_000 : 1 + (i % 999)))];
  const whole = Buffer.concat(chunks);
  const { bytes, sizes } = await writeAll(t, chunks);
  assert.equal(sha256(bytes), sha256(whole));
  assert.deepEqual(
    sizes,
    [...sizes].sort((a, b) => a - b),
  );
  assert.equal(sizes.at(-1), whole.length);
  assert.ok(sizes.length < 500, `${sizes.length} writes: what came during a slow one was written together`);
});

test('what comes within one turn of the loop is written together', async (t) => {
  const chunks = Array.from({ length: 100 }, () => randomBytes(1000));
  const { bytes, sizes } = await writeAll(t, chunks);
  assert.equal(sha256(bytes), sha256(Buffer.concat(chunks)));
  assert.deepEqual(sizes, [100_000]);
});

test('nobody need ask for it to be written', async (t) => {
  const { path, handle } = await openNew(t);
  const written = await new Promise((resolve) => {
    new WriteBehind(handle, 0, async (size) => resolve(size)).write(Buffer.from('abc'));
  });
  assert.equal(written, 3);
  assert.equal(await readFile(path, 'utf8'), 'abc');
});

test('a write that fails is told to who writes next, and to who waits for the end', async (t) => {
  const { path } = await openNew(t);
  const readOnly = await open(path, 'r');
  t.after(() => readOnly.close());
  const writer = new WriteBehind(readOnly, 0, () => assert.fail('it was written'));
  await writer.write(Buffer.from('a')).catch(() => {});
  await assert.rejects(writer.flush(), { code: 'EBADF' });
  await assert.rejects(writer.write(Buffer.from('b')), { code: 'EBADF' });
});
