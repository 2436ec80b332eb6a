/** As node.ts, of the loop for JavaScript. */
import {
  Barrier,
  CancelledError,
  ClientSession,
  Condition,
  EventLoop,
  type Future,
  Lock,
  LoopError,
  Queue,
  Semaphore,
  Task,
  Timeout,
} from 'fetchloop/loop';

export async function everything() {
  await using loop = await EventLoop.open({ executor: { workers: 2 } });
  const task = loop.createTask(async (own) => {
    await own.sleep(0);
    return own.getName().length;
  });
  const made: Task<number> = task;
  const n: number = await task;
  const name: string = await loop.runUntilComplete(async (own) => own.name);
  const soon: number = await loop.waitFor(async (scope) => scope.when(), 1);
  const same: number = await loop.waitFor(task, 1);
  const kept: number = await loop.shield(async () => 1);
  const grouped: string = await loop.taskGroup(async (group) => group.createTask(async (own) => own.name));
  for await (const each of loop.asCompleted([task, task])) console.log((await each) + 1);
  for (const next of loop.asCompleted([task, task])) console.log((await next) + 1);
  const [first, second, third]: [number, string, boolean] = await loop.gather([
    task,
    async () => 'a',
    Promise.resolve(true),
  ]);
  const all: number[] = await loop.gather(new Set([task]));
  const some: (number | Error)[] = await loop.gather([task], { returnExceptions: true });
  const [done]: [Set<Future<number>>, Set<Future<number>>] = await loop.wait([task], { returnWhen: 'firstCompleted' });
  const forty: number = await loop.runInExecutor((a: number) => a * 2, [20]);
  const there: unknown = await loop.runInExecutor(new URL('file:///module.js'), [], { name: 'main' });
  const lock = new Lock(loop);
  const held: number = await lock.use(async () => loop.time());
  const queue: Queue<string> = new Queue(loop, 10);
  const count: number = queue.qsize() + new Barrier(loop, 3).nWaiting + task.cancelling();
  const signal: AbortSignal = task.signal;
  new Condition(loop, lock);
  new Semaphore(loop, 2);
  await using session = await ClientSession.open();
  await session.get('http://example.com/', task);
  return {
    made,
    n,
    name,
    soon,
    same,
    kept,
    grouped,
    first,
    second,
    third,
    all,
    some,
    done,
    forty,
    there,
    held,
    count,
    signal,
  };
}

export async function mistakes(loop: EventLoop) {
  // @ts-expect-error: it is called with a Timeout, which has no name
  await loop.waitFor((scope) => scope.getName(), 1);
  // @ts-expect-error: its loop made it
  new Task(loop, async () => {}, {});
  // @ts-expect-error: see loop.timeout()
  new Timeout(loop, async () => {}, undefined);
  // @ts-expect-error: nobody else's affair
  console.log(loop.bridge);
  // @ts-expect-error: likewise
  console.log(new Lock(loop).at);
  // @ts-expect-error: the parties
  new Barrier(loop);
  // @ts-expect-error: a number
  const text: string = await loop.createTask(async () => 1);
  return { text, CancelledError, LoopError };
}
