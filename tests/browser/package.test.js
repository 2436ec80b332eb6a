/** The bundle for browsers, as pages use it: under a strict policy, from another origin, beside others. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, test as nodeTest } from 'node:test';
import { launchChromium } from './support/browser.js';

const WEB = new URL('../../build/web/', import.meta.url);
const DEEP = '/npm/fetchloop@0.1.0/build/web/';
const TYPES = { js: 'text/javascript', wasm: 'application/wasm' };

const browser = await launchChromium();
after(() => browser.close());

const test = (name, body) => nodeTest(name, { timeout: 60_000 }, body);

/** @param {(path: string) => Record<string, string>} headersFor */
async function startServer(headersFor = () => ({})) {
  const server = createServer(async (request, response) => {
    const [, extension] = /\.(\w+)$/.exec(request.url) ?? [];
    for (const [name, value] of Object.entries(headersFor(request.url))) response.setHeader(name, value);
    if (request.url.startsWith(DEEP)) {
      const file = await readFile(new URL(request.url.slice(DEEP.length), WEB)).catch(() => null);
      if (file && !response.hasHeader('content-type')) response.setHeader('content-type', TYPES[extension]);
      response.writeHead(file ? 200 : 404).end(file);
    } else if (request.url === '/') {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>fetchloop</title>');
    } else {
      response.end('Hello.');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

async function openPage(origin) {
  const page = await browser.newPage();
  after(() => page.close());
  await page.goto(origin);
  return page;
}

/** In the page: import the module, and fetch with it. @returns {Promise<string>} */
const fetchIn = (page, module, options = {}) =>
  page.evaluate(
    async ([from, given]) => {
      const { ClientSession } = await import(from);
      const session = await ClientSession.open(given);
      const text = await (await session.get('/hello')).text();
      await session.close();
      return text;
    },
    [module, options],
  );

for (const file of ['index.js', 'inline.js']) {
  test(`${file} works where the policy allows WebAssembly, but no eval`, async () => {
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
    const page = await openPage(await startServer(() => ({ 'content-security-policy': policy })));
    // What the policy forbids shows that it is in force.
    assert.equal(await page.evaluate(() => import('data:text/javascript,').then(() => '', String)).then(Boolean), true);
    assert.equal(await fetchIn(page, `${DEEP}${file}`), 'Hello.');
    if (file === 'index.js') assert.equal(await fetchIn(page, `${DEEP}${file}`, { worker: true }), 'Hello.');
  });

  test(`${file} works from another origin, deep in a path`, async () => {
    const cdn = await startServer(() => ({ 'access-control-allow-origin': '*' }));
    const page = await openPage(await startServer());
    assert.equal(await fetchIn(page, `${cdn}${DEEP}${file}`), 'Hello.');
    if (file === 'index.js') assert.equal(await fetchIn(page, `${cdn}${DEEP}${file}`, { worker: true }), 'Hello.');
  });
}

test('runInExecutor() works from another origin', async () => {
  const cdn = await startServer(() => ({ 'access-control-allow-origin': '*' }));
  const page = await openPage(await startServer());
  const got = await page.evaluate(async (module) => {
    const { EventLoop } = await import(module);
    const loop = await EventLoop.open();
    const value = await loop.runInExecutor((n) => n * 2, [21]);
    await loop.close();
    return value;
  }, `${cdn}${DEEP}loop.js`);
  assert.equal(got, 42);
});

test('wasm that a server calls by another type is compiled all the same', async () => {
  const type = (path) => (path.endsWith('.wasm') ? { 'content-type': 'application/octet-stream' } : {});
  const page = await openPage(await startServer(type));
  assert.equal(await fetchIn(page, `${DEEP}index.js`), 'Hello.');
});

for (const [what, answer, why] of [
  ['is missing', (route) => route.fulfill({ status: 404 }), '404'],
  ['is a page', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }), 'expected magic word'],
  [
    'is a page that is called wasm',
    (route) => route.fulfill({ contentType: TYPES.wasm, body: '<!doctype html>' }),
    'expected magic word',
  ],
  ["can't be fetched", (route) => route.abort(), 'Failed to fetch'],
]) {
  test(`where the wasm ${what}, opening a session says so, and initialize() then tells where it is`, async () => {
    const page = await openPage(await startServer());
    await page.route('**/fetchloop.wasm', answer);
    const told = await page.evaluate(
      async ([module, bytes]) => {
        const { ClientSession, initialize } = await import(module);
        const error = await ClientSession.open().catch(String);
        initialize({ wasm: Uint8Array.from(bytes) });
        const session = await ClientSession.open();
        const text = await (await session.get('/hello')).text();
        await session.close();
        return { error, text };
      },
      [`${DEEP}index.js`, [...(await readFile(new URL('fetchloop.wasm', WEB)))]],
    );
    assert.match(
      told.error,
      /fetchloop's wasm could not be loaded from http.*fetchloop\.wasm \(.*: initialize\(\) says/,
    );
    assert.ok(told.error.includes(why), told.error);
    assert.equal(told.text, 'Hello.');
  });
}

for (const [what, give] of [
  ['a URL', () => new URL('/elsewhere.wasm', location.href)],
  ['a Response', () => fetch('/elsewhere.wasm')],
]) {
  test(`initialize() with ${what} is for sessions in a worker, too`, async () => {
    const page = await openPage(await startServer());
    await page.route('**/fetchloop.wasm', (route) => route.fulfill({ status: 404 }));
    await page.route('**/elsewhere.wasm', async (route) =>
      route.fulfill({ contentType: TYPES.wasm, body: await readFile(new URL('fetchloop.wasm', WEB)) }),
    );
    const told = await page.evaluate(
      async ([module, text]) => {
        const { ClientSession, initialize } = await import(module);
        initialize({ wasm: new Function(`return ${text}`)()() });
        const sessions = await Promise.all([true, false, true].map((worker) => ClientSession.open({ worker })));
        return Promise.all(sessions.map(async (session) => (await session.get('/hello')).text()));
      },
      [`${DEEP}index.js`, give.toString()],
    );
    assert.deepEqual(told, Array(3).fill('Hello.'));
  });
}

test('no global is touched', async () => {
  const page = await openPage(await startServer());
  const added = await page.evaluate(async (module) => {
    const names = () => Object.getOwnPropertyNames(globalThis);
    const natives = () => [XMLHttpRequest, fetch, Response, Promise, setTimeout, WebAssembly.instantiate];
    const before = names();
    const nativesBefore = natives();
    const { ClientSession } = await import(module);
    const session = await ClientSession.open();
    await session.get('/hello');
    await session.close();
    return {
      names: names().filter((name) => !before.includes(name)),
      replaced: natives().filter((value, i) => value !== nativesBefore[i]).length,
    };
  }, `${DEEP}index.js`);
  assert.deepEqual(added, { names: [], replaced: 0 });
});

test('from import to the first request sent: its time, and nothing loaded but the bundle and the wasm', async (t) => {
  const origin = await startServer();
  const times = [];
  let loaded = [];
  for (let i = 0; i < 5; i++) {
    const context = await browser.newContext(); // with an empty cache
    const page = await context.newPage();
    await page.goto(origin);
    const told = await page.evaluate(async (module) => {
      const began = performance.now();
      const { ClientSession } = await import(module);
      const session = await ClientSession.open();
      const asked = session.get('/hello');
      const sent = performance.now();
      await asked;
      const entries = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
      return { took: sent - began, entries };
    }, `${DEEP}index.js`);
    times.push(told.took);
    loaded = told.entries;
    await context.close();
  }
  t.diagnostic(`${times.map((ms) => ms.toFixed(1)).join(', ')} ms`);
  assert.deepEqual(loaded.filter((path) => path !== '/favicon.ico').sort(), [
    '/hello',
    `${DEEP}fetchloop.wasm`,
    `${DEEP}index.js`,
  ]);
});
