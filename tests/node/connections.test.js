/** What becomes of connections: kept, counted, told of, and closed when a request is given up. */
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import net from 'node:net';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCounting, startFixed, startHttp, startHttps, startMute, startRaw } from './support/odd-servers.js';
import { makePki } from './support/pki.js';
import { collect, eventually, openSession, test, urlsOf } from './support/test.js';

const pki = makePki({ after });
const identity = pki.issue('loopback', 'IP:127.0.0.1,DNS:name.test');
const tls = { ca: pki.ca.cert };

/** Sockets to anywhere that this process has open now, as Node counts them. */
const openSockets = () =>
  process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS|Pipe)\w*Wrap$/.test(name)).length;

test('connections are kept: one after another needs one, some at once as many', async (t) => {
  const server = await startCounting(t, { latency: 20 });
  const session = await openSession(t, { limitPerHost: 5 });
  for (const url of urlsOf(server.origin, 5)) await (await session.get(url)).text();
  assert.equal(server.sockets.size + server.closed.size, 1);
  await collect(session.fetchAll(urlsOf(server.origin, 50)));
  assert.equal(server.sockets.size + server.closed.size, 5);
});

test('a list of many hosts keeps no more connections than the limit', async (t) => {
  const servers = [];
  for (let i = 0; i < 12; i++) servers.push(await startHttp(t, (_request, response) => response.end('ok')));
  const session = await openSession(t, { limit: 4 });
  await collect(session.fetchAll(servers.flatMap(({ origin }) => [origin, origin])));
  await eventually(() => servers.reduce((sum, { sockets }) => sum + sockets.size, 0) <= 4);
});

test('timing: a new connection has phases, one that is used again has none', async (t) => {
  const server = await startHttps(t, identity, (_request, response) => setTimeout(() => response.end('ok'), 30));
  const lookup = (_name, _options, callback) => setTimeout(callback, 40, null, [{ address: '127.0.0.1', family: 4 }]);
  const session = await openSession(t, { tls, dns: { lookup }, limit: 1 });
  const url = `https://name.test:${server.port}/`;
  const [first, second] = await collect(session.fetchAll([url, url]));
  for (const { timing, remoteAddress, httpVersion } of [first, second]) {
    assert.equal(remoteAddress, '127.0.0.1');
    assert.equal(httpVersion, '1.1');
    const { dns, connect, tls, firstByte, download, total } = timing;
    const sum = dns + connect + tls + firstByte + download;
    assert.ok(sum <= total + 1 && sum > total / 2, `the phases are of it: ${JSON.stringify(timing)}`);
    assert.ok(firstByte > 20, `${firstByte}`);
  }
  assert.ok(first.timing.dns >= 35 && first.timing.dns < 1000, `${first.timing.dns}`);
  assert.ok(first.timing.connect > 0 && first.timing.tls > 0);
  const { dns, connect, tls: handshake } = second.timing;
  assert.deepEqual([dns, connect, handshake], [0, 0, 0]);
});

test('what failed before it was connected has no phases and no address', async (t) => {
  const lookup = (_name, _options, callback) => callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
  const session = await openSession(t, { dns: { lookup } });
  const [{ error, timing, remoteAddress, httpVersion }] = await collect(session.fetchAll(['http://name.test/']));
  assert.equal(error.code, 'FL_ERESOLVE');
  assert.deepEqual([timing.dns, timing.connect, timing.tls, remoteAddress, httpVersion], Array(5).fill(null));
});

test('a request that finds its connection closed goes over another', async (t) => {
  const server = await startRaw(t, (socket) => socket.write('HTTP/1.1 204 No\r\n\r\n'));
  const session = await openSession(t, { retry: 0, limitPerHost: 1 });
  for (let i = 0; i < 20; i++) {
    // Whose end is on its way when the next request is made.
    for (const socket of server.sockets) socket.end();
    assert.equal((await session.post(server.origin, { body: 'x' })).status, 204);
  }
});

