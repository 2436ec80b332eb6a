/** Fifteen thousand requests, cancelled at random moments: nothing is left of them. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startHttp, startMute } from './support/odd-servers.js';
import { eventually, test } from './support/test.js';

/** Requests of one storm. */
const COUNT = 2500;
const STORMS = 6;
/** Before them, for what is loaded, and compiled, when it has been used a while: the heap grows until the sixth or so. */
const WARM_UP = 6;
const HALF = Buffer.alloc(1000, 'x');

/** What is asked for tells how far the answer comes. */
const ANSWERS = {
  ok: (response) => response.end('ok'),
  silent: () => {},
  upload: () => {},
  head: (response) => response.writeHead(200, { 'content-length': 2000 }).flushHeaders(),
  half: (response) => response.writeHead(200, { 'content-length': 2000 }).write(HALF),
  again: (response) => response.writeHead(500).end(),
};

async function storm(child, task) {
  child.send(task);
  const [told] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code, signal]) => assert.fail(`the client ended: ${code ?? signal}`)),
  ]);
  return told;
}

test(
  'a cancel storm: 15,000 requests cancelled at random moments leave no socket, handle or byte',
  async (t) => {
    const http = await startHttp(t, (request, response) => {
      request.on('error', () => {}).resume(); // clients leave
      ANSWERS[request.url.split('/')[1]](response);
    });
    const mute = await startMute(t);
    const origins = { http: http.origin, mute: `https://127.0.0.1:${mute.port}` };
    const child = fork(new URL('../farm/storm.js', import.meta.url), { execArgv: ['--expose-gc'] });
    t.after(() => child.kill());

    const storms = [];
    for (let seed = 1; seed <= WARM_UP + STORMS; seed++)
      storms.push(await storm(child, { origins, seed, count: COUNT }));

    const before = storms[WARM_UP - 1];
    const after = storms.at(-1);
    for (const step of ['queued', 'started', 'connected', 'headers', 'chunk', 'retry']) {
      const times = storms.reduce((sum, { cancelledAt }) => sum + (cancelledAt[step] ?? 0), 0);
      assert.ok(times >= COUNT / 10, `${times} cancelled after ${step}`);
    }
    for (const { left, uploads } of storms) {
      for (const counts of left) assert.deepEqual(counts, { queued: 0, inFlight: 0, backingOff: 0 });
      assert.equal(uploads, 0, 'streams that are still open');
    }
    await eventually(() => http.sockets.size === 0 && mute.sockets.size === 0);
    assert.deepEqual(after.resources, before.resources);
    assert.equal(after.wasm, before.wasm, 'bytes of the wasm heap');
    // What the collector leaves goes up and down by 100 kB from one storm to the next.
    const least = (...some) => Math.min(...some.map(({ javascript }) => javascript));
    const grown = least(...storms.slice(-2)) - least(...storms.slice(WARM_UP - 2, WARM_UP));
    assert.ok(grown < COUNT * STORMS * 50, `${grown} bytes more of JavaScript's heap`);
    t.diagnostic(`${grown} bytes more of JavaScript's heap, after ${COUNT * STORMS} requests`);
  },
  { timeout: 120_000 },
);
