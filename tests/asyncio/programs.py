"""Programs on asyncio, and in programs.mjs the same, line by line, on the loop from JavaScript. Each says what happens,
in which order; both must say the same. As a program: runs them all, and prints what they said as JSON."""
import asyncio
import json
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parent.parent / "differential"))
import newer_asyncio as newer


async def steps_and_callbacks_take_turns(loop, log):
    async def worker(name):
        for i in range(3):
            log(f"{name} {i}")
            await asyncio.sleep(0)
    loop.call_soon(log, "soon 1")
    a, b = loop.create_task(worker("a")), loop.create_task(worker("b"))
    loop.call_soon(log, "soon 2")
    await a
    log("a is done")
    await b


async def returning_through_many_functions_is_one_step(loop, log):
    async def deep(name, depth):
        if depth == 0:
            await asyncio.sleep(0)
            log(f"{name} bottom")
            return depth
        result = await deep(name, depth - 1)
        log(f"{name} {depth}")
        return result + 1
    tasks = [loop.create_task(deep(name, 5)) for name in "abc"]
    for task in tasks:
        log(str(await task))


async def callbacks_between_two_steps(loop, log):
    event = asyncio.Event()
    async def waiter(name):
        await event.wait()
        log(f"{name} goes on")
        loop.call_soon(log, f"soon by {name}")
    tasks = [loop.create_task(waiter(name)) for name in "ab"]
    await asyncio.sleep(0)
    loop.call_soon(log, "before")
    event.set()
    loop.call_soon(log, "after")
    await asyncio.gather(*tasks)
    await asyncio.sleep(0)


async def timers_by_deadline(loop, log):
    for delay in (0.03, 0.01, 0.02):
        loop.call_later(delay, log, f"after {delay}")
    loop.call_later(0, log, "at once")
    loop.call_soon(log, "soon")
    handle = loop.call_later(0.015, log, "never")
    handle.cancel()
    await asyncio.sleep(0.04)
    log(str(handle.cancelled()))


async def sleep_zero_yields_once(loop, log):
    loop.call_soon(log, "soon")
    log("before")
    await asyncio.sleep(0)
    log("after")


async def a_done_task_does_not_wait(loop, log):
    async def quick():
        return 1
    task = loop.create_task(quick())
    await task
    loop.call_soon(log, "soon")
    log(f"again {await task}")
    await asyncio.sleep(0)


async def done_callbacks_in_order(loop, log):
    future = loop.create_future()
    for name in "abc":
        future.add_done_callback(lambda f, name=name: log(f"{name} {f.result()}"))
    loop.call_soon(log, "soon 1")
    future.set_result(7)
    loop.call_soon(log, "soon 2")
    log("set")
    await asyncio.sleep(0)
    future.add_done_callback(lambda f: log("late"))
    log("added")
    await asyncio.sleep(0)


async def removed_done_callbacks(loop, log):
    future = loop.create_future()
    def callback(_):
        log("never")
    future.add_done_callback(callback)
    future.add_done_callback(callback)
    log(str(future.remove_done_callback(callback)))
    future.set_result(None)
    await asyncio.sleep(0)


async def a_future_is_set_once(loop, log):
    future = loop.create_future()
    try:
        future.result()
    except asyncio.InvalidStateError:
        log("not yet")
    future.set_result(1)
    try:
        future.set_result(2)
    except asyncio.InvalidStateError:
        log("no more")
    log(str(future.cancel()))
    log(str(await future))


async def cancel_before_it_begins(loop, log):
    async def never():
        log("never")
    task = loop.create_task(never())
    log(str(task.cancel()))
    log(str(task.done()))
    try:
        await task
    except asyncio.CancelledError:
        log("cancelled")
    log(str(task.cancelled()))


async def cancel_at_a_sleep(loop, log):
    async def sleeper():
        try:
            await asyncio.sleep(10)
        finally:
            log("finally")
    task = loop.create_task(sleeper())
    await asyncio.sleep(0)
    task.cancel()
    loop.call_soon(log, "soon")
    log(str(task.done()))
    try:
        await task
    except asyncio.CancelledError:
        log("cancelled")


