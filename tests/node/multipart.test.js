/** multipart/form-data, parsed back by undici's and httpbin's parsers. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, openAsBlob } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { makeBody } from '../../web/request/body.js';
import { RequestDefaults } from '../../web/request/request-init.js';
import './support/more.js';
import { sendMade, startHttpbin } from './support/httpbin.js';
import { test } from './support/test.js';

const MB = 1024 * 1024;
const httpbin = await startHttpbin({ after });
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));

const session = new RequestDefaults({ baseUrl: httpbin.origin });
const post = (init) => sendMade(session.make('POST', '/post', init));
const refuses = (multipart, message, name = 'TypeError') =>
  assert.throws(() => makeBody({ multipart }), { name, message });

async function read(body) {
  const chunks = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** By undici's parser. @returns {Promise<FormData>} */
async function parsed(body) {
  return new Response(await read(body), { headers: { 'content-type': body.contentType } }).formData();
}

/** All that can be seen of a form. */
async function shown(form) {
  const entries = [];
  for (const [name, value] of form) {
    entries.push(typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()]);
  }
  return entries;
}

function makeForm(...entries) {
  const form = new FormData();
  for (const entry of entries) form.append(...entry);
  return form;
}

test('a FormData arrives as it was', async () => {
  const form = makeForm(
    ['text', 'grüße \u{1f600}'],
    ['empty', ''],
    ['twice', '1'],
    ['twice', '2'],
    ['größe', 'ü'],
    ['file', new File(['a\nb'], 'ä "quoted".txt', { type: 'text/x-odd' })],
    ['blob', new Blob(['blob'])],
    ['--', '----fetchloop\r\n--\r\n'],
  );
  for (const init of [{ body: form }, { multipart: form }]) {
    assert.deepEqual(await shown(await parsed(makeBody(init))), [
      ['text', 'grüße \u{1f600}'],
      ['empty', ''],
      ['twice', '1'],
      ['twice', '2'],
      ['größe', 'ü'],
      ['file', 'ä "quoted".txt', 'text/x-odd', 'a\nb'],
      ['blob', 'blob', 'application/octet-stream', 'blob'],
      ['--', '----fetchloop\r\n--\r\n'],
    ]);
  }
});

test('httpbin understands it', async () => {
  const bytes = new Uint8Array([0, 255, 13, 10, 45, 45]);
  const seen = await post({
    multipart: [
      { name: 'field', value: 'grüße' },
      { name: 'two', value: '1' },
      { name: 'two', value: '2' },
      { name: 'file', value: new File(['text'], 'name.txt') },
      { name: 'bytes', value: bytes, filename: 'b.bin' },
      {
        name: 'stream',
        value: async function* () {
          yield 'str';
          yield 'eam';
        },
        filename: 's.txt',
      },
    ],
  });
  assert.deepEqual(seen.form, { field: 'grüße', two: ['1', '2'] });
  assert.deepEqual(seen.files, {
    file: 'text',
    bytes: `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`,
    stream: 'stream',
  });
  assert.equal(seen.headers['Transfer-Encoding'], 'chunked');
});

test('it is written as browsers do: the same bytes as undici writes for a FormData', async () => {
  const form = makeForm(
    ['a\nb"c\rd\r\ne', 'x\ny\rz\r\n'],
    ['f', new File(['a\nb'], 'n"a\r\nm\ne', { type: 'a/b' })],
    ['g', new Blob(['b'])],
  );
  const body = makeBody({ body: form });
  const reference = new Response(form);
  const boundaryOf = (type) => /boundary=(.*)$/.exec(type)[1];
  const expected = (await reference.text()).replaceAll(boundaryOf(reference.headers.get('content-type')), 'BOUNDARY');
  assert.equal((await read(body)).toString().replaceAll(boundaryOf(body.contentType), 'BOUNDARY'), expected);
  assert.match(expected, /name="a%0D%0Ab%22c%0D%0Ad%0D%0Ae"/); // what HTML says, and not only undici
});

test('the parts of an array are sent as they are', async () => {
  const body = makeBody({ multipart: [{ name: 'a', value: 'x\ny\rz', contentType: 'text/csv' }] });
  assert.match((await read(body)).toString(), /name="a"\r\nContent-Type: text\/csv\r\n\r\nx\ny\rz\r\n--/);
});

