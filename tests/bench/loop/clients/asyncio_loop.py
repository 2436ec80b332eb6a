"""asyncio's loop, or uvloop's, measured from inside: asyncio_loop.py MEASURE [uvloop]. Prints one line of JSON."""

import asyncio
import json
import random
import resource
import sys
import time
from itertools import repeat

BATCH = 1000
TIMERS = 100_000
SLEEPS = 200_000
TASKS = 100_000  # a million takes more memory than the machine may have


def memory() -> int:
    """The most that the process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def delay() -> float:
    return random.uniform(0.001, 1)


async def timed(play, count: int) -> dict:
    await play(count // 10)
    began = time.perf_counter()
    await play(count)
    return {"ns": (time.perf_counter() - began) * 1e9 / count}


# Switches


async def switch() -> dict:
    async def yielder(left: int) -> None:
        for _ in repeat(None, left):
            await asyncio.sleep(0)

    async def play(count: int) -> None:
        await asyncio.gather(yielder(count // 2), yielder(count // 2))

    return await timed(play, 100_000)


async def event() -> dict:
    async def player(mine: asyncio.Event, other: asyncio.Event, left: int) -> None:
        for _ in repeat(None, left):
            await mine.wait()
            mine.clear()
            other.set()

    async def play(count: int) -> None:
        events = asyncio.Event(), asyncio.Event()
        events[0].set()
        await asyncio.gather(player(*events, count // 2), player(*events[::-1], count // 2))

    return await timed(play, 30_000)


async def lock() -> dict:
    async def player(lock: asyncio.Lock, left: int) -> None:
        await lock.acquire()
        await asyncio.sleep(0)
        for _ in repeat(None, left):
            lock.release()
            await lock.acquire()
        lock.release()

    async def play(count: int) -> None:
        lock = asyncio.Lock()
        await asyncio.gather(player(lock, count // 2), player(lock, count // 2))

    return await timed(play, 30_000)


async def queue() -> dict:
    async def player(mine: asyncio.Queue, other: asyncio.Queue, left: int) -> None:
        for _ in repeat(None, left):
            await other.put(await mine.get())

    async def play(count: int) -> None:
        queues = asyncio.Queue(1), asyncio.Queue(1)
        queues[0].put_nowait(None)
        await asyncio.gather(player(*queues, count // 2), player(*queues[::-1], count // 2))

    return await timed(play, 30_000)


# call_soon


async def chains(number: int, count: int) -> dict:
    loop = asyncio.get_running_loop()

    async def play(count: int) -> None:
        done = loop.create_future()
        running = number

        def link(left: int) -> None:
            nonlocal running
            if left > 0:
                loop.call_soon(link, left - 1)
                return
            running -= 1
            if running == 0:
                done.set_result(None)

        for _ in range(number):
            loop.call_soon(link, count // number - 1)
        await done

    return await timed(play, count)


def call_soon():
    return chains(BATCH, 200_000)


def call_soon_alone():
    return chains(1, 50_000)


# Timers: 100,000 pending


async def arm() -> dict:
    loop = asyncio.get_running_loop()
    spent = 0
    for attempt in range(3):
        began = time.perf_counter()
        timers = [loop.call_later(delay() + 10, int) for _ in range(TIMERS)]
        spent += time.perf_counter() - began if attempt else 0
        for timer in timers:
            timer.cancel()
        del timers
        await asyncio.sleep(0)  # the cancelled ones are dropped here
    return {"ns": spent * 1e9 / (2 * TIMERS)}


async def fire() -> dict:
    """All are due, for the loop was held up for a second; each arms itself again."""
    loop = asyncio.get_running_loop()
    fired = 0
    done = loop.create_future()

    def again() -> None:
        nonlocal fired
        fired += 1
        loop.call_later(10 + delay(), again)
        if fired == TIMERS:
            done.set_result(None)

    now = loop.time()
    for _ in range(TIMERS):
        loop.call_at(now + 0.5 + delay(), again)
    await asyncio.sleep(0)
    time.sleep(max(0, now + 1.6 - loop.time()))
    began = time.perf_counter()
    await done
    return {"ns": (time.perf_counter() - began) * 1e9 / TIMERS}


async def cancel() -> dict:
    loop = asyncio.get_running_loop()
    timers = [loop.call_later(10 + delay(), int) for _ in range(TIMERS)]
    some = TIMERS // 100
    spent = 0
    for _ in range(50):
        chosen = random.sample(range(TIMERS), some)
        began = time.perf_counter()
        for index in chosen:
            timers[index].cancel()
        await asyncio.sleep(0)  # where it makes good for what cancel() leaves behind
        spent += time.perf_counter() - began
        for index in chosen:
            timers[index] = loop.call_later(10 + delay(), int)
    return {"ns": spent * 1e9 / (50 * some)}


# Tasks


async def short_task() -> int:
    return 1


async def task() -> dict:
    loop = asyncio.get_running_loop()

    async def play(count: int) -> None:
        for _ in range(count // BATCH):
            tasks = [loop.create_task(short_task()) for _ in range(BATCH)]
            await tasks[-1]

    return await timed(play, 100_000)


async def gather() -> dict:
    async def play(count: int) -> None:
        for _ in range(count // BATCH):
            await asyncio.gather(*(short_task() for _ in range(BATCH)))

    return await timed(play, 100_000)


async def sleeper(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def sleeping_memory() -> dict:
    before = memory()
    tasks = [asyncio.create_task(sleeper(100 + delay())) for _ in range(TASKS)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    used = (memory() - before) / TASKS
    for each in tasks:
        each.cancel()
    return {"bytes": used}


async def sleeps() -> dict:
    before = memory()
    began = time.perf_counter()
    await asyncio.gather(*(sleeper(delay()) for _ in range(SLEEPS)))
    return {"seconds": time.perf_counter() - began, "rss": memory() - before}


MEASURES = {
    "switch": switch,
    "event": event,
    "lock": lock,
    "queue": queue,
    "call-soon": call_soon,
    "call-soon-alone": call_soon_alone,
    "arm": arm,
    "fire": fire,
    "cancel": cancel,
    "task": task,
    "gather": gather,
    "memory": sleeping_memory,
    "sleeps": sleeps,
}

measure, *loop_modules = sys.argv[1:]
if loop_modules:
    import uvloop

    uvloop.install()
print(json.dumps(asyncio.run(MEASURES[measure]())))
