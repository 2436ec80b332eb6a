/** Responses that were made to harm: each is refused, or harmless, and the next request goes through. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startRaw } from './support/odd-servers.js';
import { eventually, openSession, test } from './support/test.js';

/** Sends it once, to whoever asks first; then it answers as it should. */
async function startHostile(t, pieces) {
  let asked = 0;
  return startRaw(t, (socket) => {
    if (asked++ === 0) pipeline(Readable.from(pieces), socket, { end: false }).catch(() => {});
    else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine');
  });
}

/** What comes of it, and that it harms no other. @returns {Promise<{ text?: string, code?: string }>} */
async function outcome(t, pieces, init) {
  const server = await startHostile(t, pieces);
  const session = await openSession(t, { retry: false });
  let result;
  try {
    result = { text: await (await session.get(server.origin, init)).text() };
  } catch (error) {
    result = { code: error.code };
  }
  assert.equal(await (await session.get(server.origin, init)).text(), 'fine');
  return result;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const header = (i) => `x-${i}: ${'v'.repeat(20)}\r\n`;

for (const stream of [false, true]) {
  const how = stream ? ', streamed' : '';

  for (const [what, head] of [
    ['a header of 100 KB', [OK, `x: ${'v'.repeat(100_000)}\r\n`, 'Content-Length: 0\r\n\r\n']],
    ['a name of 100 KB', [OK, `${'n'.repeat(100_000)}: v\r\n`, 'Content-Length: 0\r\n\r\n']],
    ['10,000 headers', [OK, ...Array.from({ length: 10_000 }, (_, i) => header(i)), 'Content-Length: 0\r\n\r\n']],
    ['1,001 headers that are short', [OK, 'a:b\r\n'.repeat(1001), 'Content-Length: 0\r\n\r\n']],
    ['a line of 100 KB after a 103', ['HTTP/1.1 103 Hints\r\n\r\n', OK, `x: ${'v'.repeat(100_000)}\r\n`, '\r\n']],
  ]) {
    test(`aiohttp CVE-2026-22815: ${what}${how}`, async (t) => {
      assert.deepEqual(await outcome(t, head, { stream }), { code: 'FL_ERESPONSE' });
    });
  }

  for (const [what, trailers] of [
    ['a trailer of 100 KB', [`x: ${'v'.repeat(100_000)}\r\n`]],
    ['10,000 trailers', Array.from({ length: 10_000 }, (_, i) => header(i))],
  ]) {
    test(`aiohttp CVE-2026-22815: ${what}${how}`, async (t) => {
      const pieces = [OK, 'Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n', ...trailers, '\r\n'];
      assert.deepEqual(await outcome(t, pieces, { stream }), { code: 'FL_ERESPONSE' });
    });
  }

  test(`a body that only the connection's end ends, and a reset breaks off, is not taken for whole${how}`, async (t) => {
    const server = await startRaw(t, (socket) => {
      socket.write(`${OK}Connection: close\r\n\r\nhalf`);
      setTimeout(() => socket.resetAndDestroy(), 30);
    });
    const session = await openSession(t, { retry: false });
    const asked = session.get(server.origin, { stream }).then((response) => response.text());
    await assert.rejects(asked, { code: 'FL_ENETWORK' }); // as curl's 56
  });

  test(`trailers are passed over, and are no headers${how}`, async (t) => {
    const trailers = 'Set-Cookie: a=b\r\nLocation: /\r\nX-A: b\r\n';
    const server = await startHostile(t, [OK, `Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n${trailers}\r\n`]);
    const session = await openSession(t, { cookies: true });
    const response = await session.get(server.origin, { stream });
    assert.deepEqual([await response.text(), response.headers.get('x-a')], ['hi', null]);
    assert.equal(await (await session.get(server.origin, { stream })).text(), 'fine');
  });

  for (const [what, head] of [
    ['two Content-Lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n'],
    ['two that agree', 'Content-Length: 2\r\nContent-Length: 2\r\n'],
    ['two in one line', 'Content-Length: 2, 2\r\n'],
    ['one below zero', 'Content-Length: -2\r\n'],
    ['one in hexadecimal', 'Content-Length: 0x2\r\n'],
    ['one with a sign', 'Content-Length: +2\r\n'],
    ['one of 30 digits', `Content-Length: ${'9'.repeat(30)}\r\n`],
    ['one beside chunked', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n'],
    ['one beside chunked, the other way round', 'Transfer-Encoding: chunked\r\nContent-Length: 2\r\n'],
  ]) {
    test(`undici CVE-2026-1525: ${what}${how}`, async (t) => {
      assert.deepEqual(await outcome(t, [OK, head, '\r\nhi'], { stream }), { code: 'FL_ERESPONSE' });
    });
  }

  for (const [what, body] of [
    ['a size that is none', 'zz\r\nhi\r\n0\r\n\r\n'],
    ['a size of 30 digits', `${'f'.repeat(30)}\r\nhi\r\n0\r\n\r\n`],
    ['a size below zero', '-2\r\nhi\r\n0\r\n\r\n'],
    ['more than the size', '2\r\nhiho\r\n0\r\n\r\n'],
  ]) {
    test(`chunks with ${what}${how}`, async (t) => {
      const { code } = await outcome(t, [OK, 'Transfer-Encoding: chunked\r\n\r\n', body], { stream });
      assert.equal(code, 'FL_ERESPONSE');
    });
  }

  test(`a body in a transfer coding that nobody asked for is not handed on${how}`, async (t) => {
    for (const coding of ['gzip, chunked', 'gzip\r\nTransfer-Encoding: chunked']) {
      const pieces = [OK, `Transfer-Encoding: ${coding}\r\n\r\n2\r\nhi\r\n0\r\n\r\n`];
      assert.deepEqual(await outcome(t, pieces, { stream }), { code: 'FL_EENCODING' });
    }
  });

  test(`a 101 that nobody asked for${how}`, async (t) => {
    for (const headers of ['Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 'Content-Length: 1\r\n\r\nA']) {
      const pieces = [`HTTP/1.1 101 Switching Protocols\r\n${headers}`];
      assert.deepEqual(await outcome(t, pieces, { stream }), { code: 'FL_ERESPONSE' });
    }
  });

  test(`what follows a whole response is no answer to the next request${how}`, async (t) => {
    const smuggled = `${OK}Content-Length: 4\r\n\r\nevil`;
    const { text } = await outcome(t, [`${OK}Content-Length: 2\r\n\r\nhi${smuggled}`], { stream });
    assert.equal(text, 'hi');
  });

  test(`a body behind a 204, a 304 and a HEAD is no answer to the next request${how}`, async (t) => {
    for (const [method, head] of [
      ['GET', 'HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nhi'],
      ['GET', 'HTTP/1.1 304 Not\r\nContent-Length: 2\r\n\r\nhi'],
      ['HEAD', `${OK}Content-Length: 2\r\n\r\nhi`],
    ]) {
      const server = await startHostile(t, [head]);
      const session = await openSession(t, { retry: false });
      const odd = await session.request(method, server.origin, { stream }).then(
        (response) => response.text(),
        () => '',
      );
      assert.equal(odd, '');
      assert.equal(await (await session.get(server.origin)).text(), 'fine');
    }
  });
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
for (const [what, before] of [
  ['one', CONTINUE],
  ['three, with headers', `${CONTINUE}${CONTINUE}HTTP/1.1 100 Go on\r\nX: y\r\n\r\n`],
  ['one without a reason', 'HTTP/1.1 100\r\n\r\n'],
  ['some after a 103, and before one', `${HINTS}${CONTINUE}${HINTS}HTTP/1.1 102\r\n\r\n${CONTINUE}${CONTINUE}`],
]) {
  for (const size of [1, 7, 1000]) {
    test(`100 Continue, unasked, is passed over: ${what}, ${size} bytes at a time`, async (t) => {
      const answer = Buffer.from(`${before}${OK}Content-Length: 17\r\n\r\nHTTP/1.1 100 text`);
      const server = await startRaw(t, async (socket) => {
        socket.setNoDelay();
        for (let at = 0; at < answer.length; at += size) {
          socket.write(answer.subarray(at, at + size));
          await new Promise(setImmediate);
        }
      });
      const session = await openSession(t, { retry: false, limitPerHost: 1 });
      for (const body of ['a', 'b']) {
        const response = await session.post(server.origin, { body });
        assert.deepEqual([response.status, await response.text()], [200, 'HTTP/1.1 100 text']);
      }
      assert.equal(server.sockets.size, 1);
    });
  }
}

test('an endless number of 100s ends with the attempt', async (t) => {
  const endless = (function* () {
    for (;;) yield CONTINUE.repeat(100);
  })();
  const server = await startHostile(t, endless);
  const session = await openSession(t, { retry: false, timeout: { attempt: 0.3 } });
  await assert.rejects(session.get(server.origin), { code: 'FL_EATTEMPTTIMEOUT' });
});

test('an endless number of 103s ends with the attempt', async (t) => {
  const hints = function* () {
    for (;;) yield HINTS.repeat(100);
  };
  const server = await startHostile(t, hints());
  const session = await openSession(t, { retry: false, timeout: { attempt: 0.3 } });
  await assert.rejects(session.get(server.origin), { code: 'FL_EATTEMPTTIMEOUT' });
  await eventually(() => server.closed.size > 0);
});
