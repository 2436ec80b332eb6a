/** What session.get() gives is a WHATWG Response: whatever is asked of it, it answers as the one of Node's own fetch(). */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { inspect } from 'node:util';
import { ClientSession } from 'fetchloop';
import { startHttp } from './support/odd-servers.js';
import { test } from './support/test.js';

const BINARY = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

const server = await startHttp({ after }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://host');
  const body = {
    '/json': '{"a":[1,"é"]}',
    '/form': 'a=1&b=2&a=3',
    '/binary': BINARY,
    '/bom': '\ufeffwith a mark',
    '/latin': Buffer.from('caf\xe9', 'latin1'),
    '/empty': '',
    '/big': Buffer.alloc(3_000_000, 'x'),
  }[pathname];
  response.statusCode = Number(searchParams.get('status') ?? 200);
  response.setHeader('Date', 'Thu, 01 Jan 2026 00:00:00 GMT'); // the same for both
  response.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT']);
  response.setHeader('X-Twice', ['one', 'two']);
  response.setHeader(
    'Content-Type',
    pathname === '/form' ? 'application/x-www-form-urlencoded' : 'text/plain; charset=utf-8',
  );
  if (pathname === '/redirect') response.writeHead(302, { location: '/json?here#there' }).end();
  else if (pathname === '/reason') response.writeHead(200, 'All Is Well').end();
  else response.end(body ?? 'hello');
});

const session = await ClientSession.open();
after(() => session.close());

/** What comes of it: the value, or the kind of error. */
async function outcome(behaviour, response) {
  try {
    return { value: await behaviour(response) };
  } catch (error) {
    return { error: error.name };
  }
}

/** The same as with fetch(), and in one case an answer written down here, lest both be wrong. */
function same(name, path, behaviour, expected) {
  test(name, async () => {
    const theirs = await outcome(behaviour, await fetch(server.origin + path));
    assert.deepEqual(theirs, expected, "fetch()'s own, which this test takes for granted");
    assert.deepEqual(await outcome(behaviour, await session.get(server.origin + path)), theirs);
  });
}

const bytesOf = (buffer) => Array.from(new Uint8Array(buffer));
const used = { error: 'TypeError' };

// ---- What it is

same('it is a Response', '/', (r) => [r instanceof Response, Object.prototype.toString.call(r)], {
  value: [true, '[object Response]'],
});
same('status, ok, statusText', '/reason', (r) => [r.status, r.ok, r.statusText], { value: [200, true, 'All Is Well'] });
for (const [status, ok] of [
  [201, true],
  [299, true],
  [400, false],
  [404, false],
  [500, false],
  [599, false],
]) {
  same(`status ${status}`, `/?status=${status}`, async (r) => [r.status, r.ok, await r.text()], {
    value: [status, ok, 'hello'],
  });
}
same('redirected and url of one that was not', '/json?a', (r) => [r.redirected, r.url === `${server.origin}/json?a`], {
  value: [false, true],
});
same('redirected and url of one that was', '/redirect', (r) => [r.redirected, r.url === `${server.origin}/json?here`], {
  value: [true, true],
});
same('url has a path when none was given', '', (r) => r.url === `${server.origin}/`, { value: true });
same('url has no fragment', '/json#part', (r) => r.url === `${server.origin}/json`, { value: true });
same('url is normalised', '/a/../b/./ü', (r) => r.url === `${server.origin}/b/%C3%BC`, { value: true });

// ---- Headers

same(
  'headers',
  '/json',
  (r) => Object.fromEntries([...r.headers].filter(([name]) => name.startsWith('content') || name.startsWith('x-'))),
  {
    value: { 'content-length': '14', 'content-type': 'text/plain; charset=utf-8', 'x-twice': 'one, two' },
  },
);
same('each Set-Cookie by itself', '/', (r) => r.headers.getSetCookie(), {
  value: ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
});
same(
  'headers in either case, and one that is not there',
  '/',
  (r) => [r.headers.get('CONTENT-TYPE'), r.headers.has('x-TWICE'), r.headers.get('x-none')],
  {
    value: ['text/plain; charset=utf-8', true, null],
  },
);
same(
  'headers are the same object each time',
  '/',
  (r) => [Object.is(r.headers, r.headers), r.headers instanceof Headers],
  {
    value: [true, true],
  },
);

// ---- Reading

