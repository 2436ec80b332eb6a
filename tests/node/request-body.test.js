/** A request's body: what is sent of each kind, how often, how fast, and what becomes of it when it isn't needed. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { makeBody } from '../../web/request/body.js';
import { RequestDefaults } from '../../web/request/request-init.js';
import './support/more.js';
import { sendMade, startHttpbin } from './support/httpbin.js';
import { test } from './support/test.js';

const httpbin = await startHttpbin({ after });
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));
const FILE = join(folder, 'file.bin');
const FILE_BYTES = randomBytes(300_000);
await writeFile(FILE, FILE_BYTES);

const session = new RequestDefaults({ baseUrl: httpbin.origin });
/** What httpbin says that it was sent. */
const post = (init) => sendMade(session.make('POST', '/post', init));
const refuses = (init, message, name = 'TypeError') => assert.throws(() => makeBody(init), { name, message });

async function read(body) {
  const chunks = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const bodyText = async (init) => (await read(makeBody(init))).toString();

/** An iterator that tells what is done to it. */
function makeWatched(next) {
  const watched = {
    pulled: 0,
    returned: 0,
    [Symbol.asyncIterator]: () => watched,
    next: async () => next(watched.pulled++),
    return: async () => {
      watched.returned++;
      return { done: true, value: undefined };
    },
  };
  return watched;
}

// Kinds

test('json arrives as JSON', async () => {
  const value = { a: [1, null, 'ü\u{1f600}'], b: { c: false } };
  const seen = await post({ json: value });
  assert.deepEqual(seen.json, value);
  assert.equal(seen.headers['Content-Type'], 'application/json');
  assert.equal(seen.headers['Content-Length'], String(Buffer.byteLength(JSON.stringify(value))));
});

test('json may be anything that JSON has', async () => {
  for (const [value, text] of [
    [null, 'null'],
    [0, '0'],
    ['', '""'],
    [false, 'false'],
    [[], '[]'],
  ]) {
    assert.equal(await bodyText({ json: value }), text);
  }
  assert.equal(makeBody({ json: undefined }), null);
  for (const value of [() => {}, Symbol('x'), { toJSON: () => undefined }]) refuses({ json: value }, /^json can't be /);
  refuses({ json: { n: 1n } }, /BigInt/);
});

test('a form arrives as a form', async () => {
  const seen = await post({ form: { a: 'x y&=', b: [1, true], ü: 'é+', none: null } });
  assert.deepEqual(seen.form, { a: 'x y&=', b: ['1', 'true'], ü: 'é+' });
  assert.equal(seen.headers['Content-Type'], 'application/x-www-form-urlencoded;charset=UTF-8');
});

test('a form is given as params are', async () => {
  for (const form of [
    { a: 1, b: 2 },
    [
      ['a', '1'],
      ['b', 2],
    ],
    new URLSearchParams('a=1&b=2'),
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    'a=1&b=2',
  ]) {
    assert.equal(await bodyText({ form }), 'a=1&b=2');
  }
  assert.equal(await bodyText({ body: new URLSearchParams('a=1') }), 'a=1');
  assert.equal(makeBody({ form: {} }).length, 0);
  refuses({ form: { file: new Blob([]) } }, /^form: file must be a text.*FormData as the body/);
});

test('text is sent in UTF-8', async () => {
  const seen = await post({ body: 'grüße \u{1f600}' });
  assert.equal(seen.data, 'grüße \u{1f600}');
  assert.equal(seen.headers['Content-Type'], 'text/plain;charset=UTF-8');
  assert.equal(seen.headers['Content-Length'], '12');
});

test('bytes are sent as they are, whatever holds them', async () => {
  const buffer = Uint8Array.from([0, 1, 2, 253, 254, 255]).buffer;
  for (const [body, expected] of [
    [buffer, [0, 1, 2, 253, 254, 255]],
    [new Uint8Array(buffer, 1, 3), [1, 2, 253]],
    [new DataView(buffer, 2, 2), [2, 253]],
    [new Uint16Array(buffer, 2, 1), [2, 253]],
    [Buffer.from([7]), [7]],
    [runInNewContext('new Uint8Array([8, 9]).buffer'), [8, 9]],
    [new Uint8Array(0), []],
  ]) {
    const made = makeBody({ body });
    assert.deepEqual([[...(await read(made))], [...made.bytes]], [expected, expected]);
    assert.deepEqual([made.length, made.contentType, made.replayable], [expected.length, null, true]);
  }
});

test('bytes are borrowed, not copied', () => {
  const body = new Uint8Array(10);
  assert.equal(makeBody({ body }).bytes, body);
});

test('a Blob is sent with its type, and a file of Node as one', async () => {
  const seen = await post({ body: new Blob(['hello'], { type: 'text/x-odd' }) });
  assert.deepEqual(
    [seen.data, seen.headers['Content-Type'], seen.headers['Content-Length']],
    ['hello', 'text/x-odd', '5'],
  );
  const file = makeBody({ body: await openAsBlob(FILE) });
  assert.deepEqual([file.length, file.contentType, file.replayable], [300_000, null, true]);
  for (const _ of [1, 2]) assert.ok((await read(file)).equals(FILE_BYTES));
});

const sources = {
  'a ReadableStream': () => new Blob([FILE_BYTES]).stream(),
  'a ReadableStream of bytes': () =>
    new ReadableStream({
      type: 'bytes',
      start(controller) {
        controller.enqueue(new Uint8Array(FILE_BYTES));
        controller.close();
      },
    }),
  'a stream of Node': () => createReadStream(FILE),
  'an async generator': async function* () {
    yield* createReadStream(FILE, { highWaterMark: 1000 });
  },
  'a generator': function* () {
    for (let i = 0; i < 300; i++) yield FILE_BYTES.subarray(i * 1000, i * 1000 + 1000);
  },
  'a generator of promises': function* () {
    yield Promise.resolve(FILE_BYTES);
  },
};
for (const [kind, open] of Object.entries(sources)) {
  test(`${kind} is sent in chunks`, async () => {
    const init = { body: open() };
    const made = makeBody(init);
    assert.deepEqual([made.length, made.replayable, made.bytes, made.contentType], [null, false, null, null]);
    const seen = await post(init);
    assert.equal(seen.headers['Transfer-Encoding'], 'chunked');
    assert.ok(Buffer.from(seen.data.split(',')[1], 'base64').equals(FILE_BYTES));
  });

  test(`${kind} can be sent once, or anew by a function`, async () => {
    const once = makeBody({ body: open() });
    await read(once);
    assert.throws(() => once.open(), { name: 'TypeError', message: /only once/ });
    for (const body of [open, async () => open()]) {
      const anew = makeBody({ body });
      assert.equal(anew.replayable, true);
      for (const _ of [1, 2]) assert.ok((await read(anew)).equals(FILE_BYTES));
    }
  });

  test(`${kind} of a known length is sent with it`, async () => {
    const seen = await post({ body: open(), bodyLength: 300_000 });
    assert.equal(seen.headers['Content-Length'], '300000');
  });
}

test('an array of texts and bytes is sent in their order, as often as needed', async () => {
  const body = makeBody({ body: ['a', Buffer.from('b'), '', new Uint8Array(0), 'c'] });
  for (const _ of [1, 2]) assert.equal((await read(body)).toString(), 'abc');
});

test('a character may lie across two chunks of text', async () => {
  const halves = ['\u{1f600}'[0], '\u{1f600}'[1]];
  assert.equal(await bodyText({ body: ['a', halves[0], halves[1], 'b'] }), 'a\u{1f600}b');
  assert.equal(await bodyText({ body: ['a', halves[0]] }), 'a\ufffd');
  assert.equal(await bodyText({ body: [halves[0], Buffer.from('b'), halves[0], 'c'] }), '\ufffdb\ufffdc');
});

test('a function may give anything that a body may be', async () => {
  for (const made of ['text', Buffer.from('text'), new Blob(['text']), ['te', 'xt'], Readable.from(['te', 'xt'])]) {
    assert.equal(await bodyText({ body: () => made }), 'text');
  }
  for (const made of [null, undefined, 5, {}]) {
    await assert.rejects(bodyText({ body: () => made }), { name: 'TypeError', message: /^body gave / });
  }
});

test('what is no body is refused', () => {
  for (const body of [5, true, 1n, Symbol('x')])
    refuses({ body }, /^body must be text, bytes, a Blob or a stream, not /);
  for (const body of [{}, { a: 1 }, Object.create(null)]) refuses({ body }, /is it for json, or form\?$/);
  refuses({ body: Promise.resolve('x') }, /not a Promise$/);
  for (const body of [null, undefined]) assert.equal(makeBody({ body }), null);
});

test('more than one body is an error that names them', () => {
  refuses({ json: 1, form: {} }, /^a request has one body: give only one of json, form$/);
  refuses({ json: null, body: '' }, /json, body$/);
  refuses({ json: 1, form: {}, multipart: [], body: 'x' }, /json, form, multipart, body$/);
});

test('a stream that someone else reads is refused', () => {
  const body = new Blob(['x']).stream();
  body.getReader();
  refuses({ body }, /^body is a stream that is being read by someone else$/);
});

test('what can be read once is refused once it has been, by whomever', async () => {
  const generator = async function* () {
    yield 'text';
  };
  const message = /^a body that is a stream can be sent only once$/;
  for (const make of [() => Readable.from(['text']), generator, () => ['text'].values()]) {
    const body = make();
    assert.equal(await bodyText({ body }), 'text');
    refuses({ body }, message);
    await assert.rejects(bodyText({ body: () => body }), { name: 'TypeError', message });
    const left = make();
    makeBody({ body: left }).cancel(new Error('left'));
    refuses({ body: left }, message);
  }
  const elsewhere = Readable.from(['text']);
  await elsewhere.toArray();
  refuses({ body: elsewhere }, message);
  const inPart = Readable.from(['te', 'xt']);
  inPart.once('readable', () => inPart.read());
  await turn();
  refuses({ body: inPart }, message);
});

test('what can be read again may be sent again', async () => {
  for (const body of [['text'], new Set(['text'])]) {
    for (let i = 0; i < 2; i++) assert.equal(await bodyText({ body }), 'text');
  }
});

// Length

test('a body that is not as long as it was said to be is an error', async () => {
  for (const [chunks, message] of [
    [['ab', 'c'], /was to be 4 bytes, but there are only 3/],
    [['abc', 'de'], /was to be 4 bytes, but there are more/],
  ]) {
    await assert.rejects(bodyText({ body: chunks.values(), bodyLength: 4 }), { name: 'RangeError', message });
  }
  assert.equal(await bodyText({ body: ['ab', 'cd'].values(), bodyLength: 4 }), 'abcd');
  refuses({ body: 'abc', bodyLength: 4 }, /^body was to be 4 bytes, but there are 3$/, 'RangeError');
  refuses({ body: [], bodyLength: -1 }, /length of body/, 'RangeError');
  refuses({ json: 1, bodyLength: 1 }, /^bodyLength goes with body$/);
});

test('what is beyond the length said is not pulled', async () => {
  const endless = makeWatched(() => ({ done: false, value: 'abc' }));
  await assert.rejects(bodyText({ body: endless, bodyLength: 4 }), RangeError);
  assert.deepEqual([endless.pulled, endless.returned], [2, 1]);
});

// Speed and end

test('a source is asked for a chunk only when one is wanted', async () => {
  const source = makeWatched((i) => ({ done: false, value: `${i}` }));
  const body = makeBody({ body: source });
  assert.equal(source.pulled, 0);
  const reading = body.open();
  await turn();
  assert.equal(source.pulled, 0);
  for (let i = 1; i <= 3; i++) {
    await reading.next();
    await turn();
    assert.equal(source.pulled, i);
  }
  body.cancel(new Error('enough'));
});

test("a source's error is the reading's", async () => {
  const failure = new Error('no more');
  for (const body of [
    (async function* () {
      yield 'a';
      throw failure;
    })(),
    (function* () {
      yield 'a';
      throw failure;
    })(),
    new ReadableStream({ start: (c) => c.enqueue(Buffer.from('a')), pull: (c) => c.error(failure) }),
    Readable.from(
      (async function* () {
        yield 'a';
        throw failure;
      })(),
    ),
    () => {
      throw failure;
    },
    async () => {
      throw failure;
    },
  ]) {
    const reading = makeBody({ body }).open();
    await assert.rejects(async () => {
      for await (const _ of reading);
    }, failure);
    await assert.rejects(reading.next(), failure, 'and stays so: an end would look as if the body were whole');
  }
});

test('a chunk that is neither text nor bytes is an error, and the source is left', async () => {
  for (const chunk of [5, null, undefined, {}, [1]]) {
    const source = makeWatched(() => ({ done: false, value: chunk }));
    await assert.rejects(bodyText({ body: source }), {
      name: 'TypeError',
      message: /^the body gave .*only text and bytes/,
    });
    assert.equal(source.returned, 1);
  }
});

test('a file that is not there fails the body, not the program', async () => {
  const body = makeBody({ body: createReadStream(join(folder, 'missing')) });
  for (let i = 0; i < 20; i++) await turn(); // its error comes while the request waits
  await assert.rejects(read(body), { code: 'ENOENT' });
});

test('a cancelled body fails with the reason, also when its source never answers', async () => {
  const stuck = makeWatched(() => new Promise(() => {}));
  const reason = new Error('cancelled');
  for (const source of [stuck, new ReadableStream({}), new Readable({ read() {} }), () => new Promise(() => {})]) {
    const body = makeBody({ body: source });
    const next = body.open().next();
    await turn();
    body.cancel(reason);
    await assert.rejects(next, reason);
  }
  assert.equal(stuck.returned, 1);
});

test('a source is given back when it is not needed: cancelled unread, while read, or left by its reader', async () => {
  const reason = new Error('cancelled');
  const ways = {
    unread: (body) => body.cancel(reason),
    async reading(body) {
      await body.open().next();
      body.cancel(reason);
    },
    async left(body) {
      for await (const _ of body.open()) break;
    },
  };
  for (const [way, leave] of Object.entries(ways)) {
    const iterator = makeWatched(() => ({ done: false, value: 'x' }));
    await leave(makeBody({ body: iterator }));
    let cancelled;
    const stream = new ReadableStream({
      pull: (c) => c.enqueue(Buffer.from('x')),
      cancel: (why) => {
        cancelled = why;
      },
    });
    await leave(makeBody({ body: stream }));
    const node = new Readable({
      read() {
        this.push('x');
      },
    });
    await leave(makeBody({ body: node }));
    await turn();
    assert.deepEqual([iterator.returned, node.destroyed], [1, true], way);
    assert.ok(way === 'left' ? cancelled instanceof TypeError : cancelled === reason, way);
  }
});

test('a function whose body comes after the cancel has it given back', async () => {
  let give;
  const source = makeWatched(() => ({ done: false, value: 'x' }));
  const body = makeBody({
    body: () =>
      new Promise((resolve) => {
        give = resolve;
      }),
  });
  const next = body.open().next();
  body.cancel(new Error('cancelled'));
  give(source);
  await assert.rejects(next, /cancelled/);
  await turn();
  assert.equal(source.returned, 1);
});

test('a body that is read anew ends the reading before', async () => {
  const made = [];
  const body = makeBody({
    body: () => {
      made.push(makeWatched((i) => ({ done: i > 0, value: 'x' })));
      return made.at(-1);
    },
  });
  const first = body.open();
  await first.next();
  assert.equal((await read(body)).toString(), 'x');
  assert.equal(made[0].returned, 1);
  await assert.rejects(first.next(), /anew/);
});

test('a stream of 200 MB goes by in flat memory', async () => {
  const MB = 1024 * 1024;
  const chunk = randomBytes(MB);
  const sent = createHash('sha256');
  const got = createHash('sha256');
  const body = makeBody({
    body: (function* () {
      for (let i = 0; i < 200; i++) {
        sent.update(chunk);
        yield chunk;
      }
    })(),
  });
  let most = 0;
  let bytes = 0;
  for await (const one of body.open()) {
    got.update(one);
    bytes += one.byteLength;
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  assert.equal(bytes, 200 * MB);
  assert.equal(got.digest('hex'), sent.digest('hex'));
  assert.ok(most < 40 * MB, `${most}`);
});
