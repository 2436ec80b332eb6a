/** What a thousand requests take that each wait for 100 ms: the scheduler's own time is what is left. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { openSession, test, urlsOf } from './support/test.js';

const COUNT = 1000;
const AT_ONCE = 100;
const IDEAL_MS = 1000;
const RUNS = 3;

async function startSlow(t) {
  const child = spawn('build/slow', { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  const [line] = await once(child.stdout, 'data');
  return Number(line);
}

/** Bare sockets: what this machine can do just now. @returns {Promise<number>} milliseconds */
async function timeSockets(port) {
  let left = COUNT;
  const work = async () => {
    const socket = net.connect(port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    while (left-- > 0) {
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await once(socket, 'data');
    }
    socket.destroy();
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return performance.now() - begun;
}

async function timeSession(t, port) {
  const session = await openSession(t, { limit: AT_ONCE, limitPerHost: AT_ONCE });
  const urls = urlsOf(`http://127.0.0.1:${port}`, COUNT);
  let came = 0;
  const begun = performance.now();
  for await (const { status } of session.fetchAll(urls)) if (status === 200) came++;
  const took = performance.now() - begun;
  assert.equal(came, COUNT);
  await session.close();
  return took;
}

test(
  '1,000 URLs of 100 ms each, 100 at once, take 1.05 s at most',
  async (t) => {
    const port = await startSlow(t);
    await timeSession(t, port); // the compilers of JavaScript and wasm are at it
    const sockets = [];
    const ours = [];
    for (let run = 0; run < RUNS; run++) {
      ours.push(await timeSession(t, port));
      sockets.push(await timeSockets(port));
      t.diagnostic(`${Math.round(ours.at(-1))} ms; bare sockets ${Math.round(sockets.at(-1))} ms`);
      if (ours.at(-1) <= 1.05 * IDEAL_MS) return;
    }
    // A machine where sockets alone can't do it shows only what is added to them.
    const best = Math.min(...sockets);
    const most = best <= 1.03 * IDEAL_MS ? 1.05 * IDEAL_MS : 1.05 * best;
    assert.ok(Math.min(...ours) <= most, `${ours} ms; bare sockets ${sockets}`);
  },
  { timeout: 30_000 },
);
