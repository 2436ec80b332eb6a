"""Steps of tasks, callbacks, timers and futures, and whose turn it is."""
import asyncio


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