same('text()', '/', (r) => r.text(), { value: 'hello' });
same('text() without its byte order mark', '/bom', (r) => r.text(), { value: 'with a mark' });
same('text() of what is no UTF-8', '/latin', (r) => r.text(), { value: 'caf\ufffd' });
same('json()', '/json', (r) => r.json(), { value: { a: [1, 'é'] } });
same('json() of what is none', '/', (r) => r.json(), { error: 'SyntaxError' });
same('json() of nothing', '/empty', (r) => r.json(), { error: 'SyntaxError' });
same('arrayBuffer()', '/binary', async (r) => bytesOf(await r.arrayBuffer()), { value: bytesOf(BINARY) });
same('arrayBuffer() has nothing but the body', '/', async (r) => (await r.arrayBuffer()).byteLength, { value: 5 });
same('bytes()', '/binary', async (r) => [(await r.clone().bytes()) instanceof Uint8Array, bytesOf(await r.bytes())], {
  value: [true, bytesOf(BINARY)],
});
same(
  'blob()',
  '/',
  async (r) => {
    const blob = await r.blob();
    return [blob instanceof Blob, blob.size, blob.type, await blob.text()];
  },
  {
    value: [true, 5, 'text/plain;charset=utf-8', 'hello'],
  },
);
same('formData()', '/form', async (r) => [...(await r.formData())], {
  value: [
    ['a', '1'],
    ['b', '2'],
    ['a', '3'],
  ],
});
same('formData() of what is none', '/', (r) => r.formData(), used);
same('an empty body', '/empty', async (r) => [await r.text(), r.bodyUsed], { value: ['', true] });
same('a body of 3 MB', '/big', async (r) => (await r.text()).length, { value: 3_000_000 });

// ---- Once

const readers = {
  text: (r) => r.text(),
  json: (r) => r.json(),
  arrayBuffer: (r) => r.arrayBuffer(),
  bytes: (r) => r.bytes(),
  blob: (r) => r.blob(),
};
for (const [name, read] of Object.entries(readers)) {
  same(
    `bodyUsed, before, during and after ${name}()`,
    '/json',
    async (r) => {
      const before = r.bodyUsed;
      const reading = read(r);
      const during = r.bodyUsed;
      await reading;
      return [before, during, r.bodyUsed];
    },
    { value: [false, true, true] },
  );
  for (const [second, readAgain] of Object.entries(readers)) {
    same(
      `${second}() after ${name}() rejects`,
      '/json',
      async (r) => {
        await read(r);
        return readAgain(r);
      },
      used,
    );
  }
  same(
    `clone() after ${name}() throws`,
    '/json',
    async (r) => {
      await read(r);
      return r.clone();
    },
    used,
  );
  same(
    `body after ${name}() is a stream that is used up`,
    '/json',
    async (r) => {
      await read(r);
      return [r.body instanceof ReadableStream, r.bodyUsed];
    },
    { value: [true, true] },
  );
}

test('it can be looked at, read or not', async () => {
  const response = await session.get(`${server.origin}/json`);
  assert.match(inspect(response), /status: 200/);
  await response.text();
  assert.match(inspect(response), /bodyUsed: true/);
});

// ---- The stream

same(
  'body is a ReadableStream, the same each time',
  '/',
  (r) => [r.body instanceof ReadableStream, Object.is(r.body, r.body), r.bodyUsed],
  { value: [true, true, false] },
);
same(
  'body can be looped over',
  '/binary',
  async (r) => {
    const chunks = [];
    for await (const chunk of r.body) chunks.push(chunk);
    return [bytesOf(Buffer.concat(chunks)), r.bodyUsed];
  },
  { value: [bytesOf(BINARY), true] },
);
same(
  'body can be piped',
  '/',
  async (r) => {
    let text = '';
    await r.body.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write: (chunk) => {
          text += chunk;
        },
      }),
    );
    return text;
  },
  { value: 'hello' },
);
same('body makes another Response', '/', async (r) => new Response(r.body, r).text(), { value: 'hello' });
same(
  'text() after body was only looked at',
  '/',
  (r) => {
    r.body;
    return r.text();
  },
  { value: 'hello' },
);
same(
  'text() of a locked body',
  '/',
  (r) => {
    r.body.getReader();
    return r.text();
  },
  used,
);
same(
  'text() of a cancelled body',
  '/',
  async (r) => {
    await r.body.cancel();
    return r.text();
  },
  used,
);
same(
  'text() after a part was read',
  '/',
  async (r) => {
    const reader = r.body.getReader();
    await reader.read();
    reader.releaseLock();
    return r.text();
  },
  used,
);

// ---- Clones

same(
  'a clone is read by itself',
  '/',
  async (r) => {
    const c = r.clone();
    return [await c.text(), r.bodyUsed, await r.text()];
  },
  { value: ['hello', false, 'hello'] },
);
same(
  'a clone has all the rest',
  '/redirect',
  (r) => {
    const c = r.clone();
    return [
      c instanceof Response,
      c.status,
      c.ok,
      c.statusText,
      c.url === r.url,
      c.redirected,
      c.headers.getSetCookie().length,
    ];
  },
  { value: [true, 200, true, 'OK', true, true, 2] },
);
test('a clone has the headers as they have been changed, and its own', async () => {
  const response = await session.get(server.origin);
  response.headers.set('x-a', '1');
  response.headers.delete('content-type');
  const copy = response.clone();
  response.headers.set('x-a', '2');
  for (const each of [copy, copy.clone()]) {
    assert.deepEqual([each.headers.get('x-a'), each.headers.get('content-type')], ['1', null]);
    assert.equal(each.headers.getSetCookie().length, 2);
  }
});
same(
  'a clone of a clone',
  '/',
  async (r) => {
    const c = r.clone().clone();
    return [await c.text(), await r.text()];
  },
  { value: ['hello', 'hello'] },
);
same(
  'a clone after body was looked at',
  '/',
  async (r) => {
    r.body;
    const c = r.clone();
    return [await c.text(), await r.text()];
  },
  { value: ['hello', 'hello'] },
);
same(
  'a clone of a locked body',
  '/',
  (r) => {
    r.body.getReader();
    return r.clone();
  },
  used,
);
same(
  "a clone's bytes are its own",
  '/binary',
  async (r) => {
    const c = r.clone();
    const bytes = new Uint8Array(await r.arrayBuffer());
    bytes.fill(0);
    return bytesOf(await c.arrayBuffer());
  },
  { value: bytesOf(BINARY) },
);