test('a part may be any body', async () => {
  const parts = [
    ['a Blob', new Blob(['same'])],
    ['bytes', Buffer.from('same')],
    ['a buffer', new TextEncoder().encode('same').buffer],
    ['a stream', new Blob(['same']).stream()],
    ['an iterator', ['sa', 'me'].values()],
    ['a function', () => ['sa', Buffer.from('me')]],
    ['a text', 'same'],
  ].map(([name, value]) => ({ name, value, filename: 'f', contentType: 'text/plain' }));
  const form = await shown(await parsed(makeBody({ multipart: parts })));
  assert.deepEqual(
    form,
    parts.map(({ name }) => [name, 'f', 'text/plain', 'same']),
  );
});

test('any names, file names and contents come through', async () => {
  let seed = 3;
  const random = (below) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor(((seed >>> 8) / 2 ** 24) * below);
  };
  const pieces = ['a', ' ', '"', "'", '\\', ';', '=', '%', '--', 'ü', '\u{1f600}', '\t', ':', '/', '%22', '\u0080'];
  const text = () => Array.from({ length: 1 + random(8) }, () => pieces[random(pieces.length)]).join('');
  for (let round = 0; round < 100; round++) {
    const parts = Array.from({ length: random(8) }, () =>
      random(2) ? { name: text(), value: text() } : { name: text(), value: Buffer.from(text()), filename: text() },
    );
    // The parsers undo %22 (and %0D%0A), whoever wrote it.
    const plain = (value) => value.replaceAll('%22', '"');
    const expected = parts.map(({ name, value, filename }) =>
      filename === undefined
        ? [plain(name), value]
        : [plain(name), plain(filename), 'application/octet-stream', value.toString()],
    );
    const body = makeBody({ multipart: parts });
    assert.deepEqual(await shown(await parsed(body)), expected);
    assert.equal((await read(body)).byteLength, body.length);
  }
});

test('no name, file name or type begins a header or a part of its own', async () => {
  const odd = 'x"\r\nContent-Type: text/html\r\n\r\n--';
  const body = makeBody({ multipart: [{ name: odd, value: '1', filename: odd }] });
  const [head] = (await read(body)).toString().split('\r\n\r\n');
  assert.equal(head.split('\r\n').length, 3); // boundary, disposition, type
  for (const contentType of ['a/b\r\nx: y', 'a/b\n', 'a\0', '', 5, 'ü']) {
    refuses([{ name: 'a', value: '1', contentType }], /^multipart: a has a contentType/);
  }
});

test('each form has a boundary of its own', () => {
  const types = new Set(Array.from({ length: 100 }, () => makeBody({ multipart: [] }).contentType));
  assert.equal(types.size, 100);
  for (const type of types) assert.match(type, /^multipart\/form-data; boundary=-{4}fetchloop[0-9a-f]{32}$/);
});

test('its length is known when those of all parts are', async () => {
  const known = [
    { name: 'a', value: 'ü' },
    { name: 'b', value: new Blob(['123']) },
    { name: 'c', value: ['45', '6'].values(), length: 3 },
  ];
  const body = makeBody({ multipart: known });
  assert.equal(body.replayable, false);
  assert.equal((await read(body)).byteLength, body.length);
  assert.equal(makeBody({ multipart: [...known.slice(0, 2), { name: 'd', value: [].values() }] }).length, null);
  assert.equal(makeBody({ multipart: [] }).length, (await read(makeBody({ multipart: [] }))).length);
  const seen = await post({ multipart: known.slice(0, 2) });
  assert.ok(Number(seen.headers['Content-Length']) > 200);
});

test('a part that is not as long as it was said to be is an error', async () => {
  const body = makeBody({ multipart: [{ name: 'a', value: ['abc'].values(), length: 4 }] });
  await assert.rejects(read(body), { name: 'RangeError', message: /4 bytes/ });
  refuses([{ name: 'a', value: 'abc', length: 4 }], /^multipart: a was to be 4 bytes/, 'RangeError');
});

