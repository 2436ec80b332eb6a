"""aiohttp, as many at once as there may be. Prints how many URLs failed."""

import asyncio
import sys

import aiohttp


async def fetch(session, url, fail):
    try:
        async with session.get(url) as response:
            await response.read()
            return fail and response.status >= 400
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError, OSError):
        return True


async def work(session, urls, fail):
    return sum([await fetch(session, url, fail) for url in urls])


async def main(file, limit, limit_per_host, timeout, fail):
    with open(file, encoding="utf-8") as lines:
        urls = iter([line.rstrip("\n") for line in lines])
    connector = aiohttp.TCPConnector(limit=int(limit), limit_per_host=int(limit_per_host))
    seconds = aiohttp.ClientTimeout(total=None, sock_read=float(timeout) or None)
    async with aiohttp.ClientSession(connector=connector, timeout=seconds) as session:
        failed = await asyncio.gather(*[work(session, urls, fail == "1") for _ in range(int(limit))])
    print(sum(failed))


asyncio.run(main(*sys.argv[1:]))
