/** What a program has: tasks, futures, locks and queues, and the trace of what they do. */
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
} from 'fetchloop/loop';
import { AWAITS } from './awaits.mjs';
import { described } from './errors.mjs';
import { ASYNC } from './program.mjs';
import { STEPS } from './steps.mjs';

const TASK_SLOTS = 8;
const FUTURE_SLOTS = 4;
const four = (make) => Array.from({ length: 4 }, make);

/**
 * A task of the program's.
 * @typedef {{ number: number, task: any, awaits: Member[], scopes: any[], result: number, isReleased: boolean, hasEnded: boolean }} Member
 */

export class World {
  lines = [];
  isOver = false;
  /** @type {Member[]} */
  members = [];
  #started;
  #itemsMade = 0;

  constructor(loop, config) {
    const [first, second, bounded, small, large, plain, lifo, priority] = config;
    this.loop = loop;
    this.#started = loop.time();
    this.slots = [...Array(TASK_SLOTS).fill(null), ...Array.from({ length: FUTURE_SLOTS }, () => loop.createFuture())];
    /** Of the slots that hold tasks. */
    this.slotMembers = Array(this.slots.length).fill(null);
    this.locks = four(() => new Lock(loop));
    this.events = four(() => new Event(loop));
    this.conditions = four(() => new Condition(loop));
    this.counts = [0, 0, 0, 0];
    this.semaphores = [new Semaphore(loop, first), new Semaphore(loop, second), new BoundedSemaphore(loop, bounded)];
    this.barriers = [new Barrier(loop, small), new Barrier(loop, large)];
    this.queues = [new Queue(loop, plain), new LifoQueue(loop, lifo), new PriorityQueue(loop, priority)];
    this.timeouts = four(() => null);
    this.groups = four(() => null);
    this.handles = four(() => null);
    loop.setExceptionHandler((_loop, { message, exception }) => {
      if (/callback/i.test(message)) this.lines.push(`${message}: ${exception?.stack}`);
    });
  }

  /** The main task, of slot 0. */
  begin(block) {
    const main = this.spawn(block, false);
    this.slots[0] = main.task;
    this.slotMembers[0] = main;
  }

  pending() {
    return this.members.filter(({ task, hasEnded }) => task && !hasEnded);
  }

  /** @returns {number} milliseconds since the beginning */
  elapsed() {
    return Math.round((this.loop.time() - this.#started) * 1000);
  }

  /** @param {number} ms since the beginning */
  timeOf(ms) {
    return this.#started + ms / 1000;
  }

  /** Distinct, and in the order of `rank`. */
  makeItem(rank) {
    const item = rank * 1000 + this.#itemsMade;
    this.#itemsMade++;
    return item;
  }

  trace(op, member, what) {
    if (this.isOver) return;
    const who = member ? `T${member.number}` : '-';
    this.lines.push(`${this.elapsed()} ${who} ${op ? `${op.id} ${op.code} ` : ''}${what}`);
  }

  /** @returns {Member} */
  spawn(block, eager, group = this.loop) {
    const number = this.members.length;
    const member = { number, task: null, awaits: [], scopes: [], result: 0, isReleased: false, hasEnded: false };
    this.members.push(member);
    const body = (task) => {
      member.task = task;
      return this.#runTask(block, member);
    };
    member.task = group.createTask(body, { eager, name: `T${number}` });
    member.task.addDoneCallback((task) => this.#traceEnd(member, task));
    return member;
  }

  #traceEnd(member, task) {
    member.hasEnded = true;
    if (member.isReleased) {
      this.trace(null, member, 'done');
      return;
    }
    const error = failureOf(task);
    const [name, message] = error ? described(error) : ['FL_OK', ''];
    const result = error ? 0 : member.result;
    this.trace(null, member, `done ${name} ${message} ${result} cancelled ${Number(task.cancelled())}`);
  }

  async #runTask(block, member) {
    this.trace(null, member, 'began');
    await this.runBlock(block, member);
    return member.result;
  }

  async runBlock(block, member) {
    for (const op of block) {
      if (this.isOver) return;
      if (!ASYNC.has(op.code)) {
        this.#step(op, member);
        continue;
      }
      let what;
      try {
        what = await AWAITS[op.code](this, op, member, ...op.args);
      } catch (error) {
        this.trace(op, member, described(error).join(' '));
        throw error;
      } finally {
        member.awaits = [];
      }
      for (const line of what?.split('\n') ?? []) this.trace(op, member, line);
    }
  }

  #step(op, member) {
    let what = 'FL_OK';
    try {
      what = STEPS[op.code](this, op, member, ...op.args) ?? what;
    } catch (error) {
      [what] = described(error);
    }
    this.trace(op, member, what);
  }

  runCallback(op, block) {
    this.trace(op, null, 'called');
    for (const each of block) this.#step(each, null);
  }

  /** Whether what `a` awaits leads to `b`: such a circle is not to be awaited. */
  #reaches(a, b) {
    return a === b || a.awaits.some((each) => this.#reaches(each, b));
  }

  /**
   * What there is in these slots, but for what would await the member in turn.
   * @returns {[slots: number[], futures: any[]]}
   */
  awaitable(member, slots, passesCancellationOn) {
    const found = slots.filter((slot) => {
      const other = this.slotMembers[slot];
      return this.slots[slot] !== null && !(other && this.#reaches(other, member));
    });
    if (passesCancellationOn) member.awaits = found.map((slot) => this.slotMembers[slot]).filter(Boolean);
    return [found, found.map((slot) => this.slots[slot])];
  }
}

/** Its exception, or its CancelledError; null. */
export function failureOf(future) {
  try {
    return future.exception();
  } catch (error) {
    return error;
  }
}
