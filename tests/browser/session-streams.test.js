/** Bodies of a session in a page, in Debian's Chromium, as they are read: slowly, in part, not at all; and those that break. */
import assert from 'node:assert/strict';
import { after, test as nodeTest } from 'node:test';
import { startSessionPage } from './support/session-page.js';

const { home, abroad, page, inPage, inEachPlace } = await startSessionPage({ after });
const test = (name, body) => nodeTest(name, { timeout: 60_000 }, body);

inEachPlace((worker) => {
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

  test('a stream that is being read is no body, as with fetch()', async () => {
    const names = await inPage(async (session, url) => {
      const body = new Blob(['x']).stream();
      body.getReader();
      const init = { method: 'POST', body, duplex: 'half' };
      const asked = [session.fetch(url, init), session.post(url, { body }), fetch(url, init)];
      return (await Promise.allSettled(asked)).map(({ reason }) => reason?.name);
    }, `${home.origin}/echo`);
    assert.deepEqual(names, ['TypeError', 'TypeError', 'TypeError']);
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

  test('close() waits for no reader, and a body that has come whole can still be read then', async () => {
    const bytes = worker ? 130_000 : 60_000; // what is read ahead, of which a worker has its own half
    const got = await page.evaluate(async (url) => {
      const session = await globalThis.openSession();
      const response = await session.fetch(url);
      while ((await session.stats()).inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await session.close();
      return (await response.arrayBuffer()).byteLength;
    }, `${home.origin}/drip?bytes=${bytes}`);
    assert.equal(got, bytes);
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

  test("bodyMax is of a body as it is decoded, another origin's too, whose encoding a browser doesn't show", async () => {
    const got = await inPage(
      (session, urls) => Promise.all(urls.map((url) => globalThis.told(session.get(url)))),
      [`${home.origin}/gzip`, `${abroad.origin}/gzip`],
      { bodyMax: 9_999 },
    );
    assert.deepEqual(got, ['FL_ETOOBIG', 'FL_ETOOBIG']);
  });

  test('raiseForStatus: an error whose response nobody reads holds no place, and keeps the first of its body', async () => {
    const got = await inPage(
      async (session, origin) => {
        const errors = [];
        for (const bytes of [10, 60_000, 1e6, 60_000]) {
          const url = `${origin}/large?is=404&bytes=${bytes}`;
          errors.push(await session.get(url, { stream: true }).catch((error) => error));
        }
        const read = ({ response }) =>
          response?.arrayBuffer().then(
            ({ byteLength }) => byteLength,
            ({ code }) => code,
          );
        return [errors.map(({ code }) => code), await Promise.all(errors.map(read))];
      },
      home.origin,
      { limit: 1, raiseForStatus: true },
    );
    assert.deepEqual(got, [
      Array(4).fill('FL_ESTATUS'),
      worker ? Array(4).fill(undefined) : [10, 60_000, 'FL_ETOOBIG', 60_000],
    ]);
  });
});

test('map() with streams gives up what its function leaves of a body, whatever it did with it', async () => {
  const got = await inPage(
    async (session, url) => {
      const reads = [
        () => {},
        (body) => body.getReader(),
        (body) => body.getReader().read(),
        (body) => body.getReader({ mode: 'byob' }).read(new Uint8Array(4)),
      ];
      const values = [];
      const read = async ({ body }, { index }) => {
        await reads[index](body);
        return 'well';
      };
      for await (const { value } of session.map(Array(4).fill(url), read, { stream: true })) values.push(value);
      return { values, inFlight: session.stats().inFlight };
    },
    `${home.origin}/endless`,
    { limit: 1, worker: false },
  );
  assert.deepEqual(got, { values: Array(4).fill('well'), inFlight: 0 });
});

test("a download that stalls goes on with another request, and what the first still gets is nobody's", async () => {
  const got = await inPage(
    async (session, url) => {
      const results = [];
      for await (const result of session.fetchAll([url], { stream: true })) {
        const { byteLength } = await result.response.arrayBuffer();
        await result.ended;
        results.push([byteLength, result.error?.code]);
      }
      return results;
    },
    `${home.origin}/broken?bytes=400000&times=1&late=600`,
    { retry: { limit: 3, backoff: 2 }, timeout: { read: 0.2 }, seed: 1, worker: false }, // which waits for a second
  );
  assert.deepEqual(got, [[400_000, undefined]]);
});
