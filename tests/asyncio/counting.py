"""How often a task has been asked to be cancelled: cancelling(), uncancel(), and what scopes make of it."""
import asyncio


async def _ended(task, log):
    try:
        log(f"result {await task}")
    except asyncio.CancelledError as error:
        log(f"cancelled {error}")


async def a_timeout_after_a_cancellation_that_is_taken_back(loop, log):
    async def main():
        try:
            async with asyncio.timeout(0.02):
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    log(f"uncancel {asyncio.current_task().uncancel()}")
                await asyncio.sleep(10)
        except TimeoutError:
            log("timed out")
        await asyncio.sleep(0)
        return "went on"
    task = loop.create_task(main())
    await asyncio.sleep(0)
    task.cancel()
    await _ended(task, log)


async def a_group_that_fails_after_a_cancellation_that_is_taken_back(loop, log):
    async def fail():
        raise ValueError("member")

    async def main():
        try:
            async with asyncio.TaskGroup() as group:
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    log(f"uncancel {asyncio.current_task().uncancel()}")
                group.create_task(fail())
                await asyncio.sleep(10)
        except ExceptionGroup as error:
            log(str(error.exceptions[0]))
        await asyncio.sleep(0)
        return "went on"
    task = loop.create_task(main())
    await asyncio.sleep(0)
    task.cancel()
    await _ended(task, log)


async def a_timeout_counts_as_a_request(loop, log):
    async def main():
        task = asyncio.current_task()
        try:
            async with asyncio.timeout(0.01):
                try:
                    await asyncio.sleep(10)
                finally:
                    log(f"within {task.cancelling()}")
        except TimeoutError:
            log(f"after {task.cancelling()}")
    await loop.create_task(main())


async def a_cancelled_task_was_asked_once(loop, log):
    task = loop.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    task.cancel()
    await _ended(task, log)
    log(f"asked {task.cancelling()}")


async def a_group_that_waits_hears_what_its_body_did_not(loop, log):
    async def member():
        try:
            await asyncio.sleep(10)
        finally:
            log("member ends")

    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(member())
            await asyncio.sleep(0)
            asyncio.current_task().cancel("from within")
    await _ended(loop.create_task(main()), log)


async def messages_arrive(loop, log):
    async def two():
        await asyncio.gather(asyncio.sleep(10), asyncio.sleep(10))

    async def last_step():
        async with asyncio.timeout(10):
            asyncio.current_task().cancel("in its last step")
        await asyncio.sleep(0)
    gathering = loop.create_task(two())
    await asyncio.sleep(0)
    gathering.cancel("why")
    await _ended(gathering, log)
    await _ended(loop.create_task(last_step()), log)
    future = loop.create_future()

    async def waits():
        await future
    waiting = loop.create_task(waits())
    await asyncio.sleep(0)
    waiting.cancel("asked")
    log(str(future.cancelled()))
    await _ended(waiting, log)


async def wait_for_without_time_waits_for_the_end(loop, log):
    async def inner():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0.02)
            log("inner has cleaned up")

    async def outer(task):
        try:
            await asyncio.wait_for(task, 0)
        except asyncio.CancelledError:
            log("wait_for is cancelled")
            raise
    task = loop.create_task(inner())
    await asyncio.sleep(0)
    waiting = loop.create_task(outer(task))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await _ended(waiting, log)
    await _ended(task, log)
