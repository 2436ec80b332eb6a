/** Requests with bodies, through a session: no faster than they are taken, again when needed, given back when not. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHttp, startRaw } from './support/odd-servers.js';
import { eventually, openSession, test } from './support/test.js';

const MiB = 1024 * 1024;
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));
const FILE = join(folder, 'file.bin');
const FILE_BYTES = randomBytes(3 * MiB);
await writeFile(FILE, FILE_BYTES);

/** A source that counts; `returned`: how often it was given back. */
function makeSource(pieces) {
  const piece = Buffer.alloc(64 * 1024);
  const source = {
    pulled: 0,
    returned: 0,
    [Symbol.asyncIterator]: () => source,
    next: async () => ({ done: source.pulled === pieces || !++source.pulled, value: piece }),
    return: async () => ({ done: !!++source.returned }),
  };
  return source;
}

/** The same as a ReadableStream; `returned` is how often it was cancelled. */
function makeStream(pieces) {
  const source = { pulled: 0, returned: 0 };
  source.body = new ReadableStream({
    pull: (controller) => (source.pulled++ < pieces ? controller.enqueue(Buffer.alloc(64 * 1024)) : controller.close()),
    cancel: () => void source.returned++,
  });
  return source;
}

async function settled(value) {
  for (let same = 0, last = value(); same < 20; same++) {
    await sleep(20);
    if (value() !== last) same = 0;
    last = value();
  }
  return value();
}

/** Answers when it has had the whole request, with what it was. */
async function startEcho(t, answer = () => null) {
  const requests = [];
  const server = await startHttp(t, async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const got = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks) };
    requests.push(got);
    const [status, headers] = answer(got, requests.length) ?? [200, {}];
    response.writeHead(status, headers).end();
  });
  return { ...server, requests };
}

// ---- How fast

test('a source is read no faster than the server takes it', async (t) => {
  let asked;
  const server = await startHttp(t, (...exchange) => {
    asked = exchange;
  });
  const source = makeSource(64 * 16);
  const session = await openSession(t);
  const upload = session.put(server.origin, { body: source, bodyLength: 64 * MiB });
  await eventually(() => asked);
  const pulled = await settled(() => source.pulled);
  assert.ok(pulled < 16 * 16, `${pulled / 16} MiB were read`);
  const [request, response] = asked;
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  response.end();
  assert.equal((await upload).status, 200);
  assert.equal(bytes, 64 * MiB);
});

test('a source that is slow is no server that is silent: the read timeout waits for it', async (t) => {
  const server = await startEcho(t);
  const session = await openSession(t, { timeout: { read: 0.3 }, retry: false });
  const slowly = async function* () {
    for (let i = 0; i < 8; i++) {
      await sleep(100);
      yield `${i}`;
    }
  };
  assert.equal((await session.post(server.origin, { body: slowly() })).status, 200);
  assert.equal(server.requests[0].body.toString(), '01234567');
});

test('multipart with files that are read as they are sent', async (t) => {
  const server = await startEcho(t);
  const session = await openSession(t);
  const multipart = [
    { name: 'a', value: 'ü' },
    { name: 'stream', value: createReadStream(FILE), filename: 'one.bin' },
    { name: 'blob', value: await openAsBlob(FILE), filename: 'two.bin' },
  ];
  assert.equal((await session.post(server.origin, { multipart })).status, 200);
  const [{ body, headers }] = server.requests;
  const form = await new Response(body, { headers: { 'content-type': headers['content-type'] } }).formData();
  assert.equal(form.get('a'), 'ü');
  for (const [name, filename] of [
    ['stream', 'one.bin'],
    ['blob', 'two.bin'],
  ]) {
    assert.equal(form.get(name).name, filename);
    assert.ok(FILE_BYTES.equals(Buffer.from(await form.get(name).arrayBuffer())));
  }
});

test('a response that is streamed is sent on as it comes', async (t) => {
  const from = await startHttp(t, (_request, response) => response.end(FILE_BYTES));
  const to = await startEcho(t);
  const session = await openSession(t);
  for (const body of [
    (await session.get(from.origin, { stream: true })).body,
    await session.get(from.origin, { stream: true }),
  ]) {
    assert.equal((await session.put(to.origin, { body })).status, 200);
    assert.ok(to.requests.at(-1).body.equals(FILE_BYTES));
  }
});

test('no Expect is sent: nobody waits for a 100', async (t) => {
  const server = await startEcho(t);
  const session = await openSession(t);
  await session.put(server.origin, { body: FILE_BYTES });
  assert.equal(server.requests[0].headers.expect, undefined);
});

// ---- An end before its end

