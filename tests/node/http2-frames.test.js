/** HTTP/2, frame by frame: what no library would send. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import tls from 'node:tls';
import { identity, trusting } from './support/http2.js';
import { eventually, openSession, test } from './support/test.js';

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = http2.constants;

/**
 * A server of frames.
 * @param {(request: number, stream: number, connection: number) => Buffer[]} answer to a connection's first request, its second …
 * @param {(code: number) => void} [onReset]
 */
async function startFrames(t, answer, onReset = () => {}) {
  const sockets = new Set();
  const server = tls.createServer({ ...identity, ALPNProtocols: ['h2'] }, (socket) => {
    sockets.add(socket.on('error', () => {}));
    let bytes = Buffer.alloc(0);
    let at = PREFACE_BYTES;
    let requests = 0;
    const connection = sockets.size;
    socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= at + 9 + (bytes[at + 3] === RST_STREAM ? 4 : 0)) {
        if (bytes[at + 3] === HEADERS)
          socket.write(Buffer.concat(answer(++requests, bytes.readUInt32BE(at + 5), connection)));
        else if (bytes[at + 3] === RST_STREAM) onReset(bytes.readUInt32BE(at + 9));
        at += 9 + bytes.readUIntBE(at, 3);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `https://127.0.0.1:${server.address().port}`;
}

const PREFACE_BYTES = 24;
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING] = [0, 1, 3, 4, 6];
const [END_STREAM, END_HEADERS] = [1, 4];
const STATUS_200 = Buffer.from([0x88]);
const contentLength = (text) => Buffer.concat([Buffer.from([0x0f, 0x0d, text.length]), Buffer.from(text)]);

function frame(type, flags, stream, payload) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.set([type, flags], 3);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function response(stream, block = STATUS_200) {
  return [frame(HEADERS, END_HEADERS, stream, block), frame(DATA, END_STREAM, stream, Buffer.from('hi'))];
}

function reset(code) {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(RST_STREAM, 0, 1, payload);
}

for (const [what, lengths, accepted] of [
  ['two Content-Lengths are refused (undici CVE-2026-1525), over HTTP/2 too', ['2', '3']],
  ['two Content-Lengths are refused even where they agree', ['2', '2']],
  ['a body that is longer than its Content-Length is refused', ['1']],
  ['a body that is shorter than its Content-Length is refused', ['3']],
  ['a body that is just as long is not', ['2'], true],
]) {
  test(what, async (t) => {
    const block = Buffer.concat([STATUS_200, ...lengths.map(contentLength)]);
    const origin = await startFrames(t, (_request, stream) => response(stream, block));
    const session = await openSession(t, trusting);
    if (accepted) assert.equal(await (await session.get(origin)).text(), 'hi');
    else await assert.rejects(session.get(origin), ({ code }) => /^FL_E(PARTIAL|RESPONSE|NETWORK)$/.test(code));
  });
}

for (const [what, ends, ...frames] of [
  [
    'a response that is reset with NO_ERROR is not whole',
    'FL_EPARTIAL',
    frame(DATA, 0, 1, Buffer.from('hi')),
    reset(NGHTTP2_NO_ERROR),
  ],
  ['nor is one that is so reset before its body', 'FL_EPARTIAL', reset(NGHTTP2_NO_ERROR)],
  [
    'one that has ended is, whatever is said of its stream then',
    'hi',
    frame(DATA, END_STREAM, 1, Buffer.from('hi')),
    reset(NGHTTP2_CANCEL),
  ],
]) {
  test(what, async (t) => {
    const origin = await startFrames(t, () => [frame(HEADERS, END_HEADERS, 1, STATUS_200), ...frames]);
    for (const stream of [false, true]) {
      const session = await openSession(t, { ...trusting, retry: false }); // the frames are a first stream's
      const asked = session.get(origin, { stream }).then((response) => response.text());
      assert.equal(await asked.catch(({ code }) => code), ends);
    }
  });
}

for (const [what, mistake] of [
  ['DATA on stream 0', frame(DATA, 0, 0, Buffer.from('hi'))],
  ['a PING that is too short', frame(PING, 0, 0, Buffer.alloc(3))],
]) {
  test(`${what} ends the connection and what goes over it; the others go over the next`, async (t) => {
    const origin = await startFrames(t, (request, stream, connection) => {
      if (connection > 1) return response(stream);
      return request === 3 ? [...response(1), mistake] : [];
    });
    const session = await openSession(t, { ...trusting, limitPerHost: 3 });
    const asked = Array.from({ length: 6 }, async () => (await session.get(origin)).text());
    const ended = await Promise.all(asked.map((one) => one.catch(({ code }) => code)));
    assert.deepEqual(ended, ['hi', 'FL_ENETWORK', 'FL_ENETWORK', 'hi', 'hi', 'hi']);
  });
}

const AT_ONCE = Buffer.from([0, 3, 0, 0, 0, 1]); // SETTINGS_MAX_CONCURRENT_STREAMS: 1

test('of an upload that has had its answer no more is sent', async (t) => {
  const codes = [];
  const onReset = (code) => codes.push(code);
  const origin = await startFrames(t, (_request, stream) => response(stream), onReset);
  const session = await openSession(t, trusting);
  const answer = await session.post(origin, { body: Buffer.alloc(1e6) });
  assert.equal(await answer.text(), 'hi');
  await eventually(() => codes.length > 0);
  assert.deepEqual(codes, [NGHTTP2_CANCEL]);
});

test('a connection on which there never is room again is found out, and replaced', async (t) => {
  const origin = await startFrames(t, (_request, stream, connection) => {
    if (connection > 1) return response(stream);
    const begun = frame(HEADERS, END_HEADERS, stream, STATUS_200);
    return [frame(SETTINGS, 0, 0, AT_ONCE), begun, frame(DATA, 0, 0, Buffer.from('hi'))];
  });
  const session = await openSession(t, { ...trusting, timeout: { attempt: 0.3 } });
  await assert.rejects(session.get(origin), ({ code }) => /^FL_E(ATTEMPTTIMEOUT|NETWORK)$/.test(code)); // Node 20; 22
  await eventually(async () => (await session.get(origin).catch(() => null))?.status === 200);
});

test('close() does not wait for a server that reads no more of an upload', async (t) => {
  const server = tls.createServer({ ...identity, ALPNProtocols: ['h2'] }, (socket) =>
    socket.on('error', () => {}).pause(),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const session = await openSession(t, trusting);
  const upload = session.post(`https://127.0.0.1:${server.address().port}`, { body: Buffer.alloc(60e6) });
  const ended = assert.rejects(upload, { code: 'FL_ECANCELLED' });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await session.close();
  await ended;
});
