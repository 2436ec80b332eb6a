"""The ops of a program on asyncio, each a function: awaitable_of() in tasks.c and sync_ops.c are the same in C."""
import asyncio

import dialect
import newer_asyncio as newer
from errors import UserError, described
from script import ASYNC

CancelledError = asyncio.CancelledError

# ---- Ops that await: each gives the text of what became of it, None for no trace


async def _sleep(world, op, me, delay):
    await asyncio.sleep(delay)
    return "ok"


async def _call(world, op, me, block):
    await world.run_block(block, me)
    return "ok"


def _result(future):
    result = future.result()
    return f"got {result or 0}"


async def _await(world, op, me, slot):
    _, found = world.futures(me, [slot], True)
    if not found:
        return None
    await found[0]
    return _result(found[0])


async def _shield(world, op, me, slot):
    _, found = world.futures(me, [slot], False)
    if not found:
        return None
    await asyncio.shield(found[0])
    return _result(found[0])


async def _wait_for_slot(world, op, me, delay, slot):
    _, found = world.futures(me, [slot], True)
    if not found:
        return None
    await newer.wait_for(found[0], _time(delay))
    return _result(found[0])


async def _gather(world, op, me, return_exceptions, slots):
    _, found = world.futures(me, slots, True)
    await asyncio.gather(*found, return_exceptions=bool(return_exceptions))
    lines = ["gathered"]
    for each in found:
        error = each._make_cancelled_error() if each.cancelled() else each.exception()
        lines.append("  %s %s 0" % described(error) if error else f"  FL_OK  {each.result() or 0}")
    return "\n".join(lines)


_RETURN_WHEN = [asyncio.ALL_COMPLETED, asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION]


def _time(delay):
    return None if delay < 0 else delay


async def _wait(world, op, me, when, timeout, slots):
    _, found = world.futures(me, slots, False)
    done, _ = await asyncio.wait(found, timeout=_time(timeout), return_when=_RETURN_WHEN[when])
    return f"done {len(done)} of {len(found)}"


async def _as_completed(world, op, me, timeout, slots):
    found, futures = world.futures(me, slots, False)
    completed = newer.AsCompleted(futures, _time(timeout))
    try:
        while True:
            try:
                future = await completed.next()
                if future is None:
                    return "ok"
                slot = found[futures.index(future)]
            except TimeoutError:
                slot = -1
            world.trace(op, me, f"next {slot}")
            if slot == -1 and dialect.is_javascript:
                return "ok"
    finally:
        completed.close()


async def _wait_for(world, op, me, delay, block):
    await newer.wait_for(world.run_block(block, me), _time(delay))
    return "ok"


async def _wait_for_thing(world, op, me, delay, kind, which):
    if kind == 0:
        thing = world.locks[which % 2].acquire()
    elif kind == 1:
        thing = world.events[which % 2].wait()
    elif kind == 2:
        thing = world.semaphores[which % 3].acquire()
    elif kind == 3:
        thing = world.queues[which % 3].get()
    elif kind == 4:
        thing = world.queues[which % 3].join()
    elif kind == 5:
        thing = world.barriers[which % 2].wait()
    else:
        thing = asyncio.sleep(which)
    what = await newer.wait_for(thing, _time(delay))
    return f"got {what}" if kind == 3 else "ok"


async def _timeout(world, op, me, which, delay, times, block):
    timeout = None
    try:
        for _ in range(times):
            timeout = newer.Timeout(None if delay < 0 else world.loop.time() + delay)
            async with timeout:
                world.timeouts[which] = timeout
                await world.run_block(block, me)
    finally:
        world.trace(op, me, f"expired {timeout.expired():d}")
        if world.timeouts[which] is timeout:
            world.timeouts[which] = None
    return "ok"


async def _group(world, op, me, which, times, block):
    group = None
    try:
        for _ in range(times):
            group = newer.TaskGroup("run_group")
            async with group:
                world.groups[which] = group
                await world.run_block(block, me)
    finally:
        for name, _ in group.failed if not dialect.is_javascript else ():
            world.trace(op, me, f"failed {name}")
        if world.groups[which] is group:
            world.groups[which] = None
    return "ok"


async def _raise(world, op, me, code):
    raise UserError(code, "raised" if code % 2 else None)


async def _try(world, op, me, mode, block, handler):
    try:
        await world.run_block(block, me)
    except (Exception, CancelledError) as error:
        if mode & 1 and isinstance(error, CancelledError):
            raise
        world.trace(op, me, "caught %s %s cancelling %d" % (*described(error), me.task.cancelling()))
        await world.run_block(handler, me)
        if mode & 2:
            raise
    return "ok"


async def _finally(world, op, me, block, last):
    try:
        await world.run_block(block, me)
    finally:
        world.trace(op, me, "finally")
        await world.run_block(last, me)
    return "ok"


async def _with(world, op, me, thing, block):
    await thing.acquire()
    try:
        world.trace(op, me, "acquired")
        await world.run_block(block, me)
    finally:
        try:
            thing.release()
            what = "FL_OK"
        except (RuntimeError, ValueError) as error:
            what = described(error)[0]
        world.trace(op, me, f"released {what}")
    return "ok"


async def _lock(world, op, me, which, block):
    return await _with(world, op, me, world.locks[which], block)


async def _condition(world, op, me, which, block):
    return await _with(world, op, me, world.conditions[which], block)


async def _semaphore(world, op, me, which, block):
    return await _with(world, op, me, world.semaphores[which], block)


async def _acquire(world, op, me, which):
    await world.locks[which].acquire()
    return "ok"


