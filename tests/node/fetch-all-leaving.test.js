import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientSession } from 'fetchloop';
import { startNginx } from './support/nginx.js';
import { startCounting, startHttp } from './support/odd-servers.js';
import { collect, eventually, openSession, test, urlsOf } from './support/test.js';

const nginx = await startNginx({ after });

// ---- Leaving

test('leaving the loop closes the source and cancels what is in flight', async (t) => {
  let inFlight = 0;
  const server = await startHttp(t, (request, response) => {
    inFlight++;
    response.on('close', () => inFlight--);
    if (request.url === '/0') response.end();
  });
  const session = await openSession(t, { limitPerHost: 10 });
  for (const async of [false, true]) {
    let closed = 0;
    const read = { count: 0 };
    function* sync() {
      try {
        for (;;) yield `${server.origin}/${read.count++}`;
      } finally {
        closed++;
      }
    }
    async function* asyncSource() {
      yield* sync();
    }
    for await (const { index } of session.fetchAll(async ? asyncSource() : sync())) {
      assert.equal(index, 0);
      break;
    }
    assert.equal(closed, 1, 'the source is closed when the loop is left');
    const readThen = read.count;
    await eventually(() => inFlight === 0);
    assert.equal(read.count, readThen);
    assert.equal(session.stats().inFlight, 0);
    assert.equal(session.stats().queued, 0);
  }
});

test('a loop whose body throws is left in the same way', async (t) => {
  const server = await startCounting(t, { latency: 20 });
  const session = await openSession(t);
  let closed = false;
  const failure = new Error('from the body');
  function* source() {
    try {
      for (let i = 0; ; i++) yield `${server.origin}/${i}`;
    } finally {
      closed = true;
    }
  }
  await assert.rejects(async () => {
    for await (const _ of session.fetchAll(source())) throw failure;
  }, failure);
  assert.ok(closed);
  assert.equal(session.stats().inFlight, 0);
});

test('leaving while the source is waited for ends at once', async (t) => {
  const session = await openSession(t);
  async function* stuck() {
    yield `${nginx.origin}/only`;
    await new Promise(() => {});
  }
  for await (const { status } of session.fetchAll(stuck())) {
    assert.equal(status, 200);
    break;
  }
});

test('a source whose closing fails tells whoever leaves the loop', async (t) => {
  const session = await openSession(t);
  const failure = new Error('from return()');
  const source = {
    next: () => ({ value: `${nginx.origin}/`, done: false }),
    return() {
      throw failure;
    },
  };
  await assert.rejects(async () => {
    for await (const _ of session.fetchAll({ [Symbol.iterator]: () => source })) break;
  }, failure);
});

test('a source whose closing fails while it is waited for brings nobody down', async (t) => {
  const session = await openSession(t);
  let goOn;
  const source = {
    given: false,
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (this.given)
        return new Promise((resolve) => {
          goOn = resolve;
        });
      this.given = true;
      return Promise.resolve({ value: `${nginx.origin}/`, done: false });
    },
    return: () => Promise.reject(new Error('from return()')),
  };
  for await (const _ of session.fetchAll(source)) break;
  goOn?.({ done: true });
  await sleep(20); // an unhandled rejection fails this test
});

test('return() while next() waits gives done to both', async (t) => {
  const server = await startHttp(t, () => {});
  const session = await openSession(t);
  const results = session.fetchAll([server.origin]);
  const waiting = results.next();
  await eventually(() => server.sockets.size === 1);
  assert.deepEqual(await results.return('value'), { value: 'value', done: true });
  assert.deepEqual(await waiting, { value: undefined, done: true });
  assert.deepEqual(await results.next(), { value: undefined, done: true });
  await eventually(() => server.closed.size === 1);
});

test('return() before the first next() sends nothing', async (t) => {
  const server = await startCounting(t);
  const session = await openSession(t);
  const results = session.fetchAll([server.origin]);
  assert.deepEqual(await results.return(), { value: undefined, done: true });
  assert.deepEqual(await results.next(), { value: undefined, done: true });
  await session.get(`${server.origin}/other`);
  assert.deepEqual(server.counts.paths, ['/other']);
});

test('return() before the first next() closes the source, of map(), too', async (t) => {
  const session = await openSession(t);
  let closed = 0;
  const source = { next: () => ({ done: false, value: nginx.origin }), return: () => closed++ };
  const requests = { [Symbol.iterator]: () => source };
  for (const results of [session.fetchAll(requests), session.map(requests, () => {})]) {
    assert.deepEqual(await results.return('value'), { value: 'value', done: true });
    assert.deepEqual(await results.next(), { value: undefined, done: true });
  }
  assert.equal(closed, 2);
});

test('next() may be called many times at once', async (t) => {
  const session = await openSession(t);
  const results = session.fetchAll(urlsOf(nginx.origin, 5));
  const taken = await Promise.all(Array.from({ length: 8 }, () => results.next()));
  assert.deepEqual(
    taken.map((step) => step.done),
    [false, false, false, false, false, true, true, true],
  );
  assert.deepEqual(
    taken
      .slice(0, 5)
      .map((step) => step.value.index)
      .sort(),
    [0, 1, 2, 3, 4],
  );
});

// ---- Its signal

