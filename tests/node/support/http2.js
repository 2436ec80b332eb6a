/** Servers of HTTP/2 of our own, and what trusts them. */
import { once } from 'node:events';
import http2 from 'node:http2';
import { after } from 'node:test';
import { makePki } from './pki.js';

const { NGHTTP2_NO_ERROR } = http2.constants;

export const pki = makePki({ after });
export const identity = pki.issue('loopback', 'IP:127.0.0.1');
export const trusting = { tls: { ca: pki.ca.cert }, retry: 0 };

/**
 * `answer` gets each stream; `sessions` are the connections, `streams` counts.
 * @param {import('node:test').TestContext} t
 * @param {(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void} answer
 */
export async function startHttp2(t, answer, options) {
  const server = http2.createSecureServer({ ...identity, ...options });
  const counts = { sessions: [], streams: 0, now: 0, peak: 0, resets: [] };
  server.on('session', (session) => {
    counts.sessions.push(session);
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    counts.streams++;
    counts.peak = Math.max(counts.peak, ++counts.now);
    stream.on('error', () => {});
    stream.on('close', () => {
      counts.now--;
      if (stream.rstCode !== NGHTTP2_NO_ERROR) counts.resets.push(stream.rstCode);
    });
    answer(stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const session of counts.sessions) session.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return Object.assign(counts, { server, origin: `https://127.0.0.1:${server.address().port}` });
}

export const ok = (stream) => {
  stream.respond({ ':status': 200 });
  stream.end('ok');
};