async def cancelled_with_a_message(loop, log):
    async def sleeper():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError as error:
            log(str(error))
            raise
    task = loop.create_task(sleeper())
    await asyncio.sleep(0)
    task.cancel("enough")
    await asyncio.wait([task])
    log(str(task.cancelled()))


async def a_cancellation_is_caught(loop, log):
    async def stubborn():
        for i in range(3):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                log(f"no {i}")
        await asyncio.sleep(0)
        return "my way"
    task = loop.create_task(stubborn())
    for i in range(3):
        await asyncio.sleep(0)
        task.cancel()
        log(f"cancelling {task.cancelling()}")
    log(await task)


async def a_cancellation_is_awaited_in_finally(loop, log):
    async def tidy():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0)
            log("tidied")
    task = loop.create_task(tidy())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        log("cancelled")


async def who_cancels_itself(loop, log):
    async def suicidal():
        asyncio.current_task().cancel()
        log("still here")
        try:
            await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            log("now")
        await asyncio.sleep(0)
        log("and on")
    await loop.create_task(suicidal())


async def cancelled_in_its_last_step(loop, log):
    async def last():
        asyncio.current_task().cancel()
        return 1
    task = loop.create_task(last())
    await asyncio.wait([task])
    log(str(task.cancelled()))


async def cancel_goes_down_a_chain(loop, log):
    async def inner():
        try:
            await asyncio.sleep(10)
        finally:
            log("inner")
    async def outer(task):
        try:
            await task
        finally:
            log("outer")
    a = loop.create_task(inner())
    b = loop.create_task(outer(a))
    c = loop.create_task(outer(b))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    c.cancel()
    await asyncio.wait([a, b, c])
    log(f"{a.cancelled()} {b.cancelled()} {c.cancelled()}")


async def cancel_and_result_in_one_turn(loop, log):
    future = loop.create_future()
    async def waiter():
        try:
            log(f"got {await future}")
        except asyncio.CancelledError:
            log("cancelled all the same")
    task = loop.create_task(waiter())
    await asyncio.sleep(0)
    future.set_result(1)
    task.cancel()
    await task


async def uncancel(loop, log):
    async def waiter():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            log(str(asyncio.current_task().uncancel()))
        await asyncio.sleep(0)
        log(str(asyncio.current_task().cancelling()))
    task = loop.create_task(waiter())
    await asyncio.sleep(0)
    task.cancel()
    await task


async def gather_gives_results_in_order(loop, log):
    async def after(turns, value):
        for _ in range(turns):
            await asyncio.sleep(0)
        log(f"{value}")
        return value
    log(str(sum(await asyncio.gather(after(3, 1), after(1, 2), after(2, 3)))))


async def gather_fails_at_once(loop, log):
    async def fail():
        await asyncio.sleep(0)
        raise ValueError("bad")
    async def run_on():
        for i in range(4):
            await asyncio.sleep(0)
            log(f"on {i}")
    try:
        await asyncio.gather(fail(), run_on())
    except ValueError as error:
        log(f"failed: {error}")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def gather_with_exceptions(loop, log):
    async def fail():
        raise ValueError("bad")
    async def cancelled():
        raise asyncio.CancelledError
    async def fine():
        return "fine"
    results = await asyncio.gather(fail(), cancelled(), fine(), return_exceptions=True)
    log(", ".join(str(result) if not isinstance(result, asyncio.CancelledError) else "cancelled" for result in results))


async def gather_is_cancelled(loop, log):
    async def sleeper(name):
        try:
            await asyncio.sleep(10)
        finally:
            log(name)
    async def both():
        await asyncio.gather(sleeper("a"), sleeper("b"))
    task = loop.create_task(both())
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        log("gathered")


async def gather_of_done_ones(loop, log):
    future = loop.create_future()
    future.set_result(1)
    other = loop.create_future()
    other.set_exception(ValueError("old"))
    loop.call_soon(log, "soon")
    try:
        await asyncio.gather(future, other)
    except ValueError as error:
        log(str(error))


