"""Locks, events, conditions, semaphores, barriers and queues."""
import asyncio


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
