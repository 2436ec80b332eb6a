"""Task groups and timeouts."""
import asyncio


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


async def a_timeout_says_that_it_was_over(loop, log):
    async with asyncio.timeout(0.01) as swallowed:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            log("swallowed")
    log(str(swallowed.expired()))
    try:
        async with asyncio.timeout(0.01) as other:
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                raise ValueError("another")
    except ValueError as error:
        log(f"{error} {other.expired()}")