test('it can be sent again when all parts can', async () => {
  const parts = [
    { name: 'a', value: 'text' },
    { name: 'b', value: new Blob(['blob']) },
    { name: 'c', value: () => ['function'] },
  ];
  const body = makeBody({ multipart: parts });
  assert.equal(body.replayable, true);
  assert.ok((await read(body)).equals(await read(body)));
  const half = body.open();
  for (let i = 0; i < 3; i++) await half.next();
  assert.match((await read(body)).toString(), /text[\s\S]*blob[\s\S]*function/);
  const once = makeBody({ multipart: [...parts, { name: 'd', value: ['x'].values() }] });
  assert.equal(once.replayable, false);
  await read(once);
  assert.throws(() => once.open(), /only once/);
});

test('a form that is cancelled gives all its streams back', async () => {
  for (const chunks of [0, 2, 5]) {
    const cancelled = [];
    const parts = ['a', 'b', 'c'].map((name) => ({
      name,
      value: new ReadableStream({
        pull: (c) => c.enqueue(Buffer.from('x')),
        cancel: (reason) => {
          cancelled.push([name, reason.message]);
        },
      }),
    }));
    const body = makeBody({ multipart: parts });
    if (chunks) {
      const reading = body.open();
      for (let i = 0; i < chunks; i++) await reading.next();
    }
    body.cancel(new Error('enough'));
    assert.deepEqual(cancelled, [
      ['a', 'enough'],
      ['b', 'enough'],
      ['c', 'enough'],
    ]);
  }
});

test("a part's error is the body's, and the parts after it are given back", async () => {
  let cancelled = false;
  const body = makeBody({
    multipart: [
      { name: 'a', value: createReadStream(join(folder, 'missing')) },
      {
        name: 'b',
        value: new ReadableStream({
          cancel: () => {
            cancelled = true;
          },
        }),
      },
    ],
  });
  await assert.rejects(read(body), { code: 'ENOENT' });
  assert.ok(cancelled);
});

test('what is no part is an error that says what a part is', () => {
  refuses([{ value: 'x' }], /^multipart: each part needs a name, as { name, value, filename, contentType, length }/);
  for (const part of [null, 'ab', 5, ['a', 'b']]) refuses([part], /^multipart: each part needs a name/);
  refuses([{ name: 'a' }], /^multipart: a must be text, bytes/);
  refuses([{ name: 'a', value: 5 }], /^multipart: a must be text, bytes/);
  refuses([{ name: 'a', value: 'x', type: 'a/b' }], /^multipart: a has an unknown type: there are name, value/);
  for (const form of [{ a: 1 }, 'a=1', 5, Promise.resolve(), new Uint8Array(1)])
    refuses(form, /^multipart must be a FormData or an array/);
});

test(
  'a file of 200 MB is streamed in flat memory, and arrives whole',
  async (t) => {
    const path = join(folder, 'big.bin');
    const hash = createHash('sha256');
    const file = await open(path, 'w');
    for (let i = 0; i < 200; i++) {
      const chunk = randomBytes(MB);
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.close();
    const received = { hash: createHash('sha256'), bytes: 0 };
    const server = http.createServer(async (request, response) => {
      for await (const chunk of request) {
        received.bytes += chunk.length;
        received.hash.update(chunk);
      }
      response.end('{}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const expected = createHash('sha256');
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }, 20);
    const base = process.memoryUsage().arrayBuffers;
    const made = new RequestDefaults({}).make('POST', `http://127.0.0.1:${server.address().port}/`, {
      multipart: [
        { name: 'file', value: await openAsBlob(path), filename: 'big.bin' },
        { name: 'after', value: 'x' },
      ],
    });
    await sendMade(made);
    clearInterval(watch);
    assert.equal(received.bytes, made.body.length);
    // The same form, read here: its framing is random, so what arrived is compared with what is sent the second time.
    for await (const chunk of made.body.open()) expected.update(chunk);
    assert.equal(received.hash.digest('hex'), expected.digest('hex'));
    t.diagnostic(`at most ${((most - base) / MB).toFixed(1)} MB of buffers`);
    assert.ok(most - base < 50 * MB, `${most - base}`);
  },
  { timeout: 60_000 },
);
