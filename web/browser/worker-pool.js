/** runInExecutor() in a browser: a few module workers, made as they are needed. */
import { callOf } from '../loop/executor.js';
import { PlainFuture } from '../loop/future.js';
import { count } from '../loop/numbers.js';
import { startWorker } from './start-worker.js';

/** @typedef {{ call: import('../loop/executor.js').Call, transfer: any[], future: PlainFuture<any> | null, worker: Worker | null }} Job */

/** @implements {Pool} @typedef {import('../loop/executor.js').Pool} Pool */
export class WorkerPool {
  #most;
  #given = 0; // calls
  /** @type {Job[]} */
  #jobs = [];
  /** @type {Set<Worker>} */
  #workers = new Set();
  /** @type {Worker[]} */
  #idle = [];
  /** @type {Set<PlainFuture<any>>} */
  #pending = new Set();

  /** @param {import('../loop/event-loop.js').ExecutorOptions} options */
  constructor({ workers = Math.max((navigator.hardwareConcurrency ?? 2) - 1, 1) }) {
    if (!globalThis.Worker) throw new TypeError('runInExecutor() needs workers, which a service worker has none of');
    this.#most = count(workers, 'workers', 1);
  }

  /**
   * @param {import('../loop/event-loop.js').Loop} loop
   * @param {Function | URL | string} what
   * @param {any[]} args
   * @param {{ name?: string, transfer?: any[] }} options
   */
  run(loop, what, args, options) {
    const job = { ...callOf(what, args, options), future: null, worker: null };
    job.future = new PlainFuture(loop, () => this.#drop(job));
    this.#pending.add(job.future);
    this.#jobs.push(job);
    this.#next();
    return job.future;
  }

  #next() {
    if (this.#jobs.length === 0 || (this.#idle.length === 0 && this.#workers.size >= this.#most)) return;
    const worker = this.#idle.pop() ?? this.#make();
    this.#give(worker, this.#jobs.shift());
  }

  #make() {
    const start = () => new Worker(new URL('./executor-worker.js', import.meta.url), { type: 'module' });
    const worker = startWorker(start, import.meta.url, 'executor-worker.js');
    this.#workers.add(worker);
    return worker;
  }

  #give(worker, job) {
    const { call, transfer, future } = job;
    const id = ++this.#given;
    const settle = (complete) => {
      this.#pending.delete(future);
      if (!future.done()) complete();
      job.worker = null;
      if (this.#workers.has(worker)) this.#idle.push(worker);
      this.#next();
    };
    worker.onmessage = ({ data }) => {
      if (data?.id !== id || !job.worker) return; // the function's own, or of one before
      const { value, failed, exception } = data;
      settle(() => (failed ? future.setException(exception) : future.setResult(value)));
    };
    worker.onerror = ({ message }) => {
      this.#end(worker);
      if (!job.worker) return; // its job is done: what it left behind has failed
      settle(() => future.setException(new Error(message || 'the worker could not be loaded')));
    };
    job.worker = worker;
    worker.postMessage({ ...call, id }, transfer);
  }

  /** Cancelled: what runs can only be stopped with its worker. */
  #drop(job) {
    this.#pending.delete(job.future);
    this.#jobs = this.#jobs.filter((each) => each !== job);
    if (job.worker) this.#end(job.worker);
    this.#next();
  }

  #end(worker) {
    worker.terminate();
    this.#workers.delete(worker);
    this.#idle = this.#idle.filter((each) => each !== worker);
  }

  async close() {
    this.#jobs = [];
    for (const future of this.#pending) future.cancel();
    for (const worker of this.#workers) worker.terminate();
    this.#workers.clear();
    this.#idle = [];
  }
}
