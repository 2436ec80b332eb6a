/** How far a download is, and how far a list. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { startNginx } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { collect, openSession, test, urlsOf } from './support/test.js';

const nginx = await startNginx(
  { after },
  { files: { large: Buffer.alloc(3_000_000) }, locations: 'location /large {}' },
);

test('a download tells how far it is, of each part, and at last that all is there', async (t) => {
  const session = await openSession(t);
  for (const stream of [false, true]) {
    const told = [];
    const response = await session.get(`${nginx.origin}/large`, {
      stream,
      onDownloadProgress: (one) => told.push(one),
    });
    assert.equal((await response.arrayBuffer()).byteLength, 3_000_000);
    assert.ok(told.length > 5, `told ${told.length} times`);
    assert.deepEqual(told.at(-1), { percent: 1, transferredBytes: 3_000_000, totalBytes: 3_000_000 });
    for (const [i, { percent, transferredBytes, totalBytes }] of told.entries()) {
      assert.equal(totalBytes, 3_000_000);
      assert.equal(percent, transferredBytes / totalBytes);
      if (i > 0) assert.ok(transferredBytes > told[i - 1].transferredBytes);
    }
  }
});

test('where the server does not tell the length, the total and the share are null', async (t) => {
  const server = await startHttp(t, (_request, response) => {
    response.write('12345');
    setTimeout(() => response.end('678'), 20);
  });
  const told = [];
  const session = await openSession(t);
  await session.get(server.origin, { onDownloadProgress: (one) => told.push(one) });
  assert.deepEqual(told, [
    { percent: null, transferredBytes: 5, totalBytes: null },
    { percent: null, transferredBytes: 8, totalBytes: null },
  ]);
});

test('a retry counts from 0 again, and a download that is resumed goes on', async (t) => {
  for (const resumes of [false, true]) {
    let count = 0;
    const server = await startHttp(t, (request, response) => {
      const from = request.headers.range ? 4 : 0;
      const length = resumes ? 8 - from : 8;
      response.writeHead(from ? 206 : 200, {
        'content-length': length,
        ...(resumes && { etag: '"1"' }),
        ...(from && { 'content-range': 'bytes 4-7/8' }),
      });
      if (count++ > 0) return response.end('x'.repeat(length));
      response.write('xxxx');
      return setTimeout(() => response.destroy(), 50);
    });
    const told = [];
    const session = await openSession(t, { retry: { backoff: 0.01 } });
    const init = {
      stream: resumes,
      onDownloadProgress: ({ transferredBytes, percent }) => told.push([transferredBytes, percent]),
    };
    await (await session.get(server.origin, init)).text();
    assert.deepEqual(told, [
      [4, 0.5],
      [8, 1],
    ]);
  }
});

test('a list tells of each end: done, failed, queued, in flight, of how many', async (t) => {
  const session = await openSession(t, { limit: 2 });
  const told = [];
  const urls = [...urlsOf(nginx.origin, 8), 'no-scheme', `${nginx.origin}/last`];
  const results = await collect(session.fetchAll(urls, { onProgress: (one) => told.push(one) }));
  assert.equal(results.length, 10);
  assert.deepEqual(
    told.map(({ done }) => done),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  for (const { done, failed, queued, inFlight, total } of told) {
    assert.equal(total, 10);
    assert.ok(failed <= 1 && queued >= 0 && inFlight >= 0 && done + queued + inFlight <= total);
  }
  assert.deepEqual(told.at(-1), { done: 10, failed: 1, queued: 0, inFlight: 0, total: 10 });
});

test('of a list without a length the total is known once the last has been read', async (t) => {
  const session = await openSession(t, { limit: 2 });
  const told = [];
  const onProgress = ({ done, total }) => told.push([done, total]);
  const urls = function* () {
    yield* urlsOf(nginx.origin, 200);
  };
  for await (const { value } of session.map(urls(), (response) => response.status, { onProgress })) {
    assert.equal(value, 200);
  }
  assert.deepEqual(told[0], [1, null]);
  assert.deepEqual(told.at(-1), [200, 200]);
});

test('what streams has ended when its body has', async (t) => {
  const session = await openSession(t);
  const told = [];
  const init = { stream: true, onProgress: ({ done, inFlight }) => told.push([done, inFlight]) };
  for await (const { response } of session.fetchAll([`${nginx.origin}/large`], init)) {
    assert.deepEqual(told, []);
    await response.arrayBuffer();
  }
  assert.deepEqual(told, [[1, 0]]);
});

test('what is no function is refused, and a listener that throws stops nothing', async (t) => {
  const session = await openSession(t);
  await assert.rejects(
    session.get(nginx.origin, { onDownloadProgress: true }),
    /onDownloadProgress must be a function/,
  );
  assert.throws(() => session.fetchAll([], { onProgress: 1 }), /onProgress must be a function, not 1/);
  const errors = [];
  const listener = (error) => errors.push(error.message);
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', listener);
  t.after(() => {
    process.off('uncaughtException', listener);
    for (const other of others) process.on('uncaughtException', other);
  });
  const onProgress = () => {
    throw new Error('mine');
  };
  assert.equal((await collect(session.fetchAll(urlsOf(nginx.origin, 3), { onProgress }))).length, 3);
  assert.deepEqual(errors, ['mine', 'mine', 'mine']);
});
