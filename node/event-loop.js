/** asyncio's loop in Node: AsyncLocalStorage tells which task code runs in, worker threads run what would hold it up. */
import { AsyncResource } from 'node:async_hooks';
import { Loop } from '../web/loop/event-loop.js';
import { bodies } from './in-task.js';
import { loadCore } from './load-core.js';
import { ThreadPool } from './thread-pool.js';

/** @type {import('../web/loop/event-loop.js').LoopPlatform} */
const platform = {
  context: {
    capture: () => new AsyncResource('fetchloop'),
    run: (body, fn, args, captured) =>
      captured ? captured.runInAsyncScope(() => bodies.run(body, fn, ...args)) : bodies.run(body, fn, ...args),
    get: () => bodies.getStore(),
  },
  makePool: (options) => new ThreadPool(options),
};

export class EventLoop extends Loop {
  /**
   * Open one. `await using loop = …`, or loop.close(), closes it.
   * @param {{ executor?: import('../web/loop/event-loop.js').ExecutorOptions }} [options]
   * @returns {Promise<EventLoop>}
   */
  static async open(options = {}) {
    return new EventLoop(await loadCore(), platform, options);
  }
}
