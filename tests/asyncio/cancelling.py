"""Tasks that are cancelled."""
import asyncio

import newer_asyncio as newer


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


async def who_awaits_a_cancelled_task_is_told_its_message(loop, log):
    async def sleeper():
        await asyncio.sleep(5)
    async def thrower():
        raise asyncio.CancelledError("thrown")
    task = loop.create_task(sleeper())
    await asyncio.sleep(0)
    task.cancel("asked for")
    for awaited in (task, loop.create_task(thrower())):
        try:
            await awaited
        except asyncio.CancelledError as error:
            log(str(error))
