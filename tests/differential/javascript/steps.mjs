/** The ops that don't await, by name: each gives what is to be traced, where that is not FL_OK, or throws. */
import { described, UserError, wrongState } from './errors.mjs';

const messageOf = (number) => (number < 0 ? undefined : `c${number}`);

/** What a call gives, or the code of its error. */
function outcome(call) {
  try {
    return { what: 'FL_OK', value: call() };
  } catch (error) {
    return { what: described(error)[0], value: undefined };
  }
}

export const STEPS = {
  spawn(world, _op, _member, slot, eager, block) {
    const made = world.spawn(block, eager !== 0);
    made.isReleased = slot < 0;
    if (slot < 0) return;
    world.slots[slot] = made.task;
    world.slotMembers[slot] = made;
  },
  group_spawn(world, _op, _member, number, eager, block) {
    if (world.groups[number] === null) throw wrongState();
    world.spawn(block, eager !== 0, world.groups[number]);
  },
  cancel(world, _op, _member, slot, message) {
    if (world.slots[slot] === null) return 'FL_EINVAL';
    return world.slots[slot].cancel(messageOf(message)) ? 'FL_OK' : 'FL_EDONE';
  },
  cancel_self: (_world, _op, member, message) => void member?.task.cancel(messageOf(message)),
  uncancel: (world, _op, _member, slot) => String(world.slots[slot]?.uncancel() ?? -2),
  uncancel_self: (_world, _op, member) => String(member?.task.uncancel() ?? 0),
  cancelling: (world, _op, _member, slot) => String(world.slots[slot]?.cancelling() ?? -2),
  result(_world, _op, member, value) {
    if (member) member.result = value;
  },
  reschedule(world, _op, _member, number, delay) {
    if (world.timeouts[number] === null) throw wrongState();
    world.timeouts[number].reschedule(delay < 0 ? Number.POSITIVE_INFINITY : world.loop.time() + delay / 1000);
  },
  release: (world, _op, _member, i) => world.locks[i].release(),
  event_set: (world, _op, _member, i) => world.events[i].set(),
  event_clear: (world, _op, _member, i) => world.events[i].clear(),
  notify: (world, _op, _member, i, count) => world.conditions[i].notify(count),
  notify_all: (world, _op, _member, i) => world.conditions[i].notifyAll(),
  count(world, _op, _member, i) {
    world.counts[i]++;
    return String(world.counts[i]);
  },
  semaphore_release(world, _op, _member, i) {
    const { what } = outcome(() => world.semaphores[i].release());
    return `${what} locked ${Number(world.semaphores[i].locked())}`;
  },
  put_nowait: (world, _op, _member, i, rank) => world.queues[i].putNowait(world.makeItem(rank)),
  get_nowait(world, _op, _member, i) {
    const { what, value = 0 } = outcome(() => world.queues[i].getNowait());
    return `${what} ${value} left ${world.queues[i].qsize()}`;
  },
  task_done: (world, _op, _member, i) => world.queues[i].taskDone(),
  shutdown: (world, _op, _member, i, immediate) => world.queues[i].shutdown(immediate !== 0),
  call_soon(world, op, _member, handle, block) {
    world.handles[handle] = world.loop.callSoon(() => world.runCallback(op, block));
  },
  call_later(world, op, _member, handle, delay, block) {
    world.handles[handle] = world.loop.callLater(delay / 1000, () => world.runCallback(op, block));
  },
  call_at(world, op, _member, handle, ms, block) {
    world.handles[handle] = world.loop.callAt(world.timeOf(ms), () => world.runCallback(op, block));
  },
  handle_cancel: (world, _op, _member, handle) => world.handles[handle]?.cancel(),
  callback(world, op, _member, slot, block) {
    if (world.slots[slot] === null) return 'FL_EINVAL';
    world.slots[slot].addDoneCallback(() => world.runCallback(op, block));
  },
  future(world, _op, _member, slot) {
    if (world.slots[slot] && !world.slots[slot].done()) return 'FL_EPENDING';
    world.slots[slot] = world.loop.createFuture();
  },
  set_result: (world, _op, _member, slot, value) => world.slots[slot].setResult(value),
  set_error: (world, _op, _member, slot, code) =>
    world.slots[slot].setException(new UserError(code, code % 2 ? `m${code}` : '')),
};
