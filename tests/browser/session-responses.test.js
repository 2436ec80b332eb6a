/** What a session in a page gives back, in Debian's Chromium: responses as they are read whole, cloned, and cached. */
import assert from 'node:assert/strict';
import { after, test as nodeTest } from 'node:test';
import { startSessionPage } from './support/session-page.js';

const { home, inPage, inEachPlace } = await startSessionPage({ after });
const test = (name, body) => nodeTest(name, { timeout: 60_000 }, body);

inEachPlace((worker) => {
  test('a page gets a response with status, headers, URL and body', async () => {
    const got = await inPage(async (session, url) => {
      const response = await session.get(`${url}#here`);
      const { status, ok, statusText, redirected, history } = response;
      return {
        status,
        ok,
        statusText,
        redirected,
        history,
        url: response.url,
        hello: response.headers.get('x-hello'),
        text: await response.text(),
        isResponse: response instanceof Response,
      };
    }, `${home.origin}/hello`);
    assert.deepEqual(got, {
      status: 200,
      ok: true,
      statusText: 'OK',
      redirected: false,
      history: null,
      url: `${home.origin}/hello`,
      hello: 'there',
      text: 'Hello.',
      isResponse: true,
    });
  });

  test('a RateLimit is obeyed from the head on, while the body comes, and when it breaks', async () => {
    home.times.length = 0;
    const got = await inPage(
      async (session, url) => {
        const broken = session.get(url);
        const stateOf = async () => (await session.tasks())[0].state;
        while ((await stateOf()) !== 'downloading') await new Promise((resolve) => setTimeout(resolve, 10));
        const second = session.get(url);
        return [await (await broken).text(), await (await second).text()];
      },
      `${home.origin}/quota?in=${worker}`,
      { retry: { backoff: 0.001 } },
    );
    assert.deepEqual(got, ['halfmore', 'halfmore']);
    assert.ok(home.times[1] - home.times[0] >= 990, 'both wait for the reset');
  });

  test('what takes a response without asking it, as a cache does, gets its status, headers and body', async () => {
    const got = await inPage(async (session, origin) => {
      const cache = await caches.open('responses');
      const kept = [];
      for (const [path, init] of [
        ['/hello'],
        ['/status?is=404'],
        ['/status?is=404', { stream: true }],
        ['/status?is=204'],
      ]) {
        await cache.put(origin + path, await session.get(origin + path, init));
        const found = await cache.match(origin + path);
        kept.push([found.status, found.headers.get('x-hello'), await found.text()]);
      }
      return kept;
    }, home.origin);
    assert.deepEqual(got, [
      [200, 'there', 'Hello.'],
      [404, 'there', ''],
      [404, 'there', ''],
      [204, 'there', ''],
    ]);
  });

  test('a status that no Response can have is told all the same', async () => {
    const got = await inPage(async (session, url) => {
      const { status, ok } = await session.get(url);
      return { status, ok };
    }, `${home.origin}/status?is=999`);
    assert.deepEqual(got, { status: 999, ok: false });
  });

  test('a reason that no Response can have is told without its control characters', async () => {
    const got = await inPage(async (session, origin) => {
      const responses = [
        await session.get(`${origin}/reason`),
        await session.get(`${origin}/reason`, { stream: true }),
        (await session.fetchAll([`${origin}/reason`]).next()).value.response,
        await session.get(`${origin}/hello`), // the loop goes on
      ];
      return Promise.all(responses.map(async (each) => `${each.statusText}: ${await each.text()}`));
    }, home.origin);
    assert.deepEqual(got, Array(4).fill('OK: Hello.'));
  });

  test("cache is the browser's: what it has kept is given, asked for anew, or all that there may be", async () => {
    const got = await inPage(async (session, url) => {
      const read = async (cache) => (await session.get(url, { cache, retry: 0 })).text();
      const missing = await globalThis.told(session.get(`${url}&`, { cache: 'only-if-cached', retry: 0 }));
      const first = await read('reload');
      const same = [await read('default'), await read('force-cache'), await read('only-if-cached')];
      return [missing, ...same.map((text) => text === first), (await read('no-store')) === first];
    }, `${home.origin}/kept?${worker}`);
    assert.deepEqual(got, ['FL_ENETWORK', true, true, true, false]);
  });

  test('a short body that fetch() reads: one that breaks off, is too large, or is given up on the way', async () => {
    const got = await inPage(async (session, url) => {
      const cache = 'no-store';
      const broken = await globalThis.told(session.get(`${url}&times=1&once`, { cache, retry: 0 }));
      const whole = await (await session.get(`${url}&times=1&again`, { cache })).arrayBuffer();
      const large = await globalThis.told(session.get(`${url}&times=0`, { cache, bodyMax: 999 }));
      const leaving = session.get(`${url}&times=9`, { cache, signal: AbortSignal.timeout(25) });
      return [broken, whole.byteLength, large, await globalThis.told(leaving), (await session.stats()).inFlight];
    }, `${home.origin}/broken?bytes=1000&${worker}`);
    assert.deepEqual(got, ['FL_EPARTIAL', 1000, 'FL_ETOOBIG', 'TimeoutError', 0]);
  });

  test('text is read by its charset', async () => {
    const got = await inPage(
      async (session, url) => [
        await (await session.get(url)).text(),
        await (await session.get(url, { stream: true })).text(),
        await (await session.get(url)).clone().text(),
      ],
      `${home.origin}/latin1`,
    );
    assert.deepEqual(got, ['ä', 'ä', 'ä']);
  });

  test('a clone has the headers as they have been changed', async () => {
    const got = await inPage(async (session, url) => {
      const response = await session.get(url);
      response.headers.set('x-a', '1');
      const copy = response.clone();
      response.headers.set('x-a', '2');
      return [copy.headers.get('x-a'), await copy.text()];
    }, `${home.origin}/hello`);
    assert.deepEqual(got, ['1', 'Hello.']);
  });

  test("a HEAD's response has no body, as fetch()'s", async () => {
    const got = await inPage(async (session, url) => {
      const responses = [
        await session.head(url),
        await session.head(url, { stream: true }),
        await session.fetch(url, { method: 'HEAD' }),
        (await session.fetchAll([url], { method: 'HEAD' }).next()).value.response,
      ];
      return Promise.all(responses.map(async (each) => [each.body, each.clone().body, await each.text()]));
    }, `${home.origin}/hello`);
    assert.deepEqual(got, Array(4).fill([null, null, '']));
  });

  test('statuses without a body, HEAD, and what a browser undid the encoding of', async () => {
    const got = await inPage(async (session, origin) => {
      const read = async (response) => [response.status, (await response.arrayBuffer()).byteLength];
      return [
        await read(await session.get(`${origin}/status?is=204`)),
        await read(await session.get(`${origin}/status?is=404`)),
        await read(await session.head(`${origin}/hello`)),
        await read(await session.get(`${origin}/gzip`)),
      ];
    }, home.origin);
    assert.deepEqual(got, [
      [204, 0],
      [404, 0],
      [200, 0],
      [200, 10_000],
    ]);
  });
});
