/** What a session does, in whichever runtime: each behaviour by its name. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** @param {typeof import('fetchloop')} fetchloop @param {typeof import('./sites.d.ts')} sites */
export const makeRequestBehaviours = ({ ClientError, ClientSession, get, fetchAll }, sites) => {
  /** @param {import('fetchloop').NodeOptions & import('fetchloop').SessionOptions} options */
  const withSession = async (options, body) => {
    const session = await ClientSession.open(options);
    try {
      return await body(session);
    } finally {
      await session.close();
    }
  };
  const trusting = { tls: { ca: sites.ca } };

  return {
    'GET gives a response: status, headers, text': () =>
      withSession({}, async (session) => {
        const response = await session.get(`${sites.nginx}/page`);
        assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'text/plain']);
        assert.equal(await response.text(), 'This is /page.\n');
      }),

    'POST sends JSON, a form, and parts with a file': () =>
      withSession({ baseUrl: sites.own }, async (session) => {
        const said = async (init) => (await session.post('echo', init)).json();
        const json = await said({ json: { name: 'Ada' }, params: { a: 1 } });
        assert.deepEqual([json.method, json.url, JSON.parse(json.body)], ['POST', '/echo?a=1', { name: 'Ada' }]);
        assert.equal((await said({ form: { b: 'c d' } })).body, 'b=c+d');
        const file = new Blob(['the file']);
        const parts = await said({ multipart: [{ name: 'f', value: file, filename: 'f.txt' }] });
        assert.match(parts.body, /filename="f\.txt"[\s\S]*the file/);
      }),

    'a body is sent as it comes': () =>
      withSession({}, async (session) => {
        async function* source() {
          for (let i = 0; i < 100; i++) yield new Uint8Array(10_000).fill(i);
        }
        const { bytes } = await (await session.post(`${sites.own}/count`, { body: source() })).json();
        assert.equal(bytes, 1_000_000);
      }),

    'a body is read as it comes, whole': () =>
      withSession({}, async (session) => {
        const response = await session.get(`${sites.nginx}/file`, { stream: true });
        const hash = createHash('sha256');
        for await (const chunk of response.body) hash.update(chunk);
        assert.equal(hash.digest('hex'), sites.fileSha256);
      }),

    'a stream that is left is given up, and the session goes on': () =>
      withSession({ limitPerHost: 1 }, async (session) => {
        for await (const chunk of await session.get(`${sites.own}/endless`, { stream: true })) {
          assert.ok(chunk.length > 0);
          break;
        }
        assert.equal((await session.get(`${sites.own}/echo`)).status, 200);
      }),

    '1,000 URLs in one fetchAll(): 1,000 results': () =>
      withSession({ limit: 50, limitPerHost: 20 }, async (session) => {
        const urls = Array.from({ length: 1000 }, (_, i) => `${sites.nginx}/${i}`);
        const texts = [];
        for await (const { index, response } of session.fetchAll(urls)) texts[index] = await response.text();
        assert.deepEqual(
          texts,
          urls.map((_, i) => `This is /${i}.\n`),
        );
        assert.equal(session.stats().done, 1000);
      }),

    'fetchAll() and get() without a session': async () => {
      const statuses = [];
      for await (const { status } of fetchAll([sites.nginx, `${sites.own}/status/404`])) statuses.push(status);
      assert.deepEqual(statuses.sort(), [200, 404]);
      assert.equal((await get(sites.nginx)).status, 200);
    },

    'map() gives what the function makes of each, and errors as results': () =>
      withSession({ retry: 0 }, async (session) => {
        const urls = [`${sites.nginx}/a`, sites.closed, `${sites.nginx}/b`];
        const seen = [];
        for await (const { index, value, error } of session.map(urls, (response) => response.text())) {
          seen[index] = error?.code ?? value;
        }
        assert.deepEqual(seen, ['This is /a.\n', 'FL_ECONNECT', 'This is /b.\n']);
      }),

    'a timeout is an error of its own, and soon': () =>
      withSession({ timeout: { attempt: 0.2 }, retry: 0 }, async (session) => {
        const began = performance.now();
        await assert.rejects(session.get(`${sites.own}/never`), (error) => {
          assert.ok(error instanceof ClientError);
          return error.code === 'FL_EATTEMPTTIMEOUT';
        });
        assert.ok(performance.now() - began < 5000);
      }),

    'an abort ends a request, before its response and within its body': () =>
      withSession({}, async (session) => {
        for (const path of ['never', 'endless']) {
          const controller = new AbortController();
          const asked = session.get(`${sites.own}/${path}`, { signal: controller.signal });
          setTimeout(() => controller.abort(), 50);
          await assert.rejects(asked, { name: 'AbortError' });
        }
      }),

    'a request that failed is tried again; one that is not idempotent is not': () =>
      withSession({ retry: { limit: 2, statuses: [503], backoff: 0.01 } }, async (session) => {
        const url = `${sites.own}/flaky/${Math.random()}`;
        const response = await session.get(url);
        assert.equal(await response.text(), 'attempt 3');
        assert.equal((await session.post(`${url}/post`)).status, 503);
      }),

    'a broken connection is tried again': () =>
      withSession({ retry: { backoff: 0.01 } }, async (session) => {
        const response = await session.get(`${sites.own}/reset/${Math.random()}`);
        assert.equal(await response.text(), 'attempt 2');
      }),

    'redirects are followed, to 10': () =>
      withSession({}, async (session) => {
        const response = await session.get(`${sites.own}/redirect/3`);
        assert.deepEqual([response.status, response.url, response.redirected], [200, `${sites.own}/redirect/0`, true]);
        await assert.rejects(session.get(`${sites.own}/redirect/11`), { code: 'FL_EREDIRECTS' });
      }),

    ...Object.fromEntries(
      ['gzip', 'deflate', 'br', 'zstd'].map((encoding) => [
        `${encoding} is decoded, whole and as it comes`,
        () =>
          withSession({}, async (session) => {
            for (const stream of [false, true]) {
              const response = await session.get(`${sites.own}/encoded/${encoding}`, { stream });
              assert.equal(sha256(new Uint8Array(await response.arrayBuffer())), sites.fileSha256);
            }
            const small = await session.get(`${sites.own}/encoded-small/${encoding}`);
            assert.equal(await small.text(), 'a small one');
          }),
      ]),
    ),

    ...Object.fromEntries(
      ['gzip', 'deflate', 'br', 'zstd'].map((encoding) => [
        `${encoding} that is cut off is an error`,
        () =>
          withSession({}, (session) =>
            assert.rejects(session.get(`${sites.own}/encoded-cut/${encoding}`), { code: 'FL_EENCODING' }),
          ),
      ]),
    ),

    'a body may not be larger than bodyMax, decoded': () =>
      withSession({ bodyMax: 100_000 }, (session) =>
        assert.rejects(session.get(`${sites.own}/encoded/gzip`), { code: 'FL_ETOOBIG' }),
      ),

    'HTTPS: a CA that is trusted, and one that is not': async () => {
      await withSession({ retry: 0 }, (session) =>
        assert.rejects(session.get(sites.https), { code: 'FL_ECERTIFICATE' }),
      );
      await withSession({ ...trusting, http2: false }, async (session) => {
        assert.equal(await (await session.get(`${sites.https}/page`)).text(), 'This is /page.\n');
      });
    },

    'HTTPS where HTTP/2 is offered: many requests at once': () =>
      withSession({ ...trusting, limitPerHost: 50 }, async (session) => {
        const versions = new Set();
        const texts = new Set();
        const urls = Array.from({ length: 200 }, (_, i) => `${sites.https}/${i}`);
        for await (const { response, httpVersion, error } of session.fetchAll(urls)) {
          if (error) throw error;
          versions.add(httpVersion);
          texts.add(await response.text());
        }
        assert.deepEqual([[...versions], texts.size], [[sites.httpVersion], 200]);
      }),

    'HTTPS where HTTP/2 is offered: a large body, both ways': () =>
      withSession(trusting, async (session) => {
        const response = await session.get(`${sites.https}/file`);
        assert.equal(sha256(new Uint8Array(await response.arrayBuffer())), sites.fileSha256);
        assert.equal((await session.post(`${sites.https}/file`, { body: new Uint8Array(500_000) })).status, 405);
      }),

    'cookies are kept and sent': () =>
      withSession({ cookies: true }, async (session) => {
        await session.get(`${sites.own}/cookie`);
        const { headers } = await (await session.get(`${sites.own}/echo`)).json();
        assert.equal(headers.cookie, 'a=b');
      }),

    'a cache answers what is fresh': () =>
      withSession({ cache: true }, async (session) => {
        const ask = async () => (await session.get(`${sites.own}/fresh`)).text();
        assert.equal(await ask(), await ask());
      }),

    'a proxy carries http, and https through a tunnel': () =>
      withSession({ ...trusting, proxy: sites.proxy }, async (session) => {
        assert.equal((await session.get(`${sites.nginx}/page`)).status, 200);
        assert.equal((await session.get(`${sites.https}/page`)).status, 200);
      }),

    'a Unix socket is connected to': () =>
      withSession({ socketPath: sites.socketPath }, async (session) => {
        assert.equal(await (await session.get('http://any/')).text(), 'over a socket');
      }),

    'closing ends what is in flight': async () => {
      const session = await ClientSession.open();
      const asked = session.get(`${sites.own}/never`).catch(({ code }) => code);
      await new Promise((resolve) => setTimeout(resolve, 30));
      await session.close();
      assert.equal(await asked, 'FL_ECANCELLED');
    },

    'fetch() takes what fetch() takes': () =>
      withSession({}, async (session) => {
        const request = new Request(`${sites.own}/echo`, { method: 'PUT', body: 'text', headers: { 'x-a': 'b' } });
        const response = await session.fetch(request);
        assert.ok(response instanceof Response);
        const { method, body, headers } = await response.json();
        assert.deepEqual([method, body, headers['x-a']], ['PUT', 'text', 'b']);
      }),
  };
};
