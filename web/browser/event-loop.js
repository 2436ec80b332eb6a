/** asyncio's loop in a browser, in a page or a worker. Which task code runs in no browser tells yet: see ../loop/context.js. */
import { NO_CONTEXT } from '../loop/context.js';
import { Loop } from '../loop/event-loop.js';
import { loadCore } from './load-core.js';
import { WorkerPool } from './worker-pool.js';

/** Where there is AsyncContext. @returns {import('../loop/context.js').Context} */
function contextOf({ AsyncContext }) {
  if (!AsyncContext) return NO_CONTEXT;
  const bodies = new AsyncContext.Variable();
  return {
    capture: () => new AsyncContext.Snapshot(),
    run: (body, fn, args, captured) =>
      captured ? captured.run(() => bodies.run(body, fn, ...args)) : bodies.run(body, fn, ...args),
    get: () => bodies.get(),
  };
}

/** @type {import('../loop/event-loop.js').LoopPlatform} */
const platform = {
  context: contextOf(/** @type {any} */ (globalThis)),
  makePool: (options) => new WorkerPool(options),
};

/** asyncio's loop, for callbacks and tasks of JavaScript's: whatever waits is told which task it belongs to. Open one with EventLoop.open(). */
export class EventLoop extends Loop {
  /**
   * Open one. loop.close() closes it, as does `await using loop = …` where there is that.
   * @param {{ executor?: import('../loop/event-loop.js').ExecutorOptions }} [options]
   * @returns {Promise<EventLoop>}
   */
  static async open(options = {}) {
    return new EventLoop(await loadCore(), platform, options);
  }
}
