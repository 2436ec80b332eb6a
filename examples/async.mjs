// async.py, the usual first program with aiohttp, line by line. `node examples/async.mjs URL …` fetches others.
import { ClientSession, EventLoop } from 'fetchloop/loop'; //    import asyncio, aiohttp, time

const URL_LIST =
  process.argv.length > 2
    ? process.argv.slice(2)
    : [
        'https://www.python.org/',
        'https://www.javascript.com/',
        'https://www.amazon.com/',
        'https://www.netflix.com/',
        'https://www.scala-lang.org/',
      ];

async function fetch(url) {
  //                                                        async def fetch(url):
  const session = await ClientSession.open(); //                async with aiohttp.ClientSession() as session:
  try {
    const res = await session.get(url); //                          async with session.get(url) as res:
    console.log(`${url} / ${res.status}`); //                           print(url + ' / ' + str(res.status))
  } finally {
    await session.close(); //                                   (`await using session = …` where Node has it: from 24 on)
  }
}

const s = Date.now() / 1000; //                             s = time.time()
console.log(`start: ${s}`); //                              print('start: ' + str(s))

const tasks = URL_LIST.map((url) => () => fetch(url)); //   tasks = [fetch(url) for url in URL_LIST]
const loop = await EventLoop.open(); //                     loop = asyncio.get_event_loop()
await loop.runUntilComplete(loop.wait(tasks)); //           loop.run_until_complete(asyncio.wait(tasks))
console.log(`end: ${Date.now() / 1000 - s}`); //            print('end: ' + str(time.time() - s))
await loop.close(); //                                      loop.close()