test("a list's signal ends what was read with its reason, reads no more, and the loop throws it", async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/0') response.end();
  });
  const session = await openSession(t, { readAhead: 10, limit: 4 });
  const controller = new AbortController();
  const reason = new Error('enough');
  const read = { count: 0, closed: 0 };
  function* source() {
    try {
      for (;;) yield `${server.origin}/${read.count++}`;
    } finally {
      read.closed++;
    }
  }
  const errors = [];
  await assert.rejects(async () => {
    for await (const { error } of session.fetchAll(source(), { signal: controller.signal })) {
      if (error) errors.push(error);
      controller.abort(reason);
    }
  }, reason);
  assert.deepEqual(new Set(errors), new Set([reason]));
  assert.deepEqual([read.count, read.closed], [errors.length + 1, 1]);
  await assert.rejects(session.fetchAll(source(), { signal: controller.signal }).next(), reason);
  assert.equal(read.count, errors.length + 1);
});

test("a list's signal ends it while its source is waited for, and map() of it", async (t) => {
  const session = await openSession(t);
  const reason = new Error('enough');
  async function* stuck() {
    yield `${nginx.origin}/only`;
    await new Promise(() => {});
  }
  for (const start of [
    (init) => session.fetchAll(stuck(), init),
    (init) => session.map(stuck(), (response) => response.text(), init),
  ]) {
    const controller = new AbortController();
    const seen = [];
    await assert.rejects(async () => {
      for await (const { status } of start({ signal: controller.signal })) {
        seen.push(status);
        controller.abort(reason);
      }
    }, reason);
    assert.deepEqual(seen, [200]);
  }
});

test("the signal's reason is what the loop throws, whatever its source says when it is left", async (t) => {
  const server = await startHttp(t, () => {});
  const session = await openSession(t);
  const controller = new AbortController();
  let breakSource = (_error) => {};
  const source = {
    given: 0,
    [Symbol.asyncIterator]: () => source,
    next: () =>
      source.given++ === 0
        ? Promise.resolve({ value: server.origin, done: false })
        : new Promise((_, reject) => {
            breakSource = reject;
          }),
    return: async () => breakSource(new Error('source broke')),
  };
  const list = session.fetchAll(source, { signal: controller.signal });
  const first = list.next();
  await eventually(() => server.sockets.size === 1);
  controller.abort(new Error('enough'));
  assert.equal((await first).value.error.message, 'enough');
  await assert.rejects(list.next(), { message: 'enough' });
});

test("a source that itself aborts its list's signal is closed all the same", async (t) => {
  const session = await openSession(t);
  const controller = new AbortController();
  let closed = 0;
  function* source() {
    try {
      yield `${nginx.origin}/`;
      controller.abort(new Error('enough'));
      yield `${nginx.origin}/`;
    } finally {
      closed++;
    }
  }
  await assert.rejects(collect(session.fetchAll(source(), { signal: controller.signal })), { message: 'enough' });
  assert.equal(closed, 1);
});

test('the loop throws the reason however far its source had been read, and not when all had ended', async (t) => {
  const server = await startHttp(t, (request, response) => request.url === '/0' && response.end());
  for (const readAhead of [1, 100]) {
    const session = await openSession(t, { readAhead });
    for (const start of [session.fetchAll, (urls, init) => session.map(urls, () => {}, init)]) {
      const controller = new AbortController();
      const told = [];
      const reading = (async () => {
        for await (const { error } of start.call(session, urlsOf(server.origin, 20), { signal: controller.signal })) {
          told.push(error?.message);
          controller.abort(new Error('enough'));
        }
      })();
      await assert.rejects(reading, { message: 'enough' });
      assert.deepEqual(new Set(told), new Set([undefined, 'enough']));
    }
    const controller = new AbortController();
    for await (const { status } of session.fetchAll([`${server.origin}/0`], { signal: controller.signal })) {
      assert.equal(status, 200);
      controller.abort();
    }
  }
});

// ---- close()

test('close() in the loop ends it: what was in flight comes as FL_ECANCELLED, the source is closed', async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/0') response.end();
  });
  const session = await ClientSession.open({ limitPerHost: 5 });
  let closed = false;
  function* source() {
    try {
      for (let i = 0; ; i++) yield `${server.origin}/${i}`;
    } finally {
      closed = true;
    }
  }
  const codes = [];
  for await (const { index, error } of session.fetchAll(source())) {
    if (index === 0) await session.close();
    else codes.push(error.code);
  }
  assert.ok(closed);
  assert.ok(codes.length >= 4, `${codes.length} were asked for`);
  assert.deepEqual(new Set(codes), new Set(['FL_ECANCELLED']));
  await eventually(() => server.sockets.size === 0);
});

test('close() while the source is waited for ends the loop', async () => {
  const session = await ClientSession.open();
  async function* stuck() {
    yield `${nginx.origin}/only`;
    await new Promise(() => {});
  }
  let seen = 0;
  for await (const _ of session.fetchAll(stuck())) {
    seen++;
    session.close();
  }
  assert.equal(seen, 1);
});

test('close() from the source ends the loop', async () => {
  const session = await ClientSession.open();
  function* source() {
    yield `${nginx.origin}/a`;
    session.close();
    yield `${nginx.origin}/b`;
  }
  const results = await collect(session.fetchAll(source()));
  assert.ok(results.length >= 1 && results.length <= 2);
  for (const { error } of results) assert.equal(error.code, 'FL_ECANCELLED');
});

test('close() ends what nobody takes any more', async (t) => {
  const server = await startCounting(t, { latency: 60_000 });
  const session = await ClientSession.open();
  const results = session.fetchAll(urlsOf(server.origin, 10));
  const waiting = results.next();
  await eventually(() => server.counts.now === 6);
  await session.close();
  assert.equal((await waiting).value.error.code, 'FL_ECANCELLED');
  await eventually(() => server.sockets.size === 0);
});
