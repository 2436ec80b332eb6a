import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError } from 'fetchloop';
import { freePort, startNginx } from './support/nginx.js';
import { startCounting, startHttp } from './support/odd-servers.js';
import { collect, openSession, test, urlsOf } from './support/test.js';

const nginx = await startNginx({ after });

// ---- Results

test('results come in the order of completion, not of the list', async (t) => {
  const server = await startHttp(t, (request, response) =>
    setTimeout(() => response.end(), Number(request.url.slice(1))),
  );
  const session = await openSession(t);
  const results = await collect(session.fetchAll([300, 100, 200, 0].map((ms) => `${server.origin}/${ms}`)));
  assert.deepEqual(
    results.map((result) => result.index),
    [3, 1, 2, 0],
  );
});

test('a result has index, url, status, response and timing', async (t) => {
  const server = await startCounting(t, { latency: 50 });
  const session = await openSession(t, { limit: 1 });
  const results = await collect(session.fetchAll(urlsOf(server.origin, 2)));
  for (const [i, { index, url, status, response, error, timing, size }] of results.entries()) {
    assert.deepEqual([index, url, status, error], [i, `${server.origin}/${i}`, 200, undefined]);
    assert.ok(response instanceof Response);
    assert.equal(await response.text(), `This is /${i}.\n`);
    assert.equal(size, 12);
    assert.ok(timing.headers >= 49 && timing.total >= timing.headers, JSON.stringify(timing));
  }
  assert.ok(results[1].timing.queue >= 49, 'the second waited for the first');
});

test('a failure is a result with an error, and the others go on', async (t) => {
  const session = await openSession(t);
  const refused = `http://127.0.0.1:${await freePort()}/`;
  const urls = ['no-scheme', `${nginx.origin}/a`, refused, 'http://127.0.0.1:99999/', `${nginx.origin}/b`, ''];
  const results = (await collect(session.fetchAll(urls))).sort((a, b) => a.index - b.index);
  assert.deepEqual(
    results.map(({ url, status, error }) => [url, status, error?.code]),
    [
      ['no-scheme', 0, 'FL_EURLSCHEME'],
      [`${nginx.origin}/a`, 200, undefined],
      [refused, 0, 'FL_ECONNECT'],
      ['http://127.0.0.1:99999/', 0, 'FL_EURLPORT'],
      [`${nginx.origin}/b`, 200, undefined],
      ['', 0, 'FL_EURLEMPTY'],
    ],
  );
  for (const { error, response, timing, status } of results.filter((result) => result.error)) {
    assert.ok(error instanceof ClientError);
    assert.equal(response, undefined);
    if (error.code !== 'FL_ECONNECT') assert.deepEqual([timing.headers, timing.total, status], [null, null, 0]);
  }
});

test('an empty list ends at once', async (t) => {
  const session = await openSession(t);
  assert.deepEqual(await collect(session.fetchAll([])), []);
  assert.deepEqual(await collect(session.fetchAll((async function* () {})())), []);
});

test('one URL many times is as many results', async (t) => {
  const session = await openSession(t);
  const results = await collect(session.fetchAll(Array(30).fill(`${nginx.origin}/same`)));
  assert.deepEqual(
    results.map((result) => result.index).sort((a, b) => a - b),
    [...Array(30).keys()],
  );
});

// ---- Sources

for (const [what, make] of [
  ['an array', (urls) => urls],
  ['a Set', (urls) => new Set(urls)],
  ['URL objects', (urls) => urls.map((url) => new URL(url))],
  ['promises of URLs', (urls) => urls.map((url) => Promise.resolve(url))],
  [
    'a generator',
    function* (urls) {
      yield* urls;
    },
  ],
  [
    'an async generator',
    async function* (urls) {
      for (const url of urls) {
        await sleep(1);
        yield url;
      }
    },
  ],
  ['a ReadableStream', (urls) => ReadableStream.from(urls)],
  [
    'an iterator without return()',
    (urls) => ({ [Symbol.iterator]: () => ({ next: urls[Symbol.iterator]().next.bind(urls.values()) }) }),
  ],
]) {
  test(`URLs come from ${what}`, async (t) => {
    const session = await openSession(t);
    const urls = urlsOf(nginx.origin, 20);
    const results = await collect(session.fetchAll(make(urls)));
    assert.deepEqual(
      results.sort((a, b) => a.index - b.index).map((result) => [result.url, result.status]),
      urls.map((url) => [url, 200]),
    );
  });
}

for (const [what, urls] of [
  ['a string', 'http://127.0.0.1/'],
  ['null', null],
  ['nothing', undefined],
  ['a number', 5],
  ['an object', {}],
]) {
  test(`fetchAll() refuses ${what}`, async (t) => {
    const session = await openSession(t);
    assert.throws(() => session.fetchAll(urls), { name: 'TypeError', message: /iterable/ });
  });
}

