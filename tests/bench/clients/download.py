"""Usage: download.py URL FILE"""

import asyncio
import sys

import aiohttp


async def main(url, path):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        with open(path, "wb") as file:
            async for chunk in response.content.iter_chunked(65536):
                file.write(chunk)


asyncio.run(main(*sys.argv[1:]))