for (const [kind, make] of [
  [
    'an iterator',
    (pieces) => {
      const source = makeSource(pieces);
      return Object.assign(source, { body: source });
    },
  ],
  ['a ReadableStream', makeStream],
]) {
  for (const [how, answer] of [
    ['and closes', (socket, text) => socket.end(text)],
    ['and reads no more', (socket, text) => socket.write(text)],
  ]) {
    test(`a 413 while ${kind} is being sent: the server answers ${how}; the source is given back, once`, async (t) => {
      const server = await startRaw(t, (socket, _path, head) => {
        if (!head.startsWith('POST')) return;
        answer(socket, 'HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno\n');
        socket.pause();
      });
      const source = make(Infinity);
      const session = await openSession(t);
      const response = await session.post(server.origin, { body: source.body });
      assert.deepEqual([response.status, await response.text()], [413, 'no\n']);
      await eventually(() => source.returned > 0);
      const pulled = await settled(() => source.pulled);
      assert.deepEqual([source.returned, source.pulled], [1, pulled]);
      assert.equal(session.stats().inFlight, 0);
    });
  }

  for (const [how, pieces] of [
    ['that the server does not take', Infinity],
    ['whose source gives nothing more', 1],
  ]) {
    test(`an abort while ${kind} is being sent ${how}: given back once, and the connection closed`, async (t) => {
      const server = await startRaw(t, (socket) => socket.pause());
      const source = make(pieces);
      if (pieces === 1 && source.next) {
        const { next } = source;
        source.next = () => (source.pulled === 1 ? new Promise(() => {}) : next());
      } else if (pieces === 1) {
        source.body = new ReadableStream({
          pull: (controller) => (source.pulled++ ? new Promise(() => {}) : controller.enqueue(Buffer.alloc(9))),
          cancel: () => void source.returned++,
        });
      }
      const session = await openSession(t);
      const controller = new AbortController();
      const upload = session.post(server.origin, { body: source.body, signal: controller.signal });
      await eventually(() => source.pulled > 0);
      await settled(() => source.pulled);
      controller.abort(new Error('enough'));
      assert.equal(session.stats().inFlight, 0);
      await assert.rejects(upload, /enough/);
      const [socket] = server.sockets;
      socket.resume(); // else it wouldn't see
      await eventually(() => source.returned > 0 && server.closed.has(socket));
      await sleep(50);
      assert.equal(source.returned, 1);
    });
  }
}

test('a signal that has aborted already: the source is given back, unread', async (t) => {
  const session = await openSession(t);
  const signal = AbortSignal.abort(new Error('enough'));
  const url = 'http://127.0.0.1:1/';
  for (const ask of [
    (body) => session.post(url, { body, signal }),
    (body) => session.fetch(url, { method: 'POST', body, signal }),
    async (body) => {
      for await (const { error } of session.fetchAll([{ url, method: 'POST', body, signal }])) throw error;
    },
  ]) {
    const source = makeStream(4);
    await assert.rejects(ask(source.body), /enough/);
    assert.equal(source.returned, 1);
  }
});

test('a 413 while the source gives nothing: it is given back', async (t) => {
  const server = await startRaw(t, (socket, _path, head) => {
    if (head.startsWith('POST')) socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n');
  });
  const source = Object.assign(makeSource(1), { next: () => new Promise(() => {}) });
  const first = async function* () {
    yield 'first';
    yield* source;
  };
  const body = Object.assign(first(), { return: source.return });
  const session = await openSession(t);
  assert.equal((await session.post(server.origin, { body })).status, 413);
  await eventually(() => source.returned === 1);
});

test('a source that throws: FL_EBODYREAD, and what the server got is no request', async (t) => {
  let closed = null;
  const server = await startHttp(t, (request) => {
    request.on('error', () => {});
    request.on('close', () => (closed = request.complete));
    request.resume();
  });
  const session = await openSession(t);
  const broken = async function* () {
    yield 'a'.repeat(100_000);
    await sleep(20);
    throw new Error('disk gone');
  };
  const error = await session.put(server.origin, { body: broken() }).catch((reason) => reason);
  assert.deepEqual([error.code, error.cause.message], ['FL_EBODYREAD', 'disk gone']);
  await eventually(() => closed !== null);
  assert.equal(closed, false);
});

// ---- Again

const replayable = {
  bytes: () => FILE_BYTES,
  'a Blob': () => new Blob([FILE_BYTES]),
  'a file': () => openAsBlob(FILE),
  'a function that gives a stream': () => () => createReadStream(FILE),
  'an array': () => [FILE_BYTES.subarray(0, 99), FILE_BYTES.subarray(99)],
};
for (const [kind, make] of Object.entries(replayable)) {
  test(`${kind} is sent again after a 307, a 308 and a 503`, async (t) => {
    const server = await startEcho(
      t,
      (_request, n) => [null, [307, { location: '/b' }], [308, { location: '/c' }], [503, {}]][n],
    );
    const session = await openSession(t, { retry: { backoff: 0.001 } });
    assert.equal((await session.put(`${server.origin}/a`, { body: await make() })).status, 200);
    assert.deepEqual(
      server.requests.map(({ method, url }) => `${method} ${url}`),
      ['PUT /a', 'PUT /b', 'PUT /c', 'PUT /c'],
    );
    for (const { body } of server.requests) assert.ok(body.equals(FILE_BYTES));
  });
}

test('a stream is sent once: FL_EREPLAY after a 307, the 503 itself, and nothing at all after a 303', async (t) => {
  const server = await startEcho(
    t,
    ({ url }) => ({ '/307': [307, { location: '/' }], '/303': [303, { location: '/' }], '/503': [503, {}] })[url],
  );
  const session = await openSession(t, { retry: { backoff: 0.001 } });
  const put = (path) => session.put(server.origin + path, { body: createReadStream(FILE) });
  await assert.rejects(put('/307'), { code: 'FL_EREPLAY' });
  assert.equal((await put('/503')).status, 503);
  assert.equal((await put('/303')).status, 200);
  assert.deepEqual(
    server.requests.map(({ method, url, body }) => [method, url, body.length]),
    [
      ['PUT', '/307', 3 * MiB],
      ['PUT', '/503', 3 * MiB],
      ['PUT', '/303', 3 * MiB],
      ['GET', '/', 0],
    ],
  );
});

test('a connection that breaks while a body is sent: sent again from its beginning', async (t) => {
  let heads = 0;
  const server = await startRaw(t, (socket, _path, head) => {
    if (!/^PUT/.test(head)) return;
    if (++heads === 1) socket.destroy();
    else once(socket, 'data').then(() => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  });
  const session = await openSession(t, { retry: { backoff: 0.001 } });
  let opened = 0;
  const body = () => {
    opened++;
    return createReadStream(FILE);
  };
  assert.equal((await session.put(server.origin, { body })).status, 200);
  assert.equal(opened, 2);
});