test('what is no string is asked for as one, and what stands for nothing is a mistake', async (t) => {
  const session = await openSession(t);
  const results = await collect(session.fetchAll([5, null, undefined]));
  results.sort((a, b) => a.index - b.index);
  assert.deepEqual(
    results.map(({ error }) => error.code ?? error.name),
    ['FL_EURLSCHEME', 'TypeError', 'TypeError'],
  );
});

test('a source is read only as fast as its results are used', async (t) => {
  const server = await startCounting(t);
  const session = await openSession(t, { limit: 4, limitPerHost: 4 });
  let read = 0;
  function* endless() {
    for (;;) yield `${server.origin}/${read++}`;
  }
  const results = session.fetchAll(endless())[Symbol.asyncIterator]();
  await results.next();
  // Time enough for thousands: what stops it is that nobody takes the second.
  await sleep(300);
  const [readSoFar, sentSoFar] = [read, server.counts.paths.length];
  assert.ok(readSoFar <= 1 + 4 * 4, `${readSoFar} read for 1 taken, 4 at once`);
  assert.ok(sentSoFar <= 1 + 2 * 4, `${sentSoFar} sent for 1 taken, 4 at once`);
  for (let taken = 1; taken < 500; taken++) await results.next();
  assert.ok(read <= 500 + 4 * 4, `${read} read for 500 taken`);
  await results.return();
});

test('a source is not read before somebody asks for a result', async (t) => {
  const session = await openSession(t);
  let read = 0;
  const results = session.fetchAll(
    (function* () {
      read++;
      yield `${nginx.origin}/`;
    })(),
  );
  await sleep(50);
  assert.equal(read, 0);
  assert.equal((await collect(results)).length, 1);
});

test('a slow source holds up no result of what it has given', async (t) => {
  const session = await openSession(t);
  let goOn;
  async function* slow() {
    yield `${nginx.origin}/first`;
    await new Promise((resolve) => {
      goOn = resolve;
    });
    yield `${nginx.origin}/second`;
  }
  const seen = [];
  for await (const { url } of session.fetchAll(slow())) {
    seen.push(url);
    goOn(); // undefined, if the source had not been read on while the first was fetched
  }
  assert.deepEqual(seen, [`${nginx.origin}/first`, `${nginx.origin}/second`]);
});

test('a source that throws: what it gave before comes first, then the error, then nothing', async (t) => {
  const server = await startCounting(t, { latency: 20 });
  const session = await openSession(t);
  const failure = new Error('the list broke');
  for (const broken of [
    function* () {
      yield* urlsOf(server.origin, 10);
      throw failure;
    },
    async function* () {
      yield* urlsOf(server.origin, 10);
      throw failure;
    },
    function* () {
      yield* urlsOf(server.origin, 10);
      yield Promise.reject(failure);
    },
  ]) {
    const seen = [];
    const results = session.fetchAll(broken());
    await assert.rejects(async () => {
      for await (const result of results) seen.push(result.status);
    }, failure);
    assert.deepEqual(seen, Array(10).fill(200));
    assert.deepEqual(await results.next(), { value: undefined, done: true });
  }
  assert.equal((await session.get(`${nginx.origin}/after`)).status, 200);
});

test('a source that throws at once', async (t) => {
  const session = await openSession(t);
  const failure = new Error('no list');
  const next = () => {
    throw failure;
  };
  await assert.rejects(collect(session.fetchAll({ [Symbol.iterator]: () => ({ next }) })), failure);
});

test('an item that has no text is a mistake, and its own result; the others go on', async (t) => {
  const session = await openSession(t);
  const failure = new Error('not today');
  const textless = {
    toString() {
      throw failure;
    },
  };
  const items = [textless, Object.create(null), { url: textless }, `${nginx.origin}/`];
  const results = await collect(session.fetchAll(items));
  results.sort((a, b) => a.index - b.index);
  assert.deepEqual([results[0].error, results[2].error, results[3].status], [failure, failure, 200]);
  assert.equal(results[1].error.name, 'TypeError');
  assert.deepEqual(
    results.map(({ url, request }) => [url, request]),
    items.map((item) => [typeof item === 'string' ? item : '', item]),
  );
});

test('a promise among the items that rejects ends the run with that error, and closes the source', async (t) => {
  const session = await openSession(t);
  const failure = new Error('not today');
  let isClosed = false;
  const source = (function* () {
    try {
      yield `${nginx.origin}/`;
      yield Promise.reject(failure);
    } finally {
      isClosed = true;
    }
  })();
  await assert.rejects(collect(session.fetchAll(source)), failure);
  assert.ok(isClosed);
});

// ---- Several at once

test('two fetchAll() at once each get their own results', async (t) => {
  const server = await startCounting(t, { latency: 5 });
  const session = await openSession(t, { limit: 3 });
  const [a, b] = await Promise.all(
    ['a', 'b'].map((name) =>
      collect(session.fetchAll(Array.from({ length: 50 }, (_, i) => `${server.origin}/${name}/${i}`))),
    ),
  );
  for (const [name, results] of [
    ['a', a],
    ['b', b],
  ]) {
    assert.equal(results.length, 50);
    for (const { index, url } of results) assert.equal(url, `${server.origin}/${name}/${index}`);
  }
});