test('a server that closes each connection after its response, and does not say so, fails no GET', async (t) => {
  const server = await startRaw(t, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  const session = await openSession(t, { retry: 0, limitPerHost: 10 });
  const results = await collect(session.fetchAll(urlsOf(server.origin, 300)));
  assert.deepEqual(new Set(results.map(({ status }) => status)), new Set([200]));
});

// ---- Giving up

test('a request that is cancelled in flight closes its connection, and opens no other', async (t) => {
  const server = await startMute(t);
  const session = await openSession(t);
  const controller = new AbortController();
  const asked = session.get(server.origin, { signal: controller.signal });
  await eventually(() => server.sockets.size === 1);
  controller.abort();
  await assert.rejects(asked, { name: 'AbortError' });
  await eventually(() => server.closed.size === 1);
  await sleep(200); // what undici does by itself, it does at once
  assert.equal(server.sockets.size, 0);
  assert.equal(server.closed.size, 1);
});

test('so does one whose body is given up half-way', async (t) => {
  const server = await startFixed(t, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', { open: true });
  const session = await openSession(t, { retry: 0, timeout: { read: 0.1 } });
  await assert.rejects(session.get(server.origin), { code: 'FL_EREADTIMEOUT' });
  await eventually(() => server.closed.size === 1);
  await sleep(200);
  assert.deepEqual([server.sockets.size, server.closed.size], [0, 1]);
});

test('a body that is too large closes its connection, and the next request opens one', async (t) => {
  const server = await startFixed(t, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nninebytes', { open: true });
  const session = await openSession(t, { retry: 0, bodyMax: 5 });
  await assert.rejects(session.get(server.origin), { code: 'FL_ETOOBIG' });
  await eventually(() => server.closed.size === 1 && server.sockets.size === 0);
  await assert.rejects(session.get(server.origin), { code: 'FL_ETOOBIG' });
  await eventually(() => server.closed.size === 2 && server.sockets.size === 0);
});

test('a request that times out while it connects leaves no socket', async (t) => {
  const session = await openSession(t, { retry: 0, timeout: { connect: 0.1 } });
  const before = openSockets();
  await assert.rejects(session.get('http://192.0.2.1/'), ({ code }) => /^FL_ECONNECT/.test(code));
  await eventually(() => openSockets() <= before);
});

test('one that is cancelled during the TLS handshake closes its connection', async (t) => {
  const server = await startMute(t);
  const session = await openSession(t);
  const controller = new AbortController();
  const asked = session.get(server.origin.replace('http:', 'https:'), { signal: controller.signal });
  await eventually(() => server.sockets.size === 1);
  controller.abort();
  await assert.rejects(asked, { name: 'AbortError' });
  await eventually(() => server.sockets.size === 0);
  assert.equal(server.closed.size, 1);
});

test('closing the session closes its connections, idle ones too', async (t) => {
  const server = await startCounting(t);
  const session = await openSession(t);
  await collect(session.fetchAll(urlsOf(server.origin, 20)));
  assert.ok(server.sockets.size > 0);
  await session.close();
  await eventually(() => server.sockets.size === 0);
});

for (const [scheme, count] of [
  ['http', 10_000],
  ['https', 3000],
  ['HTTP/2', 3000],
]) {
  test(
    `${count} requests cancelled at random moments leave nothing behind: ${scheme}`,
    async (t) => {
      const random = makeRandom(8);
      const answer = (_request, response) => {
        const timer = setTimeout(() => response.end('x'.repeat(random(2) ? 10 : 100_000)), random(4));
        response.on('close', () => clearTimeout(timer));
        response.on('error', () => {});
      };
      const server =
        scheme === 'http'
          ? await startHttp(t, answer)
          : scheme === 'https'
            ? await startHttps(t, identity, answer)
            : await startSecure(t, answer);
      const before = openSockets();
      // Over HTTP/2, a server that sees so many streams reset may close the connection (CVE-2023-44487): hence retries.
      const retry = { limit: 5, budget: 1000, backoff: 0.01 };
      const session = await openSession(t, { tls, limit: 40, limitPerHost: 40, retry });
      const ends = { cancelled: 0, done: 0 };
      let most = 0;
      const one = async (i) => {
        const controller = new AbortController();
        const asked = session.get(`${server.origin}/${i}`, { signal: controller.signal });
        // Some at once, some never; counted in turns of Node's loop, so that a busy machine changes nothing.
        let turns = random(4) === 0 ? Infinity : random(30);
        const wait = () => (turns-- > 0 ? turns < Infinity && setImmediate(wait) : controller.abort());
        wait();
        await asked.then(
          () => ends.done++,
          (error) => {
            assert.equal(error.name, 'AbortError', error.message);
            ends.cancelled++;
          },
        );
        most = Math.max(most, server.sockets.size);
      };
      let next = 0;
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          while (next < count) await one(next++);
        }),
      );
      assert.equal(ends.cancelled + ends.done, count);
      assert.ok(ends.cancelled > count / 10 && ends.done > count / 10, JSON.stringify(ends));
      // A closed connection's end may still be on its way to the server when the next one comes.
      assert.ok(most <= 80, `${most} connections at once`);
      assert.equal((await session.get(`${server.origin}/last`)).status, 200);
      await session.close();
      await eventually(() => openSockets() - server.sockets.size <= before); // ours
      // Node's server of HTTP/2, once it has seen so many resets, may stop reading, and not see that we are gone.
      if (scheme !== 'HTTP/2') await eventually(() => server.sockets.size === 0);
    },
    { timeout: 120_000 },
  );
}

async function startSecure(t, answer) {
  const server = http2.createSecureServer(identity, answer);
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => session.on('error', () => {}));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { origin: `https://127.0.0.1:${server.address().port}`, sockets };
}

/** A seeded one: below `n`. */
function makeRandom(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

// ---- Other ways to connect

test('socketPath: a Unix socket', async (t) => {
  const path = `${pki.folder}/server.sock`;
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'));
  });
  await new Promise((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
  const session = await openSession(t, { socketPath: path });
  assert.equal(await (await session.get('http://whatever.test/')).text(), 'hi');
});

test('localAddress: where a connection comes from', async (t) => {
  const server = await startHttp(t, (request, response) => response.end(request.socket.remoteAddress));
  const session = await openSession(t, { localAddress: '127.0.0.9' });
  assert.equal(await (await session.get(server.origin)).text(), '127.0.0.9');
});

for (const [option, value, message] of [
  ['http2', 'yes', /http2 must be true or false/],
  ['localAddress', 'here', /localAddress must be an IP address/],
  ['socketPath', '', /socketPath must not be empty/],
  ['publicOnly', 1, /publicOnly must be true or false/],
]) {
  test(`${option}: ${JSON.stringify(value)} is refused when the session is opened`, async (t) => {
    await assert.rejects(openSession(t, { [option]: value }), message);
  });
}
