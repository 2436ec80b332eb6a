/** What a session loads later, in Debian's Chromium, when that file never comes. */
import assert from 'node:assert/strict';
import { after, test as nodeTest } from 'node:test';
import { launchChromium } from './support/browser.js';
import { startSite } from './support/site.js';

const site = await startSite({ after });
const browser = await launchChromium();
after(() => browser.close());

const test = (name, body) => nodeTest(name, { timeout: 30_000 }, body);

/** A page of which nobody answers the request for more.js. */
async function openPage() {
  const page = await browser.newPage();
  after(() => page.close());
  await page.route('**/more.js', () => {});
  await page.goto(site.origin);
  await page.evaluate(async () => {
    const { ClientSession } = await import('/build/web/index.js');
    globalThis.openSession = (options) => ClientSession.open(options);
    globalThis.told = (promise) =>
      promise.then(String, ({ code, message }) => (typeof code === 'string' ? code : message));
  });
  return page;
}

test('a signal and a timeout end what waits for the file, and what was asked for after it', async () => {
  const page = await openPage();
  const got = await page.evaluate(async () => {
    const session = await globalThis.openSession();
    const controller = new AbortController();
    const { signal } = controller;
    const asked = [
      session.post('/echo', { json: 1, signal }),
      session.fetch('/hello', { signal }),
      session.fetch(new Request('/hello', { signal })),
      session.get('/hello', { signal }),
      session.fetchAll(['/hello'], { json: 1, method: 'POST', signal }).next(),
      session.post('/echo', { json: 1, timeout: 0.05 }),
      session.get('/hello', { timeout: 0.05 }),
    ].map(globalThis.told);
    const late = await Promise.all(asked.slice(5));
    controller.abort(new Error('enough'));
    return [...(await Promise.all(asked.slice(0, 5))), ...late];
  });
  assert.deepEqual(got, [...Array(5).fill('enough'), ...Array(2).fill('FL_ETOTALTIMEOUT')]);
});

test('what a browser does without the file does not wait for it', async () => {
  const page = await openPage();
  const got = await page.evaluate(async () => {
    const session = await globalThis.openSession({ credentials: 'include', cache: 'default', maxRedirects: 5 });
    return (await session.get('/hello', { credentials: 'same-origin', maxRedirects: 1 })).text();
  });
  assert.equal(got, 'Hello.');
});

test('a URL with a user name waits for the file, however it is written, and stops nothing', async () => {
  const page = await openPage();
  await page.unroute('**/more.js');
  const got = await page.evaluate(async () => {
    const session = await globalThis.openSession();
    const url = location.origin.replace(/^.*\/\//, '//user:pw@');
    const all = session.fetchAll([{ url: Object.create(null) }, `${url}/authorization`]);
    const told = [];
    for await (const { index, response, error } of all) told[index] = error?.name ?? (await response.text());
    return told;
  });
  assert.deepEqual(got, ['TypeError', `Basic ${btoa('user:pw')}`]);
});

test('a stream to be sent is cancelled with what waits for the file', async () => {
  const page = await openPage();
  const got = await page.evaluate(async () => {
    const session = await globalThis.openSession();
    const told = [];
    const body = () => new ReadableStream({ cancel: (reason) => void told.push(reason.code ?? reason.message) });
    const signal = AbortSignal.abort(new Error('mine'));
    const asked = [
      session.post('/echo', { body: body(), signal }),
      session.fetch('/echo', { method: 'POST', body: body(), signal, duplex: 'half' }),
      session.post('/echo', { body: body(), timeout: 0.05 }),
    ];
    await Promise.allSettled(asked);
    return told;
  });
  assert.deepEqual(got.sort(), ['FL_ETOTALTIMEOUT', 'mine', 'mine']);
});

test("fetch()'s signal: null is none, whatever the Request has", async () => {
  const page = await openPage();
  await page.unroute('**/more.js');
  const status = await page.evaluate(async () => {
    const session = await globalThis.openSession();
    const request = new Request('/hello', { signal: AbortSignal.abort() });
    return (await session.fetch(request, { signal: null })).status;
  });
  assert.equal(status, 200);
});

test('what needs nothing of the file waits for nothing, and sets no timer for that', async () => {
  const page = await openPage();
  const timers = await page.evaluate(async () => {
    const session = await globalThis.openSession();
    let count = 0;
    const { timeout } = AbortSignal;
    AbortSignal.timeout = (ms) => {
      count++;
      return timeout.call(AbortSignal, ms);
    };
    await session.get('/hello', { headers: { a: 'b' } });
    await session.head('/hello');
    return count;
  });
  assert.equal(timers, 0);
});

test("the session's own timeout holds for what waits for the file", async () => {
  const page = await openPage();
  const got = await page.evaluate(async () => {
    const session = await globalThis.openSession({ timeout: { total: 0.05 } });
    const asked = [session.post('/echo', { json: 1 }), session.get('/hello')];
    const { cause } = await session.fetch('/hello').catch((error) => error);
    return [...(await Promise.all(asked.map(globalThis.told))), cause.code];
  });
  assert.deepEqual(got, Array(3).fill('FL_ETOTALTIMEOUT'));
});

test('close() ends what waits for the file', async () => {
  const page = await openPage();
  const got = await page.evaluate(async () => {
    const session = await globalThis.openSession();
    const asked = [
      session.post('/echo', { json: 1 }),
      session.get('/hello'),
      session.fetch('/hello'),
      session.map(['/hello'], () => {}).next(),
    ].map(globalThis.told);
    const list = session.fetchAll([{ url: '/echo', json: 1 }]).next();
    await session.close();
    return [...(await Promise.all(asked)), (await list).done];
  });
  assert.deepEqual(got, [...Array(4).fill('the session is closed'), true]);
});

test('map() can be left while it waits for the file, and before it is begun', async () => {
  const page = await openPage();
  const got = await page.evaluate(async () => {
    const session = await globalThis.openSession();
    const told = [];
    const source = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: '/hello' }),
        return() {
          told.push('closed');
          return { done: true };
        },
      }),
    };
    const [begun, unbegun] = [session.map(source, () => {}), session.map(source, () => {})];
    const asked = begun.next();
    told.push(await begun.return(1), await unbegun.return(2), (await asked).done, (await unbegun.next()).done);
    await session.close();
    return told;
  });
  const left = (value) => ({ done: true, value });
  assert.deepEqual(got, ['closed', 'closed', left(1), left(2), true, true]);
});

test('all of them end what a session in a worker waits for', async () => {
  const page = await openPage();
  const got = await page.evaluate(async () => {
    const session = await globalThis.openSession({ worker: true });
    const ended = [
      session.get('/hello', { stream: true, signal: AbortSignal.timeout(50) }),
      session.fetch('/hello', { signal: AbortSignal.timeout(50) }),
      session.get('/hello', { stream: true, timeout: 0.05 }),
    ].map(globalThis.told);
    const told = await Promise.all(ended);
    const left = [session.get('/hello', { stream: true }), session.fetch('/hello')].map(globalThis.told);
    await session.close();
    return [told, await Promise.all(left)];
  });
  const closed = 'the session is closed';
  assert.deepEqual(got, [
    ['signal timed out', 'signal timed out', 'FL_ETOTALTIMEOUT'],
    [closed, closed],
  ]);
});
