/** ClientSession in a page, in Debian's Chromium: requests as they go out, and where to. What comes back is in session-responses.test.js. */
import assert from 'node:assert/strict';
import { after, test as nodeTest } from 'node:test';
import { startSessionPage } from './support/session-page.js';

const { home, abroad, silent, page, inPage, inEachPlace } = await startSessionPage({ after });
const test = (name, body) => nodeTest(name, { timeout: 60_000 }, body);

inEachPlace((worker) => {
  test('a user name and password in a URL are sent as a header, by single requests and lists', async () => {
    const got = await inPage(
      async (session, url) => {
        const answers = [await (await session.get(url)).text()];
        const requests = [url, { url, headers: { 'x-own': 'yes' } }];
        for await (const { response } of session.fetchAll([...requests, url.replace('http:', '')])) {
          answers.push(await response.text());
        }
        return answers;
      },
      `${home.origin}/authorization`.replace('//', '//user:p%C3%BC@'),
    );
    assert.deepEqual(got, Array(4).fill(`Basic ${Buffer.from('user:p\u00fc').toString('base64')}`));
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

  test("session.fetch() gives fetch() what only that knows: mode, referrer, referrerPolicy, integrity; a Request's, too", async () => {
    const got = await inPage(
      async (session, [origin, there]) => {
        const tell = (asked) => asked.then((response) => response.text()).catch(({ name }) => name);
        const away = `${origin}/redirect?to=${encodeURIComponent(`${there}/hello`)}`;
        const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('Hello.'));
        const integrity = `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
        const asks = [
          [away, { mode: 'same-origin' }],
          [away, { mode: 'cors' }],
          [`${there}/hello`, { mode: 'same-origin' }],
          ['/referer', { referrer: '/page?a' }],
          ['/referer', { referrerPolicy: 'no-referrer' }],
          ['/hello', { integrity }],
          [`${there}/hello`, { integrity: `${integrity.slice(0, -4)}AAA=` }],
        ];
        const told = [];
        for (const [url, init] of asks) {
          told.push([await tell(session.fetch(url, init)), await tell(session.fetch(new Request(url, init)))]);
        }
        return told;
      },
      [home.origin, abroad.origin],
      { retry: 0 },
    );
    const one = ['TypeError', 'Hello.', 'TypeError', `${home.origin}/page?a`, 'none', 'Hello.', 'TypeError'];
    assert.deepEqual(
      got,
      one.map((each) => [each, each]),
    );
  });

  test("mode 'same-origin' is of the page's origin, wherever its base URL is", async () => {
    const got = await inPage(
      async (session, [origin, there]) => {
        const base = document.createElement('base');
        base.href = `${there}/`;
        document.head.append(base);
        const tell = (asked) => asked.then((response) => response.text()).catch(({ name }) => name);
        const asks = [`${origin}/hello`, `${there}/hello`, 'hello'];
        const told = await Promise.all(asks.map((url) => tell(session.fetch(url, { mode: 'same-origin' }))));
        base.remove();
        return told;
      },
      [home.origin, abroad.origin],
      { retry: 0 },
    );
    assert.deepEqual(got, ['Hello.', 'TypeError', 'TypeError']);
  });

  test("what is not one of fetch()'s words is refused as fetch() does", async () => {
    const got = await inPage(
      (session) =>
        Promise.all(
          ['mode', 'redirect', 'referrerPolicy'].map((name) =>
            globalThis.told(session.fetch('/hello', { [name]: 'x' })),
          ),
        ),
      null,
    );
    assert.deepEqual(got, Array(3).fill('TypeError'));
  });

  test("a Request's body is sent where a Request doesn't show it, as in Firefox", async () => {
    const got = await inPage(async (session) => {
      const shown = Object.getOwnPropertyDescriptor(Request.prototype, 'body');
      delete Request.prototype.body;
      try {
        const requests = [new Request('/echo', { method: 'POST', body: 'sent' }), new Request('/hello')];
        return Promise.all(requests.map(async (request) => (await session.fetch(request)).text()));
      } finally {
        Object.defineProperty(Request.prototype, 'body', shown);
      }
    });
    assert.deepEqual(got, ['sent', 'Hello.']);
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

  test('an error says why in its message and its cause', async () => {
    const got = await inPage(async (session, origin) => {
      const why = (promise) => promise.catch(({ message, cause }) => [message, String(cause)]);
      const body = new ReadableStream({ pull: () => Promise.reject(new RangeError('the disk is gone')) });
      const url = `${origin}/status?is=404`;
      return [
        await why(session.post(`${origin}/echo`, { body })),
        await why(session.get('http://127.0.0.1:1/', { stream: true, retry: 0 })),
        await why(session.get(url, { raiseForStatus: true })),
        await why(session.get(url, { raiseForStatus: true, stream: true })),
        await why(session.get(url, { raiseForStatus: true, join: true })),
      ];
    }, home.origin);
    const status = [`${home.origin}/status?is=404: the status says that it failed (404 Not Found)`, 'null'];
    assert.deepEqual(got, [
      [`${home.origin}/echo: the request's body could not be read (the disk is gone)`, 'RangeError: the disk is gone'],
      ['http://127.0.0.1:1/: network error (Failed to fetch)', 'TypeError: Failed to fetch'],
      status,
      status,
      status,
    ]);
  });

  test("a session's own headers, params and base URL may be of the page's classes", async () => {
    const got = await page.evaluate(async (origin) => {
      const session = await globalThis.openSession({
        baseUrl: new URL('/echo', origin),
        headers: new Headers({ 'content-type': 'text/x' }),
        params: new URLSearchParams({ a: 'b' }),
      });
      const response = await session.post('', { body: 'sent' });
      await session.close();
      return [new URL(response.url).search, response.headers.get('x-type'), await response.text()];
    }, home.origin);
    assert.deepEqual(got, ['?a=b', 'text/x', 'sent']);
  });

  test('a form is sent with the line ends that fetch() writes', async () => {
    const got = await inPage(async (session) => {
      const form = new FormData();
      form.append('a\nb', 'x\ny');
      form.append('file\n', new File(['1\n2'], 'c\nd'));
      const asked = [
        fetch('/echo', { method: 'POST', body: form }),
        session.post('/echo', { body: form }),
        session.post('/echo', { multipart: form }),
        session.fetch('/echo', { method: 'POST', body: form }),
      ].map(async (asking) => (await (await asking).text()).replace(/--+\w*/g, '--'));
      return Promise.all(asked);
    });
    assert.deepEqual(got, Array(4).fill(got[0]));
    assert.match(got[0], /name="a%0D%0Ab"\r\n\r\nx\r\ny\r\n/);
  });

  test("what is sent may be of another window's classes", async () => {
    const got = await inPage(async (session) => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const { FormData, Headers, URLSearchParams } = frame.contentWindow;
      const params = new URLSearchParams({ a: 'ä' });
      const form = new FormData();
      form.append('a', 'b');
      const headers = new Headers({ 'content-type': 'text/x' });
      const inits = [{ body: params }, { form: params }, { body: 'x', headers }, { body: form }, { params, body: '' }];
      const told = [];
      for (const init of inits) {
        const response = await session.post('/echo', init);
        const type = response.headers.get('x-type').split(';')[0];
        told.push([type, init.body === form || (await response.text()), new URL(response.url).search]);
      }
      frame.remove();
      return told;
    });
    const asForm = ['application/x-www-form-urlencoded', 'a=%C3%A4', ''];
    assert.deepEqual(got, [
      asForm,
      asForm,
      ['text/x', 'x', ''],
      ['multipart/form-data', true, ''],
      ['text/plain', '', '?a=%C3%A4'],
    ]);
  });

  test('json is sent as JSON has it, whatever its classes', async () => {
    const got = await inPage(async (session, url) => {
      class Money {
        #cents = 1999;
        toJSON() {
          return `${this.#cents / 100}`;
        }
      }
      const response = await session.post(url, { json: { price: new Money(), at: new URL('http://a/'), none() {} } });
      return response.json();
    }, `${home.origin}/echo`);
    assert.deepEqual(got, { price: '19.99', at: 'http://a/' });
  });

  test("a session's fetch() may stand in the place of the page's", async () => {
    const got = await inPage(async (session, url) => {
      const own = globalThis.fetch;
      globalThis.fetch = session.fetch;
      try {
        return [await (await fetch(url)).text(), await (await fetch('data:,local')).text()];
      } finally {
        globalThis.fetch = own;
      }
    }, `${home.origin}/hello`);
    assert.deepEqual(got, ['Hello.', 'local']);
  });

  test('a stream is given back when the signal of its request has aborted already', async () => {
    const got = await inPage(async (session, url) => {
      let tell;
      const cancelled = new Promise((resolve) => (tell = resolve));
      const signal = AbortSignal.abort('no more');
      const asked = session.post(url, { body: new ReadableStream({ cancel: tell }), signal });
      return [await asked.catch((reason) => reason), await cancelled];
    }, `${home.origin}/echo`);
    assert.deepEqual(got, ['no more', 'no more']);
  });

  // A worker is given no functions.
  if (!worker)
    test('a body that is ready only when its attempt has timed out is not sent', async () => {
      const url = `${home.origin}/echo?late`;
      await inPage(async (session, url) => {
        let read;
        const hasBeenRead = new Promise((resolve) => (read = resolve));
        const body = () =>
          new ReadableStream({
            async pull(controller) {
              await new Promise((resolve) => setTimeout(resolve, 400));
              controller.close();
              read();
            },
          });
        const controller = new AbortController();
        const retry = { limit: 1, backoff: 1000, backoffMax: 1000 };
        const asked = session.put(url, { body, retry, timeout: { attempt: 0.2 }, signal: controller.signal });
        await hasBeenRead;
        await session.get('/hello'); // by now it would have been sent
        controller.abort();
        await asked.catch(() => {});
      }, url);
      assert.ok(!home.paths.includes('/echo?late'));
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

  test('a redirect to the same URL is one', async () => {
    const got = await inPage(
      async (session, url) => [
        (await session.fetch(url, { cache: 'no-store' })).redirected,
        (await session.fetch(url, { cache: 'no-store' })).redirected,
      ],
      `${home.origin}/again?${worker}`,
    );
    assert.deepEqual(got, [true, false]);
  });

  test('a crawl delay is of a URL as requests take it', async () => {
    const got = await inPage(async (session) => {
      await session.setCrawlDelay('/hello', 0.3);
      const from = performance.now();
      await Promise.all(['/hello', '/hello?2'].map((url) => session.get(url)));
      return performance.now() - from;
    });
    assert.ok(got >= 299, `${got} ms`);
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
});

test('keepalive reaches fetch()', async () => {
  const watched = await page.context().browser().newPage();
  await watched.addInitScript(() => {
    const own = globalThis.fetch;
    globalThis.kept = [];
    globalThis.fetch = (url, init) => {
      globalThis.kept.push(init?.keepalive ?? false);
      return own(url, init);
    };
  });
  await watched.goto(home.origin);
  const got = await watched.evaluate(async () => {
    const { ClientSession } = await import('/build/web/index.js');
    const session = await ClientSession.open();
    globalThis.kept.length = 0;
    await session.fetch('/echo', { method: 'POST', body: 'bye', keepalive: true });
    await session.fetch('/echo', { method: 'POST', body: 'stays' });
    await session.get('/hello', { fetchInit: { keepalive: true } });
    await session.close();
    return globalThis.kept;
  });
  await watched.close();
  assert.deepEqual(got, [true, false, true]);
});
