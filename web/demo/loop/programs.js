/** The programs as they are shown: the C of src/host/lesson.c without its marks, and the same in Python. */
import source from '../../../src/host/lesson.c';

/** The document's eight steps. */
export const STEPS = [
  'Put coroutine to event loop',
  'Run event loop',
  'Start print_sum(1, 2)',
  'Call compute(1, 2)',
  'Wait 1 second',
  'Return 3 (1 + 2)',
  'Print “1 + 2 = 3”',
  'Close loop',
];

/** Each line of Python with the words of the C line that does the same. */
const PRINT_SUM = [
  ['async def compute(x, y):', 'fl_async(compute'],
  ['    print("Compute %s + %s ..." % (x, y))', 'Compute %d'],
  ['    await asyncio.sleep(1.0)', 'fl_sleep'],
  ['    return x + y', 'fl_return'],
  [''],
  ['async def print_sum(x, y):', 'fl_async(print_sum'],
  ['    result = await compute(x, y)', 'fl_call(compute'],
  ['    print("%s + %s = %s" % (x, y, result))', '%d = %d'],
  [''],
  ['loop = asyncio.get_event_loop()'],
  ['loop.run_until_complete(print_sum(1, 2))', 'fl_create_task'],
  ['loop.close()'],
];
const GATHER = [
  ['async def fetch(site, latency):', 'fl_async(fetch'],
  ['    print("ask", site)', 'ask %s'],
  ['    await asyncio.sleep(latency)', 'fl_sleep'],
  ['    print(site, "has answered")', 'has answered'],
  [''],
  ['async def all():', 'fl_async(all'],
  ['    tasks = [', 'tasks[0]'],
  ['        asyncio.create_task(fetch("python.org", 0.71)),', 'tasks[0] ='],
  ['        asyncio.create_task(fetch("netflix.com", 2.14)),', 'tasks[1] ='],
  ['        asyncio.create_task(fetch("amazon.com", 1.12)),', 'tasks[2] ='],
  ['    ]'],
  ['    await asyncio.gather(*tasks)', 'fl_gather'],
  ['    print("all have answered")', 'all have answered'],
  [''],
  ['asyncio.run(all())', 'fl_create_task(loop, all'],
];
const QUEUE = [
  ['async def producer(queue):', 'fl_async(producer'],
  ['    for item in range(1, 5):', 'item <= 4'],
  ['        await queue.put(item)', 'fl_queue_put'],
  ['        print("put item", item)', 'put item'],
  ['    queue.shutdown()', 'fl_queue_shutdown'],
  [''],
  ['async def consumer(queue):', 'fl_async(consumer'],
  ['    while True:', 'for (;;)'],
  ['        try: item = await queue.get()', 'fl_queue_get'],
  ['        except asyncio.QueueShutDown: break', 'break'],
  ['        await asyncio.sleep(0.6)', 'fl_sleep'],
  ['        print("consumed", item)', 'consumed'],
  ['    print("the consumer goes home")', 'goes home'],
  [''],
  ['async def both():', 'fl_async(both'],
  ['    queue = asyncio.Queue(2)', 'fl_queue_init'],
  ['    async with asyncio.TaskGroup() as group:', 'fl_group_enter'],
  ['        group.create_task(producer(queue))', 'producer, &'],
  ['        group.create_task(consumer(queue))', 'consumer, &'],
  ['', 'fl_leave'],
  ['asyncio.run(both())', 'fl_create_task(loop, both'],
];

/** In the order of lesson.c. */
export const PROGRAMS = [
  { name: 'print_sum', title: 'The document’s: compute and print_sum', python: PRINT_SUM },
  { name: 'gather', title: 'Three at once, with gather', python: GATHER },
  { name: 'queue', title: 'A producer, a consumer, a queue for two', python: QUEUE },
].map((program) => ({ ...program, c: linesOf(program.name) }));

/** @returns {{ line: number, text: string }[]} with their numbers in the file */
function linesOf(name) {
  const lines = source.split('\n');
  const at = (words) => lines.indexOf(words);
  return lines
    .map((text, i) => ({ line: i + 1, text: shown(text) }))
    .slice(at(`/* begin ${name} */`) + 1, at(`/* end ${name} */`))
    .filter(({ text }) => !/^\s*MARK\(\d\);$/.test(text));
}

/** What says and tells a moment is printf() in a program of one's own. */
function shown(text) {
  return text.replace(/SAY\("([^"]*)"/, 'printf("$1\\n"');
}
