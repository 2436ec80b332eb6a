/** runInExecutor() in Node: worker threads, through piscina, which is loaded when it is first used. */
import { availableParallelism } from 'node:os';
import { callOf } from '../web/loop/executor.js';
import { PlainFuture } from '../web/loop/future.js';
import { count } from '../web/loop/numbers.js';

/** How long a worker that has nothing to do is kept. */
const IDLE_MS = 5000;

/** @implements {Pool} @typedef {import('../web/loop/executor.js').Pool} Pool */
export class ThreadPool {
  #workers;
  /** @type {Promise<import('piscina').Piscina> | null} */
  #piscina = null;
  /** @type {Set<PlainFuture<any>>} */
  #pending = new Set();

  /** @param {import('../web/loop/event-loop.js').ExecutorOptions} options */
  constructor({ workers = Math.max(availableParallelism() - 1, 1) }) {
    this.#workers = count(workers, 'workers', 1);
  }

  async #open() {
    const { Piscina } = await import('piscina');
    const piscina = new Piscina({
      filename: new URL('./thread-worker.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: this.#workers,
      idleTimeout: IDLE_MS,
      atomics: 'disabled', // else a thread stands still between two calls, and what one left behind fails the next
    });
    return piscina.on('error', () => {}); // of what a call left behind: its thread is replaced
  }

  /**
   * @param {import('../web/loop/event-loop.js').Loop} loop
   * @param {Function | URL | string} what
   * @param {any[]} args
   * @param {{ name?: string, transfer?: any[] }} options
   */
  run(loop, what, args, options) {
    const { call, transfer } = callOf(what, args, options);
    const controller = new AbortController();
    const future = new PlainFuture(loop, () => controller.abort());
    this.#pending.add(future);
    this.#piscina ??= this.#open();
    this.#piscina
      .then((piscina) => piscina.run(call, { signal: controller.signal, transferList: transfer }))
      .then(
        (outcome) =>
          future.done() || ('value' in outcome ? future.setResult(outcome.value) : future.setException(outcome.thrown)),
        (exception) => future.done() || future.setException(isLost(exception) ? new Error(LOST) : exception),
      )
      .finally(() => this.#pending.delete(future));
    return future;
  }

  async close() {
    for (const future of this.#pending) future.cancel();
    await (await this.#piscina)?.destroy();
  }
}

const LOST = 'what the function gave, or threw, is nothing that can be passed between threads';

/** What can't be cloned comes as an object without anything; since Node 22, as an error without a message. */
function isLost(exception) {
  if (exception instanceof Error) return exception.message === '' && exception.stack?.startsWith('DataCloneError');
  return typeof exception === 'object' && exception !== null && Reflect.ownKeys(exception).length === 0;
}
