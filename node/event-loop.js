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
  atExit,
};

/** One listener, however many loops there are. */
const reports = new Set();
function reportAll() {
  for (const report of reports) report();
}

function atExit(report) {
  if (reports.size === 0) process.on('exit', reportAll);
  reports.add(report);
  return () => {
    reports.delete(report);
    if (reports.size === 0) process.off('exit', reportAll);
  };
}

/** asyncio's loop, for callbacks and tasks of JavaScript's: which task an await belongs to Node tells. Open one with EventLoop.open(). */
export class EventLoop extends Loop {
  /**
   * Open one. loop.close() closes it, as does `await using loop = …` (from Node 24 on).
   * @param {{ executor?: import('../web/loop/event-loop.js').ExecutorOptions }} [options]
   * @returns {Promise<EventLoop>}
   */
  static async open(options = {}) {
    return makeLoop(await loadCore(), options);
  }
}

/** Not in the class, which esbuild would name _EventLoop then. */
function makeLoop(core, options) {
  return new EventLoop(core, platform, options);
}
