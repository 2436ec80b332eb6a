"""ORIGIN REQUESTS CONCURRENCY WARM-UP [uvloop]: as measure.mjs does it."""

import asyncio
import json
import sys
import time

import aiohttp

origin = sys.argv[1]
requests, concurrency, warm_up = map(int, sys.argv[2:5])


async def run(session, name, count):
    urls = [f"{origin}/?{name}={i}" for i in range(count)]
    told = {"requests": 0, "bytes": 0}
    left = iter(urls)

    async def worker():
        for url in left:
            async with session.get(url) as response:
                body = await response.read()
                told["requests"] += response.status == 200
                told["bytes"] += len(body)

    started_at = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    told["seconds"] = time.perf_counter() - started_at
    return told


async def main():
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:
        if warm_up:
            await run(session, "w", warm_up)
        print(json.dumps(await run(session, "n", requests)))


if "uvloop" in sys.argv[5:]:
    import uvloop

    uvloop.install()
asyncio.run(main())
