/**
 * Requests that are cancelled at random moments, in a process of their own (node --expose-gc). Told { origins, seed, count }
 * by IPC; tells what was cancelled when, and what was left afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientSession } from '../../node/index.js';
import { heapUsed } from '../../node/load-core.js';

const SESSION = { limit: 200, limitPerHost: 100, retry: { limit: 3, backoff: 20, budget: 100_000 } };
const LATER_MS = 20;

/** What is asked for, and after which step of it it is cancelled. */
const KINDS = [
  { kind: 'ok', step: 'queued' },
  { kind: 'handshake', step: 'started', origin: 'mute' },
  { kind: 'silent', step: 'connected' },
  { kind: 'upload', step: 'connected' },
  { kind: 'head', step: 'headers', stream: true },
  { kind: 'half', step: 'chunk' },
  { kind: 'half', step: 'chunk', stream: true },
  { kind: 'again', step: 'retry' },
];

/** mulberry32 */
function makeRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Storm {
  cancelledAt = {}; // step -> how many
  uploads = 0; // sources that have not been closed
  #origins;
  #random;

  constructor(origins, seed) {
    this.#origins = origins;
    this.#random = makeRandom(seed);
  }

  /** Each step is seen, so that each is known to have been cancelled at. */
  async traced(count) {
    const waiting = new Map(); // URL -> { step, last, abort }
    const session = await ClientSession.open({
      ...SESSION,
      trace: ({ url, step }) => {
        const one = waiting.get(url);
        if (!one) return;
        one.last = step;
        if (step === one.step) setTimeout(one.abort, this.#random() * LATER_MS);
      },
    });
    const ends = Array.from({ length: count }, async (_, i) => {
      const { kind, step, stream, origin = 'http' } = KINDS[i % KINDS.length];
      const url = `${this.#origins[origin]}/${kind}/${i}`;
      const controller = new AbortController();
      const one = { step, last: 'queued', abort: () => this.#cancel(one, controller) };
      waiting.set(url, one);
      const options = { signal: controller.signal, stream, ...(kind === 'upload' && { body: this.#endless() }) };
      await this.#end(session.request(kind === 'upload' ? 'PUT' : 'GET', url, options), controller.signal);
      waiting.delete(url);
    });
    await Promise.all(ends);
    return this.#leave(session);
  }

  /** GETs with the session's defaults go a shorter way. */
  async plain(count) {
    const session = await ClientSession.open(SESSION);
    const kinds = ['ok', 'silent', 'half', 'again'];
    const ends = Array.from({ length: count }, (_, i) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), (this.#random() * count) / 10);
      const got = session.get(`${this.#origins.http}/${kinds[i % kinds.length]}/${i}`, { signal: controller.signal });
      return this.#end(got, controller.signal);
    });
    await Promise.all(ends);
    return this.#leave(session);
  }

  /** Of each list some results are taken, and then the loop is left. */
  async lists(count, length) {
    const session = await ClientSession.open(SESSION);
    // Those that never end must not take all places: what is left is the loop, by one that gets on.
    const kinds = ['ok', 'ok', 'ok', 'silent', 'again', 'ok', 'ok', 'ok', 'half', 'again'];
    const read = async (list) => {
      const urls = Array.from({ length }, (_, i) => `${this.#origins.http}/${kinds[i % kinds.length]}/${list}-${i}`);
      let left = 1 + this.#random() * 10;
      for await (const { status } of session.fetchAll(urls)) if (status !== 200 || --left < 0) break;
    };
    await Promise.all(Array.from({ length: count }, (_, list) => read(list)));
    return this.#leave(session);
  }

  #cancel({ last }, controller) {
    if (last === 'end') return;
    this.cancelledAt[last] = (this.cancelledAt[last] ?? 0) + 1;
    controller.abort();
  }

  async #end(response, signal) {
    try {
      for await (const _ of (await response).body);
    } catch (error) {
      if (error !== signal.reason) throw error;
    }
  }

  async *#endless() {
    this.uploads++;
    try {
      for (;;) {
        yield Buffer.alloc(1000);
        await sleep(1);
      }
    } finally {
      this.uploads--;
    }
  }

  async #leave(session) {
    const { queued, inFlight, backingOff } = session.stats();
    await session.close();
    return { queued, inFlight, backingOff };
  }
}

async function measure() {
  await sleep(50); // what has been closed tells of it in later turns
  globalThis.gc();
  await sleep(0);
  globalThis.gc();
  return {
    wasm: heapUsed(),
    javascript: process.memoryUsage().heapUsed,
    resources: process.getActiveResourcesInfo().sort(),
  };
}

async function run({ origins, seed, count }) {
  const storm = new Storm(origins, seed);
  const left = [await storm.traced(count * 0.6), await storm.plain(count * 0.3), await storm.lists(10, count / 100)];
  return { left, cancelledAt: storm.cancelledAt, uploads: storm.uploads, ...(await measure()) };
}

process.on('message', async (task) => process.send(await run(task)));
