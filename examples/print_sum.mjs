// print_sum.py of asyncio's documentation, line by line; examples/print_sum.c is the same in C.
import { EventLoop } from 'fetchloop/loop'; //                   import asyncio

const loop = await EventLoop.open(); //                     loop = asyncio.get_event_loop()

async function compute(x, y) {
  //                                                        async def compute(x, y):
  console.log(`Compute ${x} + ${y} ...`); //                    print("Compute %s + %s ..." % (x, y))
  await loop.sleep(1.0); //                                     await asyncio.sleep(1.0)
  return x + y; //                                              return x + y
}

async function printSum(x, y) {
  //                                                        async def print_sum(x, y):
  const result = await compute(x, y); //                        result = await compute(x, y)
  console.log(`${x} + ${y} = ${result}`); //                    print("%s + %s = %s" % (x, y, result))
}

await loop.runUntilComplete(printSum(1, 2)); //             loop.run_until_complete(print_sum(1, 2))
await loop.close(); //                                      loop.close()