// ---- Statuses that have no body

for (const status of [204, 304]) {
  same(
    `${status}: no body, which can be read as often as one likes`,
    `/?status=${status}`,
    async (r) => [
      r.status,
      r.body,
      await r.text(),
      r.bodyUsed,
      await r.text(),
      (await r.arrayBuffer()).byteLength,
      (await r.blob()).size,
      await r.clone().text(),
    ],
    { value: [status, null, '', false, '', 0, 0, ''] },
  );
}

test('a loop over a response gives its body, streamed or not; once', async () => {
  for (const stream of [true, false]) {
    const response = await session.get(`${server.origin}/json`, { stream });
    const chunks = [];
    for await (const chunk of response) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), '{"a":[1,"é"]}');
    assert.equal(response.bodyUsed, true);
    await assert.rejects(response.text(), TypeError);
    await assert.rejects(response[Symbol.asyncIterator]().next(), TypeError);
  }
});

// ---- Charsets, in which text() is aiohttp's rather than fetch()'s

for (const [what, contentType, bytes, expected] of [
  ['a charset', 'text/plain; charset=iso-8859-1', [0x63, 0xe9], 'cé'],
  [
    'windows-1252 and its characters between ASCII and Latin-1',
    'text/plain; charset=windows-1252',
    [0x80, 0x81, 0x9f],
    '€\x81Ÿ',
  ],
  ['ISO-8859-1, which on the Web is windows-1252', 'text/plain; charset=iso-8859-1', [0x93, 0xe9, 0x94], '“é”'],
  ['ISO-8859-2, which is itself', 'text/plain; charset=iso-8859-2', [0x80, 0xe9], '\x80é'],
  ['one in quotes, in capitals', 'text/html;Charset="Shift_JIS"', [0x83, 0x65], 'テ'],
  ['one after a parameter that looks like it', 'text/html; x="; charset=utf-16"; charset=koi8-r', [0xc1], 'а'],
  ['one that nobody knows', 'text/plain; charset=none-such', [0xc3, 0xa9], 'é'],
  ['one that no text is to be read by', 'text/plain; charset=iso-2022-kr', [0xc3, 0xa9], 'é'],
  ['no charset', 'text/plain', [0xc3, 0xa9], 'é'],
  ['a type that is none', 'charset', [0xc3, 0xa9], 'é'],
  ['a mark of UTF-8 that says otherwise', 'text/plain; charset=iso-8859-1', [0xef, 0xbb, 0xbf, 0xc3, 0xa9], 'é'],
  ['a mark of UTF-16LE that says otherwise', 'text/plain; charset=utf-8', [0xff, 0xfe, 0xe9, 0], 'é'],
  ['a mark of UTF-16BE without a charset', 'text/plain', [0xfe, 0xff, 0, 0xe9], 'é'],
  ['no bytes at all', 'text/plain; charset=utf-16', [], ''],
]) {
  test(`text() by ${what}`, async (t) => {
    const odd = await startHttp(t, (_request, response) =>
      response.setHeader('content-type', contentType).end(Buffer.from(bytes)),
    );
    for (const stream of [true, false]) {
      const response = await session.get(odd.origin, { stream });
      assert.deepEqual([await response.clone().text(), await response.text()], [expected, expected]);
    }
  });
}

test('json() is UTF-8, whatever the charset', async (t) => {
  const odd = await startHttp(t, (_request, response) =>
    response.setHeader('content-type', 'application/json; charset=iso-8859-1').end('"é"'),
  );
  assert.equal(await (await session.get(odd.origin)).json(), 'é');
});

for (const [how, ask] of [
  ['request()', (url) => session.request('HEAD', url)],
  ['a stream', (url) => session.request('HEAD', url, { stream: true })],
  ['fetch()', (url) => session.fetch(url, { method: 'HEAD' })],
]) {
  test(`a response to HEAD has no body, as with fetch(): ${how}`, async () => {
    const behaviour = async (response) => {
      const copy = response.clone();
      const { byteLength } = await response.arrayBuffer();
      return [response.body, copy.body, byteLength, await response.text(), response.bodyUsed];
    };
    const theirs = await behaviour(await fetch(`${server.origin}/json`, { method: 'HEAD' }));
    assert.deepEqual(theirs, [null, null, 0, '', false]);
    assert.deepEqual(await behaviour(await ask(`${server.origin}/json`)), theirs);
  });
}
