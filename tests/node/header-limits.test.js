/** How many headers and trailers a response may have, and how long (aiohttp CVE-2026-22815). */
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after } from 'node:test';
import { startRaw } from './support/odd-servers.js';
import { makePki } from './support/pki.js';
import { openSession, test } from './support/test.js';

const pki = makePki({ after });
const identity = pki.issue('loopback', 'IP:127.0.0.1');
const lines = (count, value = 'b') => Array.from({ length: count }, (_, i) => `x-${i}: ${value}\r\n`).join('');

/** Each path's answer, over HTTP/1. */
const ANSWERS = {
  '/headers-few': `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${lines(900)}\r\nhi`,
  '/headers-many': `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${lines(1100)}\r\nhi`,
  '/headers-long': `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${lines(1, 'x'.repeat(100_000))}\r\nhi`,
  '/trailers-few': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n${lines(3)}\r\n`,
  '/trailers-many': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n${lines(10_000)}\r\n`,
  '/trailers-long': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n${lines(1, 'x'.repeat(1e6))}\r\n`,
};

function startHttp1(t) {
  return startRaw(t, (socket, path) => socket.write(ANSWERS[path]));
}

const fields = (count, value = 'b') => Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, value]));

async function startHttp2(t) {
  const server = http2.createSecureServer({ ...identity, maxSendHeaderBlockLength: 10_000_000 });
  const sessions = new Set();
  server.on('session', (session) => sessions.add(session.on('error', () => {})));
  server.on('stream', (stream, { ':path': path }) => {
    stream.on('error', () => {});
    const [, where, how] = path.split(/[/-]/);
    const large = { few: fields(900), many: fields(2000), long: fields(8, 'x'.repeat(20_000)) }[how];
    stream.respond({ ':status': 200, ...(where === 'headers' && large) }, { waitForTrailers: where === 'trailers' });
    stream.on('wantTrailers', () => stream.sendTrailers(large));
    stream.end('hi');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { origin: `https://127.0.0.1:${server.address().port}` };
}

for (const [version, start] of [
  ['HTTP/1', startHttp1],
  ['HTTP/2', startHttp2],
]) {
  for (const where of ['headers', 'trailers']) {
    test(`${version}: ${where}: few enough are fine, too many or too long are FL_ERESPONSE (aiohttp CVE-2026-22815)`, async (t) => {
      const server = await start(t);
      const session = await openSession(t, { tls: { ca: pki.ca.cert }, retry: 0 });
      assert.equal(await (await session.get(`${server.origin}/${where}-few`)).text(), 'hi');
      for (const how of ['many', 'long']) {
        await assert.rejects(session.get(`${server.origin}/${where}-${how}`), (error) => {
          assert.equal(error.code, 'FL_ERESPONSE', `${how}: ${error.message}`);
          return true;
        });
      }
      assert.equal(await (await session.get(`${server.origin}/${where}-few`)).text(), 'hi', 'others go on');
    });
  }
}
