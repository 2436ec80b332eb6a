/** Many requests of a session in a page, in Debian's Chromium: lists, retries, timeouts, cancelling, pausing, telling. */
import assert from 'node:assert/strict';
import { after, test as nodeTest } from 'node:test';
import { startSessionPage } from './support/session-page.js';

const { home, abroad, silent, page, inPage, inEachPlace } = await startSessionPage({ after });
const test = (name, body) => nodeTest(name, { timeout: 60_000 }, body);

inEachPlace((worker) => {
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

  test('close() closes the source of a list, and ends one that nobody has begun to read', async () => {
    const got = await page.evaluate(async (url) => {
      const told = [];
      const source = function* () {
        try {
          for (;;) yield url;
        } finally {
          told.push('closed');
        }
      };
      const session = await globalThis.openSession();
      const [begun, unbegun] = [session.fetchAll(source()), session.fetchAll([url])];
      await begun.next();
      await session.close();
      for await (const _result of begun);
      for await (const { status } of unbegun) told.push(status);
      return told;
    }, `${home.origin}/hello`);
    assert.deepEqual(got, ['closed']);
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

  test('what is wrong with the options is refused at once, be it a session, a request or a list', async () => {
    const got = await page.evaluate(async (url) => {
      const why = (promise) => promise.then(String, ({ name, message }) => `${name}: ${message}`);
      const told = [];
      for (const options of [
        { middleware: 5 },
        { middleware: [() => {}, 'log'] },
        { trace: 'yes' },
        { pauseWhenHidden: 'no' },
        { pauseWhenOffline: 1 },
      ]) {
        told.push(await why(globalThis.openSession(options)));
      }
      const session = await globalThis.openSession();
      for (const init of [{ signal: 5 }, { onDownloadProgress: 5 }]) told.push(await why(session.get(url, init)));
      for (const init of [{ timeout: 'long' }, { timeOut: 5 }, { onProgress: 5 }, { signal: 5 }]) {
        told.push(await why((async () => session.fetchAll([url], init).next())()));
      }
      for (const multipart of [5, [5]]) told.push(await why(session.post(url, { multipart })));
      await session.close();
      return told.map((one) => one.replace(/: there are .*|, as .*| or an array of .*(?=,)/, ''));
    }, `${home.origin}/hello`);
    assert.deepEqual(got, [
      'TypeError: middleware must be an array, not 5',
      "TypeError: middleware[1] must be a function, not 'log'",
      "TypeError: trace must be a function, not 'yes'",
      "TypeError: pauseWhenHidden must be true or false, not 'no'",
      'TypeError: pauseWhenOffline must be true or false, not 1',
      'TypeError: signal must be an AbortSignal, not 5',
      'TypeError: onDownloadProgress must be a function, not 5',
      "RangeError: timeout must be a number of seconds above 0, Infinity for none, not 'long'",
      'TypeError: unknown option timeOut',
      'TypeError: onProgress must be a function, not 5',
      'TypeError: signal must be an AbortSignal, not 5',
      'TypeError: multipart must be a FormData, not 5',
      'TypeError: multipart: each part needs a name',
    ]);
  });

  test('what a list has in common is sent with each of its requests, given as iterators, too', async () => {
    const got = await inPage(async (session) => {
      const inits = [
        { headers: new Map([['content-type', 'text/x']]).entries(), body: 'b' },
        { params: new URLSearchParams('p=1').entries(), body: 'b' },
        { form: new Map([['f', '1']]).entries() },
        { multipart: [{ name: 'm', value: '1' }].values() },
      ];
      const told = [];
      for (const init of inits) {
        for await (const { response, error } of session.fetchAll(['/echo', '/echo'], { method: 'POST', ...init })) {
          const text = (await response?.text())?.replace(/--+\w*/g, '--');
          told.push(
            error?.message ?? [response.headers.get('x-type').split(';')[0], new URL(response.url).search, text],
          );
        }
      }
      return told;
    });
    const multipart = '--\r\nContent-Disposition: form-data; name="m"\r\n\r\n1\r\n----\r\n';
    const sent = [
      ['text/x', '', 'b'],
      ['text/plain', '?p=1', 'b'],
      ['application/x-www-form-urlencoded', '', 'f=1'],
      ['multipart/form-data', '', multipart],
    ];
    assert.deepEqual(
      got,
      sent.flatMap((each) => [each, each]),
    );
  });

  test('what is no URL is a mistake, and not asked for by the name that its kind has', async () => {
    const got = await inPage(async (session, url) => {
      const told = [];
      for await (const { index, status, error } of session.fetchAll([null, undefined, { url: null }, {}, url])) {
        told[index] = error ? `${error.name}: ${error.message}` : status;
      }
      return told;
    }, `${home.origin}/hello`);
    const wrong = (what) => `TypeError: the URL must be a text or a URL, not ${what}: request(method, url, init)`;
    assert.deepEqual(got, [wrong('null'), wrong('undefined'), wrong('null'), 'TypeError: a request needs a url', 200]);
  });

  test('a signal ends a list, with its reason, which the loop throws', async () => {
    const got = await inPage(async (session, origin) => {
      const told = [];
      const controller = new AbortController();
      const urls = [`${origin}/hello`, ...Array(20).fill(`${origin}/mute`)];
      try {
        for await (const { status, error } of session.fetchAll(urls, { signal: controller.signal })) {
          told.push(error ? error.message : status);
          setTimeout(() => controller.abort(new Error('enough')), 50);
        }
      } catch ({ message }) {
        told.push(`thrown: ${message}`);
      }
      return told;
    }, home.origin);
    assert.deepEqual(got, [200, ...Array(20).fill('enough'), 'thrown: enough']);
  });

  test('a list whose signal aborts before its source has ended reads no more of it, and throws the reason', async () => {
    const got = await inPage(async (session, origin) => {
      const controller = new AbortController();
      const init = { signal: controller.signal };
      const told = { given: 0, closed: 0, errors: new Set(), thrown: [] };
      const source = function* () {
        try {
          for (;;) yield `${origin}/mute?${told.given++}`;
        } finally {
          told.closed++;
        }
      };
      const waits = async function* () {
        yield `${origin}/hello`;
        await new Promise(() => {});
      };
      const read = async (list) => {
        try {
          for await (const { error } of list) if (error) told.errors.add(error.message);
        } catch ({ message }) {
          told.thrown.push(message);
        }
      };
      const reading = [session.fetchAll(source(), init), session.map(source(), () => {}, init)].map(read);
      reading.push(read(session.fetchAll(waits(), init)));
      setTimeout(() => controller.abort(new Error('enough')), 100);
      await Promise.all(reading);
      const { given } = told;
      await read(session.fetchAll(source(), init));
      return {
        ...told,
        errors: [...told.errors],
        more: told.given - given,
        inFlight: (await session.stats()).inFlight,
      };
    }, home.origin);
    assert.ok(got.given < 25_000, `${got.given} were read`);
    assert.deepEqual(
      { ...got, given: 0 },
      { given: 0, closed: 2, errors: ['enough'], thrown: Array(4).fill('enough'), more: 0, inFlight: 0 },
    );
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

  test('middleware goes around each request; an abort, and close(), reach one that waits in it', async () => {
    const got = await inPage(async (_session, url) => {
      const waits = (request, next) => (request.headers ? next(request) : new Promise(() => {}));
      const greets = (request, next) => next({ ...request, headers: { 'x-by': 'middleware' } });
      const [waiting, greeting] = await Promise.all(
        [[waits], [greets, waits]].map((middleware) => globalThis.openSession({ middleware })),
      );
      const { status } = await greeting.get(url);
      const aborted = globalThis.told(waiting.get(url, { signal: AbortSignal.timeout(20) }));
      const left = globalThis.told(waiting.get(url));
      const told = [status, await aborted];
      await Promise.all([waiting.close(), greeting.close()]);
      return [...told, await left];
    }, `${home.origin}/hello`);
    assert.deepEqual(got, [200, 'TimeoutError', 'TypeError']);
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

  test('a status that says "try again" is retried, and no sooner than Retry-After says', async () => {
    const until = new Date(Date.now() + 3000).toUTCString();
    const [weekday, day, month, year, time] = until.split(/,? /);
    const asctime = `${weekday} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`;
    const got = await inPage(
      (session, urls) =>
        Promise.all(
          urls.map(async (url) => {
            const from = performance.now();
            const response = await session.get(url);
            return { text: await response.text(), ms: performance.now() - from };
          }),
        ),
      ['1', until, asctime, 'Sunday, 06-Nov-94 08:49:37 GMT'].map((after) => {
        return `${home.origin}/flaky?${new URLSearchParams({ times: 1, after, worker })}`;
      }),
      { retry: { backoff: 0.01 } },
    );
    assert.deepEqual(
      got.map(({ text }) => text),
      Array(4).fill('after 1'),
    );
    assert.ok(got[0].ms >= 1000, `${got[0].ms} ms`);
    for (const { ms } of got.slice(1, 3)) assert.ok(ms >= 1000, `${ms} ms`);
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
        // The last has waited long before the others give their places back.
        Promise.all([
          globalThis.told(session.get(`${origin}/mute`, { timeout: { attempt: 0.5 } })),
          globalThis.told(session.get(`${origin}/mute`, { timeout: { total: 0.5 } })),
          globalThis.told(session.get(`${origin}/mute`, { timeout: { read: 0.5 }, stream: true })),
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
        return results.map(({ status, size, redirects, timing, httpVersion }) => {
          return { status, size, redirects, timing, httpVersion };
        });
      },
      [`${home.origin}/gzip`, `${abroad.origin}/gzip`, `${silent.origin}/gzip`],
    );
    for (const { status, size, redirects, timing, httpVersion } of got.slice(0, 2)) {
      assert.deepEqual([status, httpVersion], [200, '1.1']);
      assert.equal(redirects, null);
      assert.ok(size > 0 && size < 10_000, `${size}`);
      for (const phase of ['queue', 'dns', 'connect', 'tls', 'firstByte', 'download', 'total']) {
        assert.ok(timing[phase] >= 0, `${phase}: ${timing[phase]}`);
      }
    }
    const { status, size, timing, httpVersion } = got[2];
    assert.equal(httpVersion, null);
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

test('a worker that has failed ends what was asked of it, and nothing is asked of it again', async () => {
  const got = await page.evaluate(async (origin) => {
    const { Worker } = globalThis;
    let worker;
    globalThis.Worker = class extends Worker {
      constructor(...given) {
        super(...given);
        worker = this;
      }
    };
    const session = await globalThis.openSession({ worker: true });
    globalThis.Worker = Worker;
    const why = ({ message }) => message;
    const asked = session.get(`${origin}/mute`).catch(why);
    const [list, unbegun] = [session.fetchAll([`${origin}/hello`, `${origin}/mute`]), session.fetchAll([origin])];
    const { status } = (await list.next()).value;
    const listed = list.next().catch(why);
    await session.stats(); // by now all has been asked for
    worker.terminate();
    worker.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
    const told = [await asked, await listed, await unbegun.next().catch(why)];
    const later = await session.get(`${origin}/hello`).catch(why);
    await session.close();
    return [status, told, (await list.next()).done, later];
  }, home.origin);
  const failed = "the session's worker failed: out of memory";
  assert.deepEqual(got, [200, [failed, failed, failed], true, 'the session is closed']);
});

test("in a worker, what can't be sent there is a mistake of its own; what can't be cloned ends the list, and closes its source", async () => {
  await page.evaluate(() => (globalThis.inWorker = true));
  const got = await inPage(async (session, url) => {
    const told = [];
    const bad = { url, method: 'POST' };
    const source = function* (extra) {
      try {
        yield* [url, { ...bad, ...extra }, url];
      } finally {
        told.push('closed');
      }
    };
    for (const extra of [
      { onDownloadProgress() {} },
      { body: () => 'x' },
      { stream: true },
      { multipart: [{ name: 'a', value: () => 'x' }] },
    ]) {
      try {
        for await (const { status, error, index } of session.fetchAll(source(extra))) {
          told.push(`${index}: ${error?.name ?? status}`);
        }
      } catch ({ name }) {
        told.push(name);
      }
    }
    return told.sort();
  }, `${home.origin}/hello`);
  const each = (what) => [what, what, what];
  assert.deepEqual(got, [
    ...each('0: 200'),
    ...each('1: TypeError'),
    ...each('2: 200'),
    'DataCloneError',
    ...each('closed'),
    'closed',
  ]);
});
