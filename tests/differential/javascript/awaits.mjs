/** The ops that await, by name: each gives what is to be traced of it. */
import { described, UserError } from './errors.mjs';
import { failureOf } from './world.mjs';

const isGiven = process.argv.includes('--given');

/** Whom the await belongs to: its innermost scope, or its task. */
const awaiting = (member) => (isGiven ? (member.scopes.at(-1) ?? member.task) : undefined);
const options = (member) => (isGiven ? { signal: awaiting(member).signal } : {});
const seconds = (ms) => (ms < 0 ? Number.POSITIVE_INFINITY : ms / 1000);
const resultOf = (future) => `got ${future.result() || 0}`;

async function within(member, scope, body) {
  member.scopes.push(scope);
  try {
    return await body();
  } finally {
    member.scopes.splice(member.scopes.indexOf(scope), 1);
  }
}

async function hold(world, op, member, thing, block) {
  await thing.acquire(awaiting(member));
  try {
    world.trace(op, member, 'acquired');
    await world.runBlock(block, member);
  } finally {
    let what = 'FL_OK';
    try {
      thing.release();
    } catch (error) {
      [what] = described(error);
    }
    world.trace(op, member, `released ${what}`);
  }
  return 'ok';
}

async function ok(promise) {
  await promise;
  return 'ok';
}

/** wait_for_thing's, in ops.h's order. */
const THINGS = [
  (world, which, scope) => world.locks[which % 2].acquire(scope),
  (world, which, scope) => world.events[which % 2].wait(scope),
  (world, which, scope) => world.semaphores[which % 3].acquire(scope),
  (world, which, scope) => world.queues[which % 3].get(scope),
  (world, which, scope) => world.queues[which % 3].join(scope),
  (world, which, scope) => world.barriers[which % 2].wait(scope),
  (world, which, scope) => world.loop.sleep(which / 1000, scope),
];
const GET = 3;

