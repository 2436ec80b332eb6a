"""Waiting for several: gather, wait, as_completed; and shield."""
import asyncio


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


async def as_they_complete(loop, log):
    async def after(delay):
        await asyncio.sleep(delay)
        return delay
    for next_one in asyncio.as_completed([after(0.03), after(0.01), after(0.02)]):
        log(str(await next_one))
