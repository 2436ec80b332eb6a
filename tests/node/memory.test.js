/** What large bodies and evil ones need of memory, in a process of its own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { runMeasured, runMeasuredCommand } from './support/measured.js';
import { startNginx } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { makePki } from './support/pki.js';
import { test } from './support/test.js';

const MiB = 1024 * 1024;
const LONG = { timeout: 120_000 };

/**
 * Node alone has 43 MB, with fetchloop 50, with a connection 60. What it reads is garbage, of which some 10 MB gather (see
 * chunk-memory.js).
 */
const STREAMED = 95 * MiB; // 100 MB
/** And V8 optimises undici's parser after all, when it has parsed enough: 30 MB for a moment (see undici.js). */
const LITTLE = 150 * MiB;

function assertLittle(peak, most = LITTLE) {
  assert.ok(peak < most, `${Math.round(peak / MiB)} MiB`);
}

/** A gzip of `mebibytes` of zeros, of which each block is the same: made once, sent often. */
function* bombOf(mebibytes) {
  const deflate = (flush) => zlib.deflateRawSync(Buffer.alloc(MiB), { finishFlush: flush });
  const block = deflate(zlib.constants.Z_FULL_FLUSH);
  yield Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  for (let i = 0; i < mebibytes; i++) yield block;
  yield Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // an empty last block, and a checksum that nobody gets to see
}

async function startBomb(t, mebibytes) {
  const sent = { bytes: 0 };
  const server = await startHttp(t, (_request, response) => {
    response.setHeader('content-encoding', 'gzip');
    pipeline(Readable.from(bombOf(mebibytes)), response).catch(() => {});
    response.on('close', () => {
      sent.bytes = response.socket?.bytesWritten ?? sent.bytes;
    });
  });
  return { ...server, sent };
}

/** As nginx sends them: in chunks where it has no Content-Length. */
async function startLarge(t, options = {}) {
  const locations = 'location /big { } location /chunked { ssi on; ssi_types *; }';
  const nginx = await startNginx(t, { files: { big: '', chunked: '' }, locations, ...options });
  for (const name of ['big', 'chunked']) execFileSync('truncate', ['-s', '1G', join(nginx.folder, 'files', name)]);
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
  t.after(() => rm(folder, { recursive: true }));
  return { origin: nginx.origin, to: join(folder, 'big') };
}

for (const [how, save] of [
  ['from the response', 'await pipeline(response, createWriteStream(TO));'],
  ['from its body', 'await pipeline(Readable.fromWeb(response.body), createWriteStream(TO));'],
  [
    'chunk by chunk',
    `const file = await open(TO, 'w');
    for await (const chunk of response.body) await file.write(chunk);
    await file.close();`,
  ],
]) {
  test(
    `1 GB to a file, ${how}`,
    async (t) => {
      const { origin, to } = await startLarge(t);
      const script = `
      import { createWriteStream, statSync } from 'node:fs';
      import { open } from 'node:fs/promises';
      import { Readable } from 'node:stream';
      import { pipeline } from 'node:stream/promises';
      const { TO } = process.env;
      const response = await session.get(process.env.URL, { stream: true });
      ${save}
      said = statSync(TO).size;`;
      const { said, peak } = await runMeasured(t, script, { URL: `${origin}/big`, TO: to });
      assert.equal(said, 1024 * MiB);
      assertLittle(peak, STREAMED);
    },
    LONG,
  );
}

for (const [how, name, isSecure] of [
  ['', 'big', false],
  [', in chunks', 'chunked', false],
  [', over TLS', 'big', true],
]) {
  test(
    `1 GB to a file, by the command${how}`,
    async (t) => {
      const identity = isSecure ? makePki(t).issue('localhost', 'IP:127.0.0.1') : undefined;
      const { origin, to } = await startLarge(t, { identity });
      const peak = await runMeasuredCommand(t, ['-s', '-k', '-o', to, `${origin}/${name}`]);
      assert.equal((await stat(to)).size, 1024 * MiB);
      assertLittle(peak, STREAMED);
    },
    LONG,
  );
}

test(
  'a body of 300 MB that is read whole needs that once',
  async (t) => {
    const nginx = await startNginx(t, { files: { big: '' }, locations: 'location /big { }' });
    execFileSync('truncate', ['-s', '300M', join(nginx.folder, 'files', 'big')]);
    const script = `
    const response = await session.get(process.env.URL, { bodyMax: Infinity });
    said = (await response.arrayBuffer()).byteLength;`;
    const { said, peak } = await runMeasured(t, script, { URL: `${nginx.origin}/big` });
    assert.equal(said, 300 * MiB);
    assertLittle(peak, 300 * MiB + LITTLE);
  },
  LONG,
);

// undici CVE-2026-22036, urllib3 CVE-2026-21441
for (const [how, init] of [
  ['read whole', '{}'],
  ['streamed', '{ stream: true, bodyMax: 100 * 1024 * 1024 }'],
]) {
  test(
    `a gzip bomb of 10 GB, ${how}, stops at 100 MiB decoded`,
    async (t) => {
      const server = await startBomb(t, 10 * 1024);
      const script = `
      try {
        const response = await session.get(process.env.URL, ${init});
        for await (const chunk of response.body) said = (said ?? 0) + chunk.length;
      } catch (error) {
        said = [said, error.code];
      }`;
      const { said, peak } = await runMeasured(t, script, { URL: server.origin });
      assert.equal(said[1], 'FL_ETOOBIG');
      assert.ok((said[0] ?? 0) <= 100 * MiB);
      assertLittle(peak, how === 'streamed' ? LITTLE : LITTLE + 100 * MiB);
    },
    LONG,
  );
}

test(
  'a bomb that is streamed without a cap goes by, as slowly as it is read',
  async (t) => {
    const server = await startBomb(t, 2 * 1024);
    const script = `
    const reader = (await session.get(process.env.URL, { stream: true })).body.getReader();
    said = 0;
    await new Promise((resolve) => setTimeout(resolve, 500));
    while (said < 1024 * 1024 * 1024) said += (await reader.read()).value.length;
    await reader.cancel();`;
    const { said, peak } = await runMeasured(t, script, { URL: server.origin });
    assert.ok(said >= 1024 * MiB);
    assertLittle(peak);
  },
  LONG,
);

for (const [name, piece] of [
  ['of one byte', Buffer.from('1\r\nx\r\n')],
  ['with long extensions', Buffer.from(`1;${'e'.repeat(50_000)}\r\nx\r\n`)],
]) {
  test(
    `a body in chunks ${name} needs no more than its bytes`,
    async (t) => {
      const count = name === 'of one byte' ? 2_000_000 : 5000;
      const pieces = function* () {
        const batch = Buffer.concat(Array(1 + Math.floor(10_000 / piece.length)).fill(piece));
        yield Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        for (let sent = 0; sent < count; sent += batch.length / piece.length) yield batch;
        yield Buffer.from('0\r\n\r\n');
      };
      const server = await startHttp(t, (_request, response) => {
        pipeline(Readable.from(pieces()), response.socket).catch(() => {});
      });
      const script = 'said = (await (await session.get(process.env.URL)).text()).length;';
      const { said, peak } = await runMeasured(t, script, { URL: server.origin });
      assert.ok(said >= count);
      assertLittle(peak);
    },
    LONG,
  );
}