async def gather_of_nothing(loop, log):
    log(str(len(await asyncio.gather())))


async def wait_for_the_first(loop, log):
    async def after(turns):
        for _ in range(turns):
            await asyncio.sleep(0)
        return turns
    tasks = [loop.create_task(after(turns)) for turns in (5, 1, 3)]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    log(f"{len(done)} {len(pending)} {done.pop().result()}")
    done, pending = await asyncio.wait(pending)
    log(f"{len(done)} {len(pending)}")


async def wait_for_an_exception(loop, log):
    async def fail():
        await asyncio.sleep(0)
        raise ValueError
    async def after(turns):
        for _ in range(turns):
            await asyncio.sleep(0)
    tasks = [loop.create_task(after(1)), loop.create_task(fail()), loop.create_task(after(9))]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    log(f"{len(done)} {len(pending)}")
    for task in pending:
        task.cancel()
    tasks[1].exception()


async def wait_in_vain(loop, log):
    async def forever():
        await asyncio.sleep(10)
    task = loop.create_task(forever())
    done, pending = await asyncio.wait([task], timeout=0.01)
    log(f"{len(done)} {len(pending)} {task.done()}")
    task.cancel()


async def a_shield_holds(loop, log):
    async def inner():
        await asyncio.sleep(0.01)
        log("inner goes on")
        return 1
    task = loop.create_task(inner())
    async def outer():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            log("outer cancelled")
    shielded = loop.create_task(outer())
    await asyncio.sleep(0)
    shielded.cancel()
    await shielded
    log(str(await task))


async def a_lock_is_fair(loop, log):
    lock = asyncio.Lock()
    async def worker(name):
        for i in range(2):
            async with lock:
                log(f"{name} {i}")
                await asyncio.sleep(0)
    await asyncio.gather(worker("a"), worker("b"), worker("c"))
    log(str(lock.locked()))


async def a_lock_survives_cancellation(loop, log):
    lock = asyncio.Lock()
    async def worker(name):
        async with lock:
            log(name)
    await lock.acquire()
    tasks = [loop.create_task(worker(name)) for name in "abc"]
    await asyncio.sleep(0)
    lock.release()
    tasks[0].cancel()
    await asyncio.wait(tasks)
    log(f"{tasks[0].cancelled()} {lock.locked()}")