async def _event_wait(world, op, me, which):
    await world.events[which].wait()
    return "ok"


async def _condition_wait(world, op, me, which):
    await world.conditions[which].wait()
    return "ok"


async def _condition_wait_for(world, op, me, which, at_least):
    await world.conditions[which].wait_for(lambda: world.counts[which] >= at_least)
    return "ok"


async def _semaphore_acquire(world, op, me, which):
    await world.semaphores[which].acquire()
    return "ok"


async def _barrier(world, op, me, which):
    return f"index {await world.barriers[which].wait()}"


async def _barrier_reset(world, op, me, which):
    await world.barriers[which].reset()
    return "ok"


async def _barrier_abort(world, op, me, which):
    await world.barriers[which].abort()
    return "ok"


def _item(world, item):
    world.items_made += 1
    return item * 1000 + world.items_made - 1


async def _put(world, op, me, which, item):
    await world.queues[which].put(_item(world, item))
    return "ok"


async def _get(world, op, me, which):
    return f"got {await world.queues[which].get()}"


async def _join(world, op, me, which):
    await world.queues[which].join()
    return "ok"


# ---- Ops that don't


def _spawn(world, op, me, slot, eager, block):
    made = world.spawn(block, eager)
    made.released = slot < 0
    if slot >= 0:
        world.slots[slot] = made.task
        world.slot_records[slot] = made


def _group_spawn(world, op, me, which, eager, block):
    if world.groups[which] is None:
        raise RuntimeError
    world.spawn(block, eager, world.groups[which])


def _message(number_):
    return None if number_ < 0 else f"c{number_}"


def _cancel(world, op, me, slot, message):
    if world.slots[slot] is None:
        return "FL_EINVAL"
    return None if world.slots[slot].cancel(_message(message)) else "FL_EDONE"


def _cancel_self(world, op, me, message):
    if me:
        me.task.cancel(_message(message))


def _uncancel(world, op, me, slot):
    return str(world.slots[slot].uncancel()) if world.slots[slot] else "-2"


def _uncancel_self(world, op, me):
    return str(me.task.uncancel()) if me else "0"


def _cancelling(world, op, me, slot):
    return str(world.slots[slot].cancelling()) if world.slots[slot] else "-2"


def _set_own_result(world, op, me, value):
    if me:
        me.result = value


def _reschedule(world, op, me, which, delay):
    if world.timeouts[which] is None:
        raise RuntimeError
    world.timeouts[which].reschedule(None if delay < 0 else world.loop.time() + delay)


def _release(world, op, me, which):
    world.locks[which].release()


def _event_set(world, op, me, which):
    world.events[which].set()


def _event_clear(world, op, me, which):
    world.events[which].clear()


def _notify(world, op, me, which, count):
    world.conditions[which].notify(count)


def _notify_all(world, op, me, which):
    world.conditions[which].notify_all()


def _count(world, op, me, which):
    world.counts[which] += 1
    return str(world.counts[which])


def _semaphore_release(world, op, me, which):
    semaphore, what = world.semaphores[which], "FL_OK"
    try:
        semaphore.release()
    except ValueError:
        what = "FL_ESTATE"
    return f"{what} locked {semaphore.locked():d}"


def _put_nowait(world, op, me, which, item):
    world.queues[which].put_nowait(_item(world, item))


def _get_nowait(world, op, me, which):
    queue, item, what = world.queues[which], 0, "FL_OK"
    try:
        item = queue.get_nowait()
    except (asyncio.QueueEmpty, newer.QueueShutDown) as error:
        what = described(error)[0]
    return f"{what} {item} left {queue.qsize()}"


def _task_done(world, op, me, which):
    world.queues[which].task_done()


def _shutdown(world, op, me, which, immediate):
    world.queues[which].shutdown(bool(immediate))


def _call_soon(world, op, me, handle, block):
    world.handles[handle] = world.loop.call_soon(world.run_callback, op, block)


def _call_later(world, op, me, handle, delay, block):
    world.handles[handle] = world.loop.call_later(delay, world.run_callback, op, block)


def _call_at(world, op, me, handle, when, block):
    world.handles[handle] = world.loop.call_at(when, world.run_callback, op, block)


def _handle_cancel(world, op, me, handle):
    if world.handles[handle]:
        world.handles[handle].cancel()


def _callback(world, op, me, slot, block):
    if world.slots[slot] is None:
        return "FL_EINVAL"
    world.slots[slot].add_done_callback(lambda _: world.run_callback(op, block))
    return None


def _future(world, op, me, slot):
    if world.slots[slot] and not world.slots[slot].done():
        return "FL_EPENDING"
    world.slots[slot] = world.loop.create_future()
    return None


def _set_result(world, op, me, slot, value):
    world.slots[slot].set_result(value)


def _set_error(world, op, me, slot, code):
    world.slots[slot].set_exception(UserError(code, f"m{code}" if code % 2 else None))


ASYNC_OPS = {code: globals()["_" + code] for code in ASYNC}
SYNC_OPS = {
    f.__name__[1:]: f
    for f in (
        _spawn, _group_spawn, _cancel, _cancel_self, _uncancel, _uncancel_self, _cancelling, _reschedule, _release,
        _event_set, _event_clear, _notify, _notify_all, _count, _semaphore_release, _put_nowait, _get_nowait,
        _task_done, _shutdown, _call_soon, _call_later, _call_at, _handle_cancel, _callback, _future, _set_result,
        _set_error,
    )
}  # fmt: skip
SYNC_OPS["result"] = _set_own_result
