/**
 * ClientSession in a page, in Debian's Chromium: what the C core decides, over XMLHttpRequest and fetch(); in the page's own
 * thread, and in a worker.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test as nodeTest } from 'node:test';
import { launchChromium } from './support/browser.js';
import { startSite } from './support/site.js';

const home = await startSite({ after });
const abroad = await startSite({ after }, { cors: true });
const silent = await startSite({ after });
const browser = await launchChromium();
after(() => browser.close());
const page = await browser.newPage();
await page.goto(home.origin);
await page.evaluate(async () => {
  const { ClientSession } = await import('/build/web/index.js');
  /** Whether sessions live in a worker. */
  globalThis.inWorker = false;
  globalThis.openSession = (options) => ClientSession.open({ worker: globalThis.inWorker, ...options });
  /** Open a session with `options`, run `use`, and close it. */
  globalThis.withSession = async (options, use) => {
    const session = await globalThis.openSession(options);
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  };
  globalThis.told = (promise) =>
    promise.then(
      () => 'no error',
      ({ name, code }) => (typeof code === 'string' ? code : name),
    );
});

const test = (name, body) => nodeTest(name, { timeout: 60_000 }, body);

/** Run in the page with a session. `use` must stand on its own: (session, given) => result. */
function inPage(use, given, options = {}) {
  return page.evaluate(
    ([text, value, sessionOptions]) =>
      globalThis.withSession(sessionOptions, (session) => new Function(`return ${text}`)()(session, value)),
    [use.toString(), given, options],
  );
}

