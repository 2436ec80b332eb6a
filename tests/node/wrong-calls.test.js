/** What a program may get wrong when it calls a session: the error names it, and says what to do. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { ClientSession, get } from 'fetchloop';
import { startHttp } from './support/odd-servers.js';
import { openSession, test } from './support/test.js';

const H = 'http://127.0.0.1/';

for (const [what, call, message] of [
  ['no URL', (s) => s.get(undefined), /^the URL must be a text or a URL, not undefined/],
  ['null', (s) => s.post(null), /^the URL must be a text or a URL, not null/],
  ['{ url }', (s) => s.get({ url: H }), /^the URL must be a text or a URL, not an Object/],
  ['a Request', (s) => s.get(new Request(H)), /^the URL must be a text or a URL, not a Request/],
  ['no method', (s) => s.request(H), /^the URL must be .*, not undefined: request\(method, url, init\)$/],
  [
    'options in place of the URL',
    (s) => s.request(H, { method: 'POST' }),
    /not an Object: request\(method, url, init\)$/,
  ],
  [
    'method among the options',
    (s) => s.get(H, { method: 'POST' }),
    /^method is no option: request\(method, url, init\)$/,
  ],
  ['stream of a word', (s) => s.get(H, { stream: 'yes' }), /^stream must be true, false or 'ahead', not 'yes'$/],
  ["requests' query", (s) => s.get(H, { query: {} }), /^unknown option query: .*; did you mean params\?$/],
  ["got's searchParams", (s) => s.get(H, { searchParams: {} }), /; did you mean params\?$/],
  ["aiohttp's data", (s) => s.post(H, { data: {} }), /; did you mean json or form or body\?$/],
  ["aiohttp's raise_for_status", (s) => s.get(H, { raise_for_status: true }), /; did you mean raiseForStatus\?$/],
  ["a session's option", (s) => s.get(H, { limit: 1 }), /; limit is a session's: ClientSession.open\(\{ limit \}\)$/],
  ['a file in a form', (s) => s.post(H, { form: { f: new Blob([]) } }), /files are sent as multipart/],
]) {
  test(`a request with ${what} is a TypeError that says so, with a base URL, too`, async (t) => {
    for (const baseUrl of [undefined, H]) {
      const session = await openSession(t, { baseUrl });
      await assert.rejects(call(session), { name: 'TypeError', message });
    }
  });
}

for (const [what, options, message] of [
  ['base_url', { base_url: H }, /; did you mean baseUrl\?$/],
  ['concurrency', { concurrency: 5 }, /; did you mean limit\?$/],
  [
    "aiohttp's cookies",
    { cookies: { a: '1' } },
    /^cookies must be true, false or Cookies: .*jar\.store\(url, 'name=value'\)/,
  ],
]) {
  test(`a session with ${what} is told what is meant`, async () => {
    await assert.rejects(ClientSession.open(options), { name: 'TypeError', message });
  });
}

test('a session that is made with new is told how one is opened', () => {
  for (const args of [[], [{ limit: 3 }], [{}, undefined]]) {
    assert.throws(() => new ClientSession(...args), { message: 'a session is opened: await ClientSession.open()' });
  }
});

test('get() without its session says how it is called', async (t) => {
  const session = await openSession(t);
  assert.throws(() => [H].map(session.get), { message: /urls\.map\(\(url\) => session\.get\(url\)\)$/ });
});

test('what is wrong with the options of all is thrown by fetchAll() itself, once', async (t) => {
  const session = await openSession(t);
  assert.throws(() => session.fetchAll([H, H], { limit: 2 }), { name: 'TypeError', message: /^unknown option limit/ });
  assert.throws(() => session.fetchAll([H], { concurrency: 2 }), { message: /limit is a session's/ });
  assert.throws(() => session.map([H], () => {}, { stream: 5 }), { message: /^stream must be/ });
});

test('with raiseForStatus the message has the status', async (t) => {
  const server = await startHttp(t, (_request, response) => response.writeHead(404).end());
  const session = await openSession(t, { raiseForStatus: true });
  await assert.rejects(session.get(server.origin), { message: /: the status says that it failed \(404 Not Found\)$/ });
  await assert.rejects(session.get(server.origin, { stream: true }), { message: /\(404 Not Found\)$/ });
});

test('stream of a one-shot is told that it needs a session', async () => {
  await assert.rejects(get(H, { stream: true }), {
    message: /^stream needs a session: await ClientSession\.open\(\)$/,
  });
});

test("an error's stack has the lines of the program that await it", async (t) => {
  const server = await startHttp(t, (_request, response) => response.writeHead(404).end());
  const session = await openSession(t, { retry: 0, raiseForStatus: true });
  const plain = await openSession(t, { retry: 0 });
  const layered = await openSession(t, { retry: 0, middleware: [async (request, next) => await next(request)] });
  for (const call of [
    () => plain.get('http://127.0.0.1:1/'),
    () => plain.get('http://127.0.0.1:1/', { headers: { a: 'b' } }),
    () => plain.post('http://127.0.0.1:1/', { json: 1 }),
    () => layered.get('http://127.0.0.1:1/'),
    () => session.get(server.origin),
  ]) {
    async function theProgram() {
      await call();
    }
    const { name, stack } = await theProgram().catch((error) => error);
    assert.equal(name, 'ClientError');
    assert.match(stack, /^ClientError: http.* at async theProgram .*wrong-calls\.test\.js/s);
  }
});

test('a session and a response are shown by their names', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('x'));
  const session = await openSession(t);
  assert.match(inspect(session), /^ClientSession /);
  assert.equal((await session.get(server.origin)).constructor.name, 'LoopResponse');
});