async def an_event_wakes_all(loop, log):
    event = asyncio.Event()
    async def waiter(name):
        await event.wait()
        log(name)
    tasks = [loop.create_task(waiter(name)) for name in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    event.set()
    event.clear()
    await asyncio.wait(tasks)
    log(str(event.is_set()))


async def a_condition_is_notified(loop, log):
    condition = asyncio.Condition()
    items = []
    async def consumer(name):
        async with condition:
            await condition.wait_for(lambda: items)
            log(f"{name} takes {items.pop(0)}")
    tasks = [loop.create_task(consumer(name)) for name in "abc"]
    for i in range(3):
        await asyncio.sleep(0)
        async with condition:
            items.append(i)
            condition.notify()
            log(f"put {i}")
    await asyncio.wait(tasks)
    try:
        condition.notify()
    except RuntimeError:
        log("not without the lock")


async def a_semaphore_limits(loop, log):
    semaphore = asyncio.BoundedSemaphore(2)
    async def worker(name):
        async with semaphore:
            log(f"{name} in")
            await asyncio.sleep(0)
            log(f"{name} out")
    await asyncio.gather(*(worker(name) for name in "abcd"))
    try:
        semaphore.release()
    except ValueError:
        log("too often")


async def a_barrier_falls(loop, log):
    barrier = asyncio.Barrier(3)
    async def party(name):
        index = await barrier.wait()
        log(f"{name} {index}")
    await asyncio.gather(*(party(name) for name in "abc"))
    log(str(barrier.n_waiting))


async def a_barrier_breaks(loop, log):
    barrier = asyncio.Barrier(2)
    async def party():
        try:
            await barrier.wait()
        except asyncio.BrokenBarrierError:
            log("broken")
    task = loop.create_task(party())
    await asyncio.sleep(0)
    await barrier.abort()
    await task
    log(str(barrier.broken))


async def a_queue_is_bounded(loop, log):
    queue = asyncio.Queue(2)
    async def producer():
        for i in range(5):
            await queue.put(i)
            log(f"put {i}")
    async def consumer(name):
        while True:
            item = await queue.get()
            log(f"{name} got {item}")
            queue.task_done()
    consumers = [loop.create_task(consumer(name)) for name in "ab"]
    await producer()
    await queue.join()
    log(f"joined {queue.qsize()}")
    for task in consumers:
        task.cancel()
    await asyncio.wait(consumers)


async def a_queue_survives_cancellation(loop, log):
    queue = asyncio.Queue()
    async def getter(name):
        log(f"{name} got {await queue.get()}")
    tasks = [loop.create_task(getter(name)) for name in "ab"]
    await asyncio.sleep(0)
    queue.put_nowait(1)
    tasks[0].cancel()
    await asyncio.wait(tasks)
    log(f"{tasks[0].cancelled()} {queue.empty()}")
    try:
        queue.get_nowait()
    except asyncio.QueueEmpty:
        log("empty")


async def other_queues(loop, log):
    stack, heap = asyncio.LifoQueue(), asyncio.PriorityQueue()
    for item in ((10, "c"), (2, "b"), (2, "a")):
        stack.put_nowait(item)
        heap.put_nowait(item)
    while not stack.empty():
        log(f"{stack.get_nowait()[1]} {heap.get_nowait()[1]}")


async def a_group_waits(loop, log):
    async def member(name, turns):
        for _ in range(turns):
            await asyncio.sleep(0)
        log(name)
        return name
    async with asyncio.TaskGroup() as group:
        a = group.create_task(member("a", 3))
        group.create_task(member("b", 1))
        log("body")
    log(f"left {a.result()}")


async def a_group_fails_together(loop, log):
    async def fail(text):
        await asyncio.sleep(0)
        raise ValueError(text)
    async def sibling():
        try:
            await asyncio.sleep(10)
        finally:
            log("sibling cancelled")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(sibling())
            group.create_task(fail("one"))
            group.create_task(fail("two"))
            try:
                await asyncio.sleep(10)
            finally:
                log("body cancelled")
    except ExceptionGroup as error:
        log(f"{error.message}: {', '.join(str(each) for each in error.exceptions)}")


async def a_groups_body_fails(loop, log):
    async def member():
        try:
            await asyncio.sleep(10)
        finally:
            log("member cancelled")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(member())
            await asyncio.sleep(0)
            raise ValueError("body")
    except ExceptionGroup as error:
        log(", ".join(str(each) for each in error.exceptions))


async def a_group_is_cancelled(loop, log):
    left = []  # in the order of a set
    async def member(name):
        try:
            await asyncio.sleep(10)
        finally:
            left.append(name)
    async def parent():
        async with asyncio.TaskGroup() as group:
            group.create_task(member("a"))
            group.create_task(member("b"))
    task = loop.create_task(parent())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    log(f"{''.join(sorted(left))} {task.cancelled()}")


async def a_timeout_cancels(loop, log):
    try:
        async with asyncio.timeout(0.01):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                log("cancelled inside")
                raise
    except TimeoutError:
        log("timed out")
    await asyncio.sleep(0)
    log(str(asyncio.current_task().cancelling()))


async def a_timeout_is_in_time(loop, log):
    async with asyncio.timeout(10) as scope:
        await asyncio.sleep(0)
        log("in time")
    log(str(scope.expired()))


async def the_inner_timeout_first(loop, log):
    try:
        async with asyncio.timeout(0.05):
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.sleep(10)
            except TimeoutError:
                log("inner")
            await asyncio.sleep(10)
    except TimeoutError:
        log("outer")


async def the_outer_timeout_first(loop, log):
    try:
        async with asyncio.timeout(0.01):
            try:
                async with asyncio.timeout(0.5):
                    await asyncio.sleep(10)
            except asyncio.CancelledError:
                log("inner is cancelled")
                raise
    except TimeoutError:
        log("outer")


async def cancelled_within_a_timeout(loop, log):
    async def body():
        async with asyncio.timeout(10):
            await asyncio.sleep(10)
    task = loop.create_task(body())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    log(str(task.cancelled()))


async def a_cancellation_goes_on_after_the_timeout(loop, log):
    async def body():
        async with asyncio.timeout(10):
            asyncio.current_task().cancel()
        log("after the scope")
        await asyncio.sleep(0.001)
        log("never")
    task = loop.create_task(body())
    await asyncio.wait([task])
    log(str(task.cancelled()))


async def wait_for_too_long(loop, log):
    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            log("cancelled")
    task = loop.create_task(slow())
    try:
        await asyncio.wait_for(task, 0.01)
    except TimeoutError:
        log(f"timed out {task.cancelled()}")


async def as_they_complete(loop, log):
    async def after(delay):
        await asyncio.sleep(delay)
        return delay
    for next_one in asyncio.as_completed([after(0.03), after(0.01), after(0.02)]):
        log(str(await next_one))


async def cancelled_at_each_turn(loop, log):
    """Three tasks go through everything; the second is cancelled after so many turns, once, twice, or till it ends."""
    async def child(name, turns):
        try:
            for _ in range(turns):
                await asyncio.sleep(0)
            log(f"{name} done")
            return name
        except asyncio.CancelledError:
            log(f"{name} cancelled")
            raise
    async def gauntlet(name, lock, queue, semaphore, condition):
        try:
            async with lock:
                log(f"{name} has the lock")
                await asyncio.sleep(0)
            await queue.put(name)
            log(f"{name} has put")
            log(f"{name} got {await queue.get()}")
            async with semaphore:
                log(f"{name} is in")
                await asyncio.sleep(0)
            async with condition:
                condition.notify_all()
                try:
                    async with asyncio.timeout(10):
                        await condition.wait()
                finally:
                    log(f"{name} locked {condition.locked()}")
                    condition.notify_all()
            async with asyncio.TaskGroup() as group:
                group.create_task(child(f"{name} member", 2))
                await asyncio.sleep(0)
                log(f"{name} leaves")
            log(" ".join(await asyncio.gather(child(f"{name} 1", 1), child(f"{name} 2", 2))))
            await asyncio.wait([loop.create_task(child(f"{name} waited for", 1))])
            log(await asyncio.shield(child(f"{name} shielded", 2)))
        except asyncio.CancelledError:
            log(f"{name} is cancelled")
            raise
        finally:
            await asyncio.sleep(0)
            log(f"{name} ends")
    async def rescue(condition):
        while True:
            await asyncio.sleep(0)
            if not condition.locked():
                async with condition:
                    condition.notify_all()
    for again in (0, 1, 100):
        for turns in range(40):
            log(f"-- after {turns} turns, and {again}")
            condition = newer.Condition()
            shared = asyncio.Lock(), asyncio.Queue(1), newer.Semaphore(1), condition
            tasks = [loop.create_task(gauntlet(name, *shared)) for name in "abc"]
            rescuer = loop.create_task(rescue(condition))
            for _ in range(turns):
                await asyncio.sleep(0)
            for _ in range(again + 1):
                tasks[1].cancel()
                await asyncio.sleep(0)
            await asyncio.wait(tasks)
            rescuer.cancel()
            await asyncio.wait([rescuer])
            log(" ".join("cancelled" if task.cancelled() else "done" for task in tasks))


PROGRAMS = [thing for name, thing in list(globals().items()) if asyncio.iscoroutinefunction(thing)]


def run(program):
    lines = []
    async def main():
        await program(asyncio.get_running_loop(), lines.append)
    asyncio.run(main())
    return lines


if __name__ == "__main__":
    print(json.dumps({program.__name__: run(program) for program in PROGRAMS}))