export const AWAITS = {
  sleep: (world, _op, member, delay) => ok(world.loop.sleep(delay / 1000, awaiting(member))),
  call: (world, _op, member, block) => ok(world.runBlock(block, member)),

  async await(world, _op, member, slot) {
    const [, [future]] = world.awaitable(member, [slot], true);
    if (!future) return null;
    await future.wait(awaiting(member));
    return resultOf(future);
  },

  async shield(world, _op, member, slot) {
    const [, [future]] = world.awaitable(member, [slot], false);
    if (!future) return null;
    await world.loop.shield(future, awaiting(member));
    return resultOf(future);
  },

  async gather(world, _op, member, returnExceptions, slots) {
    const [, futures] = world.awaitable(member, slots, true);
    await world.loop.gather(futures, { returnExceptions: returnExceptions !== 0, ...options(member) });
    const lines = futures.map((future) => {
      const failure = failureOf(future);
      return failure ? `  ${described(failure).join(' ')} 0` : `  FL_OK  ${future.result() || 0}`;
    });
    return ['gathered', ...lines].join('\n');
  },

  async wait(world, _op, member, when, timeout, slots) {
    const [, futures] = world.awaitable(member, slots, false);
    const returnWhen = ['allCompleted', 'firstCompleted', 'firstException'][when];
    const [done] = await world.loop.wait(futures, { timeout: seconds(timeout), returnWhen, ...options(member) });
    return `done ${done.size} of ${futures.length}`;
  },

  async as_completed(world, op, member, timeout, slots) {
    const [found, futures] = world.awaitable(member, slots, false);
    try {
      for await (const future of world.loop.asCompleted(futures, { timeout: seconds(timeout), ...options(member) })) {
        world.trace(op, member, `next ${found[futures.indexOf(future)]}`);
      }
    } catch (error) {
      if (error.code !== 'FL_ETIMEOUT') throw error;
      world.trace(op, member, 'next -1');
    }
    return 'ok';
  },

  wait_for(world, _op, member, delay, block) {
    const body = (scope) => within(member, scope, () => world.runBlock(block, member));
    return ok(world.loop.waitFor(body, seconds(delay), awaiting(member)));
  },

  async wait_for_slot(world, _op, member, delay, slot) {
    const [, [future]] = world.awaitable(member, [slot], true);
    if (!future) return null;
    await world.loop.waitFor(future, seconds(delay), awaiting(member));
    return resultOf(future);
  },

  async wait_for_thing(world, _op, member, delay, kind, which) {
    const body = (scope) => THINGS[kind](world, which, isGiven ? scope : undefined);
    const value = await world.loop.waitFor(body, seconds(delay), awaiting(member));
    return kind === GET ? `got ${value}` : 'ok';
  },

  async timeout(world, op, member, number, delay, times, block) {
    let timeout = null;
    const body = (scope) => {
      timeout = scope;
      world.timeouts[number] = scope;
      return within(member, scope, () => world.runBlock(block, member));
    };
    try {
      for (let i = 0; i < times; i++) await world.loop.timeout(seconds(delay), body, awaiting(member));
    } finally {
      world.trace(op, member, `expired ${Number(timeout.expired())}`);
      if (world.timeouts[number] === timeout) world.timeouts[number] = null;
    }
    return 'ok';
  },

  async group(world, _op, member, number, times, block) {
    let group = null;
    const body = (scope) => {
      group = scope;
      world.groups[number] = scope;
      return within(member, scope, () => world.runBlock(block, member));
    };
    try {
      for (let i = 0; i < times; i++) await world.loop.taskGroup(body, awaiting(member));
    } finally {
      if (world.groups[number] === group) world.groups[number] = null;
    }
    return 'ok';
  },

  async raise(_world, _op, _member, code) {
    throw new UserError(code, code % 2 ? 'raised' : '');
  },

  async try(world, op, member, mode, block, handler) {
    const [passesCancellation, raisesAgain] = [mode & 1, mode & 2];
    try {
      await world.runBlock(block, member);
    } catch (error) {
      if (passesCancellation && error.code === 'FL_ECANCELLED') throw error;
      world.trace(op, member, `caught ${described(error).join(' ')} cancelling ${member.task.cancelling()}`);
      await world.runBlock(handler, member);
      if (raisesAgain) throw error;
    }
    return 'ok';
  },

  async finally(world, op, member, block, last) {
    try {
      await world.runBlock(block, member);
    } finally {
      world.trace(op, member, 'finally');
      await world.runBlock(last, member);
    }
    return 'ok';
  },

  lock: (world, op, member, i, block) => hold(world, op, member, world.locks[i], block),
  condition: (world, op, member, i, block) => hold(world, op, member, world.conditions[i], block),
  semaphore: (world, op, member, i, block) => hold(world, op, member, world.semaphores[i], block),
  acquire: (world, _op, member, i) => ok(world.locks[i].acquire(awaiting(member))),
  event_wait: (world, _op, member, i) => ok(world.events[i].wait(awaiting(member))),
  condition_wait: (world, _op, member, i) => ok(world.conditions[i].wait(awaiting(member))),
  condition_wait_for: (world, _op, member, i, count) =>
    ok(world.conditions[i].waitFor(() => world.counts[i] >= count, awaiting(member))),
  semaphore_acquire: (world, _op, member, i) => ok(world.semaphores[i].acquire(awaiting(member))),
  barrier: async (world, _op, member, i) => `index ${await world.barriers[i].wait(awaiting(member))}`,
  barrier_reset: (world, _op, member, i) => ok(world.barriers[i].reset(awaiting(member))),
  barrier_abort: (world, _op, member, i) => ok(world.barriers[i].abort(awaiting(member))),
  put: (world, _op, member, i, rank) => ok(world.queues[i].put(world.makeItem(rank), awaiting(member))),
  get: async (world, _op, member, i) => `got ${await world.queues[i].get(awaiting(member))}`,
  join: (world, _op, member, i) => ok(world.queues[i].join(awaiting(member))),
};