test('one whose results nobody takes does not stop the other', async (t) => {
  const session = await openSession(t, { limit: 2, limitPerHost: 2 });
  const idle = session.fetchAll(
    (function* () {
      for (;;) yield `${nginx.origin}/idle`;
    })(),
  );
  await idle.next();
  const results = await collect(session.fetchAll(urlsOf(nginx.origin, 200)));
  assert.equal(results.length, 200);
  await idle.return();
});

test('neither of two endless ones starves the other', async (t) => {
  const server = await startCounting(t, { latency: 2 });
  const session = await openSession(t, { limit: 4, limitPerHost: 4 });
  function* endless(name) {
    for (;;) yield `${server.origin}/${name}`;
  }
  await Promise.all(
    ['a', 'b'].map(async (name) => {
      let taken = 0;
      for await (const _ of session.fetchAll(endless(name))) if (++taken === 200) break;
    }),
  );
  const firstHalf = server.counts.paths.slice(0, 200);
  const ofA = firstHalf.filter((path) => path === '/a').length;
  assert.ok(ofA >= 60 && ofA <= 140, `${ofA} of the first 200 are a's`);
});

for (const limit of [1, 2, 50]) {
  test(`session.get() in the loop's body, ${limit} at once, does not deadlock`, async (t) => {
    const server = await startCounting(t, { latency: 2 });
    const session = await openSession(t, { limit, limitPerHost: limit });
    let both = 0;
    for await (const { url } of session.fetchAll(urlsOf(server.origin, 60))) {
      const response = await session.get(`${url}/again`);
      assert.equal(response.status, 200);
      both++;
    }
    assert.equal(both, 60);
    assert.ok(server.counts.peak <= limit);
  });

  test(`fetchAll() in fetchAll()'s body, ${limit} at once, does not deadlock`, async (t) => {
    const session = await openSession(t, { limit, limitPerHost: limit });
    let inner = 0;
    for await (const { url } of session.fetchAll(urlsOf(nginx.origin, 20))) {
      for await (const { status } of session.fetchAll([`${url}/1`, `${url}/2`, `${url}/3`]))
        inner += status === 200 ? 1 : 0;
    }
    assert.equal(inner, 60);
  });
}

test('a source that fetches with the same session does not deadlock', async (t) => {
  const session = await openSession(t, { limit: 1, limitPerHost: 1 });
  async function* crawl() {
    for (let i = 0; i < 20; i++) {
      const response = await session.get(`${nginx.origin}/page/${i}`);
      yield `${nginx.origin}${(await response.text()).match(/\/\S+\d/)[0]}/next`;
    }
  }
  const results = await collect(session.fetchAll(crawl()));
  assert.deepEqual(
    results.map((result) => result.status),
    Array(20).fill(200),
  );
});

test('a source that is fed by the results ends when it says so', async (t) => {
  const session = await openSession(t);
  const queue = [`${nginx.origin}/x`];
  let wake = () => {};
  async function* frontier() {
    for (let given = 0; given < 31; given++) {
      while (queue.length === 0)
        await new Promise((resolve) => {
          wake = resolve;
        });
      yield queue.shift();
    }
  }
  let seen = 0;
  for await (const { url } of session.fetchAll(frontier())) {
    seen++;
    queue.push(`${url}l`, `${url}r`);
    wake();
  }
  assert.equal(seen, 31);
});

// ---- Hosts

test('a slow host does not hold up a fast one that comes after it in the list', async (t) => {
  const slow = await startCounting(t, { latency: 1000 });
  const endOfFast = async (urls) => {
    const session = await openSession(t);
    const started = performance.now();
    let left = 60;
    for await (const { url, status } of session.fetchAll(urls)) {
      if (!url.startsWith(nginx.origin)) continue;
      assert.equal(status, 200);
      if (--left === 0) break;
    }
    assert.equal(left, 0);
    return (performance.now() - started) / 1000;
  };
  await endOfFast(urlsOf(nginx.origin, 60)); // the first run of all pays for what is loaded late
  const alone = await endOfFast(urlsOf(nginx.origin, 60));
  const behind = await endOfFast([...urlsOf(slow.origin, 60), ...urlsOf(nginx.origin, 60)]);
  assert.equal(slow.counts.peak, 6);
  assert.ok(behind <= alone + 0.1, `the fast ones took ${alone} s alone, ${behind} s behind the slow ones`);
});

test('one that never answers does not hold up the others of its host', async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url !== '/0') response.end();
  });
  const session = await openSession(t, { limitPerHost: 2, timeout: { attempt: 1 }, retry: false });
  const results = await collect(session.fetchAll(urlsOf(server.origin, 40)));
  assert.deepEqual(results.map((result) => result.error?.code).filter(Boolean), ['FL_EATTEMPTTIMEOUT']);
  assert.equal(results.at(-1).index, 0);
});