for (const worker of [false, true]) {
  describe(worker ? 'in a worker' : "in the page's thread", () => {
    before(() => page.evaluate((is) => (globalThis.inWorker = is), worker));

    test('close() ends a list that is read slowly, and what it has not fetched is cancelled', async () => {
      const codes = await inPage(async (session, origin) => {
        const told = new Map();
        const urls = Array.from({ length: 300 }, (_, i) => `${origin}${i < 200 ? '/hello' : '/mute'}?${i}`);
        const reading = (async () => {
          for await (const { error } of session.fetchAll(urls)) {
            await new Promise((resolve) => setTimeout(resolve, 2));
            told.set(error?.code, (told.get(error?.code) ?? 0) + 1);
          }
        })();
        await new Promise((resolve) => setTimeout(resolve, 100));
        await session.close();
        await reading;
        return [...told].map(([code, count]) => [code ?? 'well', count]);
      }, home.origin);
      assert.ok(codes.every(([code]) => code === 'well' || code === 'FL_ECANCELLED'));
      assert.equal(codes.reduce((sum, [, count]) => sum + count, 0) > 100, true);
    });

    test('a list can be left while its source has nothing to give', async () => {
      const got = await inPage(async (session, origin) => {
        async function* source() {
          yield `${origin}/hello`;
          await new Promise(() => {});
        }
        for await (const { status } of session.fetchAll(source())) return status;
      }, home.origin);
      assert.equal(got, 200);
    });

    test('relative URLs are relative to what the document is at when they are asked for', async () => {
      const got = await inPage(async (session) => {
        const before = location.pathname;
        history.pushState(null, '', '/status/of/the/page');
        const urls = [(await session.get('../../../hello')).url, (await session.fetch('/hello')).url];
        for await (const { response } of session.fetchAll(['../../../hello'])) urls.push(response.url);
        history.replaceState(null, '', before);
        return urls;
      });
      assert.deepEqual(got, Array(3).fill(`${home.origin}/hello`));
    });

    test('methods that browsers send for nobody are refused as such', async () => {
      const got = await inPage(
        async (session, url) =>
          Promise.all(['TRACE', 'track', 'CONNECT'].map((method) => globalThis.told(session.request(method, url)))),
        `${home.origin}/hello`,
      );
      assert.deepEqual(got, Array(3).fill('FL_EMETHOD'));
    });

    test("a request's own credentials, and fetch()'s, go before the session's", async () => {
      const got = await inPage(async (session, origin) => {
        const url = `${origin}/cookie`;
        await session.get(url); // it sets one
        const texts = [];
        for (const ask of [
          () => session.get(url),
          () => session.get(url, { credentials: 'omit' }),
          () => session.fetch(url, { credentials: 'omit' }),
          () => session.fetch(new Request(url, { credentials: 'omit' })),
          () => session.fetch(new Request(url)),
        ])
          texts.push((await (await ask()).text()).includes('a=b'));
        const elsewhere = session.fetch('https://example.invalid/', { mode: 'same-origin' });
        return [texts, await globalThis.told(elsewhere), (await session.fetch(url, { mode: 'same-origin' })).status];
      }, home.origin);
      assert.deepEqual(got, [[true, false, false, false, true], 'TypeError', 200]);
    });

    test('why it failed is told whole: the reason of an abort, and the response of a status', async () => {
      const got = await inPage(async (session, origin) => {
        const controller = new AbortController();
        const { body } = await session.get(`${origin}/endless`, { stream: true, signal: controller.signal });
        const reader = body.getReader();
        await reader.read();
        setTimeout(() => controller.abort(new Error('mine')), 50);
        let reason;
        while (reason === undefined) await reader.read().catch(({ message }) => (reason = message));
        const url = `${origin}/status?is=404`;
        const single = await session.get(url, { raiseForStatus: true }).catch((error) => error);
        const { value: listed } = await session.fetchAll([url], { raiseForStatus: true }).next();
        return [
          reason,
          ...[single, listed.error].map(({ code, status, response }) => [code, status, response.status, response.url]),
        ];
      }, home.origin);
      const failed = ['FL_ESTATUS', 404, 404, `${home.origin}/status?is=404`];
      assert.deepEqual(got, ['mine', failed, failed]);
    });

    test('a signal ends a list, with its reason', async () => {
      const got = await inPage(async (session, origin) => {
        const told = [];
        const controller = new AbortController();
        const urls = [`${origin}/hello`, ...Array(20).fill(`${origin}/mute`)];
        for await (const { status, error } of session.fetchAll(urls, { signal: controller.signal })) {
          told.push(error ? error.message : status);
          setTimeout(() => controller.abort(new Error('enough')), 50);
        }
        for await (const { error } of session.fetchAll([`${origin}/mute`], { signal: controller.signal }))
          told.push(error.message);
        return told;
      }, home.origin);
      assert.deepEqual(got, [200, ...Array(21).fill('enough')]);
    });

    test('an abort for no reason is one', async () => {
      const got = await inPage(async (session, url) => {
        const controller = new AbortController();
        const asked = session.get(url, { signal: controller.signal });
        setTimeout(() => controller.abort(null), 50);
        return globalThis.told(asked);
      }, `${home.origin}/mute`);
      assert.equal(got, 'FL_ECANCELLED');
    });

    test("what the page's visibility pauses and resumes is not what the program has paused", async () => {
      const got = await inPage(
        async (session, url) => {
          await session.pause();
          document.dispatchEvent(new Event('visibilitychange'));
          const asked = session.get(url);
          await new Promise((resolve) => setTimeout(resolve, 100));
          const { done, inFlight } = await session.stats();
          await session.resume();
          return [done, inFlight, (await asked).status];
        },
        `${home.origin}/hello`,
        { pauseWhenHidden: true },
      );
      assert.deepEqual(got, [0, 0, 200]);
    });

    test('a list may have requests with a method and a body, and their results tell which', async () => {
      const got = await inPage(async (session, origin) => {
        const requests = [
          `${origin}/hello`,
          { url: `${origin}/echo`, method: 'POST', json: { a: 1 }, data: 'mine' },
          { url: 'nonsense:' },
        ];
        const told = [];
        for await (const { index, request, response, error } of session.fetchAll(requests, {
          headers: { 'x-all': '1' },
        }))
          told[index] = [
            request === requests[index],
            response?.headers.get('x-method') ?? null,
            (await response?.text()) ?? error.code,
          ];
        return told;
      }, home.origin);
      assert.deepEqual(got, [
        [true, null, 'Hello.'],
        [true, 'POST', '{"a":1}'],
        [true, null, 'FL_EPROTOCOL'],
      ]);
    });

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

    for (const stream of [false, true]) {
      const how = stream ? 'over fetch()' : 'over XMLHttpRequest';
      test(`bodies go out, ${how}: text, JSON, bytes, a form, multipart with a Blob, a stream`, async () => {
        const got = await inPage(
          async (session, [url, streamed]) => {
            const post = async (init) => {
              const response = await session.post(url, { ...init, stream: streamed, headers: {} });
              return { text: await response.text(), type: response.headers.get('x-type') };
            };
            const form = new FormData();
            form.append('file', new Blob(['in a file'], { type: 'text/css' }), 'a.css');
            const source = new ReadableStream({
              start(controller) {
                controller.enqueue(new TextEncoder().encode('streamed'));
                controller.close();
              },
            });
            const multipart = await post({ body: form });
            return {
              texts: [
                await post({ body: 'text' }),
                await post({ json: { a: [1] } }),
                await post({ body: new Uint8Array([104, 105]) }),
                await post({ form: { a: 'ä' } }),
                await post({ body: source }),
              ],
              multipart: [
                /filename="a.css"\r\n.*text\/css\r\n\r\nin a file\r\n/s.test(multipart.text),
                multipart.type.split(';')[0],
              ],
            };
          },
          [`${home.origin}/echo`, stream],
        );
        assert.deepEqual(got, {
          texts: [
            { text: 'text', type: 'text/plain;charset=UTF-8' },
            { text: '{"a":[1]}', type: 'application/json' },
            { text: 'hi', type: '' },
            { text: 'a=%C3%A4', type: 'application/x-www-form-urlencoded;charset=UTF-8' },
            { text: 'streamed', type: '' },
          ],
          multipart: [true, 'multipart/form-data'],
        });
      });
    }

    test('a status that says "try again" is retried, and no sooner than Retry-After says', async () => {
      const got = await inPage(async (session, url) => {
        const from = performance.now();
        const response = await session.get(url);
        return { text: await response.text(), ms: performance.now() - from };
      }, `${home.origin}/flaky?times=1&after=1&${worker}`);
      assert.equal(got.text, 'after 1');
      assert.ok(got.ms >= 1000, `${got.ms} ms`);
    });

    test("another origin's response is read where it allows that, and shows the headers that it exposes", async () => {
      const got = await inPage(
        async (session, [open, closed]) => {
          const response = await session.get(`${open}/hello`);
          const refused = await globalThis.told(session.get(`${closed}/hello`, { retry: false }));
          return {
            text: await response.text(),
            hello: response.headers.get('x-hello'),
            date: response.headers.get('date'),
            refused,
          };
        },
        [abroad.origin, silent.origin],
      );
      assert.deepEqual(got, { text: 'Hello.', hello: 'there', date: null, refused: 'FL_ENETWORK' });
    });

    test('cookies go to another origin only when credentials say so', async () => {
      await abroad.paths.splice(0);
      const ask = (credentials) =>
        inPage(
          async (session, url) => {
            await session.get(url);
            return (await session.get(url)).text();
          },
          `${abroad.origin}/cookie`,
          credentials ? { credentials } : {},
        );
      assert.equal(await ask(), 'none');
      assert.equal(await ask('omit'), 'none');
      assert.equal(await ask('include'), 'a=b');
    });

    test('redirects are followed by the browser, which shows the last URL; with maxRedirects: 0 one is an error', async () => {
      const got = await inPage(async (session, origin) => {
        const url = `${origin}/redirect?to=/hello`;
        const response = await session.get(url);
        const streamed = await session.get(url, { stream: true });
        return {
          seen: [response, streamed].map(({ url: last, redirected, history }) => [last, redirected, history]),
          text: await streamed.text(),
          none: await globalThis.told(session.get(url, { maxRedirects: 0, retry: false })),
        };
      }, home.origin);
      const seen = [`${home.origin}/hello`, true, null];
      assert.deepEqual(got, { seen: [seen, seen], text: 'Hello.', none: 'FL_EREDIRECTS' });
    });

    test('a reader who is slow slows the server down, and one who leaves frees the place', async () => {
      const got = await inPage(
        async (session, origin) => {
          const response = await session.get(`${origin}/endless`, { stream: true });
          const reader = response.body.getReader();
          const { value } = await reader.read();
          // Chromium itself takes in 100 MB or so of a body before it makes its server wait.
          for (let before = -1, now = 0; now > before; ) {
            before = now;
            await new Promise((resolve) => setTimeout(resolve, 1000));
            now = Number(await (await fetch(`${origin}/written`)).text());
          }
          const busy = (await session.stats()).inFlight;
          await reader.cancel();
          const hello = await (await session.get(`${origin}/hello`)).text();
          return { bytes: value.byteLength > 0, busy, hello };
        },
        home.origin,
        { limit: 1 },
      );
      assert.deepEqual(got, { bytes: true, busy: 1, hello: 'Hello.' });
      assert.ok(home.written < 256e6, `the server wrote ${home.written} bytes to a reader of one chunk`);
    });

    test('a response that nobody reads frees its place once it is collected as garbage', async () => {
      const session = await page.context().newCDPSession(page);
      const held = await page.evaluate(async (origin) => {
        globalThis.kept = await globalThis.openSession({ limit: 1 });
        const response = await globalThis.kept.get(`${origin}/endless`, { stream: true });
        return response.ok && (await globalThis.kept.stats()).inFlight;
      }, home.origin);
      assert.equal(held, 1);
      for (let i = 0; i < 50 && (await page.evaluate(async () => (await globalThis.kept.stats()).inFlight)) > 0; i++) {
        await session.send('HeapProfiler.collectGarbage');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.equal(await page.evaluate(async () => (await globalThis.kept.stats()).inFlight), 0);
      await page.evaluate(() => globalThis.kept.close());
    });

    test('closing the session ends a body that is being read, and one that is not, with FL_ECANCELLED', async () => {
      const got = await page.evaluate(async (url) => {
        const session = await globalThis.openSession();
        const ask = () => session.get(url, { stream: true });
        const [read, whole, left] = await Promise.all([ask(), ask(), ask()]);
        const reader = read.body.getReader();
        await reader.read();
        const readAll = async () => {
          while (!(await reader.read()).done);
        };
        const ended = [globalThis.told(readAll()), globalThis.told(whole.arrayBuffer())];
        await session.close();
        return Promise.all([...ended, globalThis.told(left.text())]);
      }, `${home.origin}/endless`);
      assert.deepEqual(got, ['FL_ECANCELLED', 'FL_ECANCELLED', 'FL_ECANCELLED']);
    });

    test('a streamed body can be read into a buffer of the reader, too', async () => {
      const got = await inPage(async (session, url) => {
        const reader = (await session.get(url, { stream: true })).body.getReader({ mode: 'byob' });
        let buffer = new Uint8Array(4000);
        let length = 0;
        for (;;) {
          const { done, value } = await reader.read(buffer);
          if (done) return length;
          length += value.byteLength;
          buffer = new Uint8Array(value.buffer);
        }
      }, `${home.origin}/large?bytes=300000`);
      assert.equal(got, 300_000);
    });

    test('a streamed download that breaks goes on where it broke, with no byte missing or twice', async () => {
      const got = await inPage(
        async (session, url) => {
          const bytes = new Uint8Array(await (await session.get(url, { stream: true })).arrayBuffer());
          return { length: bytes.length, wrong: bytes.findIndex((byte, i) => byte !== i % 251) };
        },
        `${home.origin}/broken?bytes=400000&times=2&${worker}`,
        { retry: { limit: 3, backoff: 0.01 } },
      );
      assert.deepEqual(got, { length: 400_000, wrong: -1 });
    });

    test('a collected download that breaks is fetched anew; one that breaks too often is an error', async () => {
      const ask = (times) =>
        inPage(
          async (session, url) => {
            const response = await session.get(url).catch(({ code }) => code);
            return typeof response === 'string' ? response : (await response.arrayBuffer()).byteLength;
          },
          `${home.origin}/broken?bytes=400000&times=${times}&${worker}`,
          { retry: { limit: 2, backoff: 0.01 } },
        );
      assert.equal(await ask(1), 400_000);
      assert.equal(await ask(9), 'FL_ENETWORK');
    });

    test('a body beyond bodyMax is refused, collected and streamed', async () => {
      const got = await inPage(
        async (session, origin) => {
          const url = `${origin}/large?bytes=300000`;
          const streamed = await session.get(url, { stream: true });
          return [await globalThis.told(session.get(url)), await globalThis.told(streamed.arrayBuffer())];
        },
        home.origin,
        { bodyMax: 100_000 },
      );
      assert.deepEqual(got, ['FL_ETOOBIG', 'FL_ETOOBIG']);
    });

    test('a signal cancels at any step: waiting, on its way, while its body comes', async () => {
      const got = await inPage(
        async (session, origin) => {
          const abortSoon = (path, init) => {
            const controller = new AbortController();
            const asked = session.get(`${origin}${path}`, { ...init, signal: controller.signal });
            return { asked, controller };
          };
          const first = abortSoon('/mute');
          const waiting = abortSoon('/hello');
          waiting.controller.abort();
          const ends = [await globalThis.told(waiting.asked)];
          first.controller.abort();
          ends.push(await globalThis.told(first.asked));
          const coming = abortSoon('/endless', { stream: true });
          const response = await coming.asked;
          coming.controller.abort();
          ends.push(await globalThis.told(response.arrayBuffer()));
          return {
            ends,
            inFlight: (await session.stats()).inFlight,
            hello: await (await session.get(`${origin}/hello`)).text(),
          };
        },
        home.origin,
        { limit: 1 },
      );
      assert.deepEqual(got, { ends: ['AbortError', 'AbortError', 'AbortError'], inFlight: 0, hello: 'Hello.' });
    });

    test('timeouts name themselves', async () => {
      const got = await inPage(
        (session, origin) =>
          Promise.all([
            globalThis.told(session.get(`${origin}/mute`, { timeout: { attempt: 0.05 } })),
            globalThis.told(session.get(`${origin}/mute`, { timeout: { total: 0.05 } })),
            globalThis.told(session.get(`${origin}/mute`, { timeout: { read: 0.05 }, stream: true })),
            globalThis.told(session.get(`${origin}/mute`, { timeout: { queue: 0.01 } })),
          ]),
        home.origin,
        { limit: 3, retry: false },
      );
      assert.deepEqual(got, ['FL_EATTEMPTTIMEOUT', 'FL_ETOTALTIMEOUT', 'FL_EREADTIMEOUT', 'FL_EQUEUETIMEOUT']);
    });

    test('results of a list tell phases and sizes where Resource Timing does, else null', async () => {
      const got = await inPage(
        async (session, urls) => {
          const results = [];
          for await (const result of session.fetchAll(urls)) results[result.index] = result;
          return results.map(({ status, size, redirects, timing }) => ({ status, size, redirects, timing }));
        },
        [`${home.origin}/gzip`, `${abroad.origin}/gzip`, `${silent.origin}/gzip`],
      );
      for (const { status, size, redirects, timing } of got.slice(0, 2)) {
        assert.equal(status, 200);
        assert.equal(redirects, null);
        assert.ok(size > 0 && size < 10_000, `${size}`);
        for (const phase of ['queue', 'dns', 'connect', 'tls', 'firstByte', 'download', 'total']) {
          assert.ok(timing[phase] >= 0, `${phase}: ${timing[phase]}`);
        }
      }
      const { status, size, timing } = got[2];
      assert.deepEqual(
        { status, size, dns: timing.dns, connect: timing.connect },
        { status: 0, size: null, dns: null, connect: null },
      );
    });

    test('3,000 URLs in one fetchAll: 3,000 results, none rejected, and no more at once than the limit', async () => {
      home.load.peak = 0;
      const got = await inPage(async (session, origin) => {
        const urls = Array.from({ length: 3000 }, (_, i) => `${origin}/hello?${i}`);
        let ok = 0;
        let failed = 0;
        for await (const { status } of session.fetchAll(urls)) status === 200 ? ok++ : failed++;
        return { ok, failed };
      }, home.origin);
      assert.deepEqual(got, { ok: 3000, failed: 0 });
      assert.ok(home.load.peak <= 6, `${home.load.peak} at once`);
    });

    test('a URL may be relative to the page, as may the base URL', async () => {
      const texts = await inPage(async (session, base) => {
        const based = await globalThis.openSession({ baseUrl: base });
        const texts = [await (await session.get('/hello')).text(), await (await based.get('/echo')).text()];
        for await (const { url, response } of session.fetchAll(['hello'])) texts.push(url, await response.text());
        await based.close();
        return texts;
      }, '/');
      assert.deepEqual(texts, ['Hello.', '', 'hello', 'Hello.']);
    });

    test('a trace tells of each step that a browser shows, on one clock', async () => {
      const got = await page.evaluate(async (origin) => {
        const steps = [];
        const session = await globalThis.openSession({ trace: (event) => steps.push(event) });
        const from = performance.now();
        await session.get(`${origin}/large?bytes=1000`);
        await session.get(`${origin}/large?bytes=2000`, { stream: true }).then((response) => response.arrayBuffer());
        await session.close();
        return { steps, from, to: performance.now() };
      }, home.origin);
      const names = ['queued', 'started', 'headers', 'chunk', 'end'];
      assert.deepEqual([...new Set(got.steps.map(({ step }) => step))], names);
      // C counts whole microseconds.
      const times = [got.from, ...got.steps.map(({ time }) => time), got.to].map((ms) => Math.round(ms * 100));
      assert.deepEqual(
        times.slice().sort((a, b) => a - b),
        times,
      );
      const chunks = got.steps.filter(({ step }) => step === 'chunk').reduce((sum, { bytes }) => sum + bytes, 0);
      assert.equal(chunks, 3000);
    });

    test('a download and a list tell how far they are', async () => {
      const got = await inPage(async (session, origin) => {
        const told = { whole: [], streamed: [], zipped: [], list: [] };
        const ask = async (path, name, stream) => {
          const onDownloadProgress = (progress) => told[name].push(progress);
          await (await session.get(origin + path, { stream, onDownloadProgress })).arrayBuffer();
        };
        await ask('/sized?bytes=300000', 'whole', false);
        await ask('/sized?bytes=300000', 'streamed', true);
        await ask('/gzip', 'zipped', false);
        const onProgress = (progress) => told.list.push(progress);
        const urls = [`${origin}/hello`, 'no-scheme:', `${origin}/hello`];
        for await (const _ of session.fetchAll(urls, { onProgress }));
        return told;
      }, home.origin);
      const all = { percent: 1, transferredBytes: 300_000, totalBytes: 300_000 };
      assert.deepEqual([got.whole.at(-1), got.streamed.at(-1)], [all, all]);
      assert.deepEqual(got.zipped.at(-1), { percent: null, transferredBytes: 10_000, totalBytes: null });
      assert.deepEqual(
        got.list.map(({ done }) => done),
        [1, 2, 3],
      );
      assert.deepEqual(got.list.at(-1), { done: 3, failed: 1, queued: 0, inFlight: 0, total: 3 });
    });

    // What a worker asks for, this session with the page isn't told of.
    if (!worker)
      test("a priority is the browser's, too", async () => {
        const seen = [];
        const session = await page.context().newCDPSession(page);
        await session.send('Network.enable');
        session.on('Network.requestWillBeSent', ({ request }) => seen.push(request.initialPriority));
        await inPage(async (loop, url) => {
          for (const priority of [-1, 0, 1]) await loop.get(`${url}?${priority}`, { priority });
        }, `${home.origin}/hello`);
        await session.detach();
        assert.deepEqual(seen, ['Low', 'High', 'High']); // what a script asks for is high by default
      });

    test('while the page is hidden or offline nothing starts, where the session was told so', async () => {
      const context = page.context();
      await page.evaluate(async (url) => {
        globalThis.kept = await globalThis.openSession({ pauseWhenOffline: true, pauseWhenHidden: true });
        await globalThis.kept.get(url);
      }, `${home.origin}/hello`);
      const ask = () =>
        page.evaluate((url) => {
          globalThis.asked = globalThis.kept.get(url).then((response) => response.text());
          return new Promise((resolve) =>
            setTimeout(async () => {
              const { inFlight, done } = await globalThis.kept.stats();
              resolve(inFlight + done);
            }, 100),
          );
        }, `${home.origin}/hello`);
      await context.setOffline(true);
      assert.equal(await ask(), 1);
      await context.setOffline(false);
      assert.equal(await page.evaluate(() => globalThis.asked), 'Hello.');
      const show = (state) =>
        page.evaluate((visibility) => {
          Object.defineProperty(document, 'visibilityState', { value: visibility, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        }, state);
      await show('hidden'); // headless, a page is never hidden in earnest
      assert.equal(await ask(), 2);
      await show('visible');
      assert.equal(await page.evaluate(() => globalThis.asked), 'Hello.');
      await page.evaluate(() => globalThis.kept.close());
    });
  });
}

test("in a worker, a request that can't be sent there ends the list, after what came before it", async () => {
  await page.evaluate(() => (globalThis.inWorker = true));
  const got = await inPage(async (session, url) => {
    const told = [];
    for (const extra of [{ onDownloadProgress() {} }, { body: () => 'x' }, { json: { deep: () => 'x' } }]) {
      try {
        for await (const { status } of session.fetchAll([url, { url, method: 'POST', ...extra }])) told.push(status);
      } catch ({ name }) {
        told.push(name);
      }
    }
    return told;
  }, `${home.origin}/hello`);
  assert.deepEqual(got, [200, 'TypeError', 200, 'TypeError', 'DataCloneError']);
});
