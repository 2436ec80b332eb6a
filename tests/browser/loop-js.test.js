/** The loop from JavaScript in a page, in Debian's Chromium: the same C, awaits that are told their task, module workers. */
import assert from 'node:assert/strict';
import { after, test as nodeTest } from 'node:test';
import { launchChromium } from './support/browser.js';
import { startSite } from './support/site.js';

const home = await startSite({ after });
const browser = await launchChromium();
after(() => browser.close());
const page = await browser.newPage();
await page.goto(home.origin);
await page.evaluate(async () => {
  globalThis.fetchloop = await import('/build/web/loop.js');
  /** Open a loop with `options`, run `use`, and close it. */
  globalThis.withLoop = async (options, use) => {
    const loop = await globalThis.fetchloop.EventLoop.open(options);
    try {
      return await use(loop);
    } finally {
      await loop.close();
    }
  };
});

const test = (name, body) => nodeTest(name, { timeout: 60_000 }, body);

/** Run in the page with a loop. `use` must stand on its own: (loop, fetchloop, given) => result. */
function inPage(use, given, options = {}) {
  return page.evaluate(
    ([text, value, loopOptions]) =>
      globalThis.withLoop(loopOptions, (loop) => new Function(`return ${text}`)()(loop, globalThis.fetchloop, value)),
    [use.toString(), given, options],
  );
}

test('tasks, callbacks and promises take turns as they do in Node', async () => {
  const said = await inPage(async (loop) => {
    const lines = [];
    const deep = async (name, depth) => {
      if (depth === 0) await loop.sleep(0);
      else await deep(name, depth - 1);
      lines.push(`${name}${depth}`);
    };
    loop.callSoon(() => lines.push('soon'));
    await loop.gather([() => deep('a', 3), () => deep('b', 3)]);
    return lines.join(' ');
  });
  assert.equal(said, 'soon a0 a1 a2 a3 b0 b1 b2 b3');
});

test('a task that is given to its awaits is cancelled at each of them', async () => {
  const outcomes = await inPage(async (loop, { Condition, Event, Lock, Queue, Semaphore }) => {
    const lock = new Lock(loop);
    const held = new Lock(loop);
    await lock.acquire();
    const full = new Queue(loop, 1);
    full.putNowait(0);
    const condition = new Condition(loop, held);
    const kinds = {
      sleep: (task) => task.sleep(10),
      lock: (task) => lock.acquire(task),
      signal: ({ signal }) => lock.acquire({ signal }),
      semaphore: (task) => new Semaphore(loop, 0).acquire(task),
      event: (task) => new Event(loop).wait(task),
      condition: (task) => condition.use(() => condition.wait(task), task),
      get: (task) => new Queue(loop).get(task),
      put: (task) => full.put(1, task),
      future: (task) => loop.createFuture().wait(task),
      gather: (task) => loop.gather([() => loop.sleep(0.01), loop.createFuture()], task),
      wait: (task) => loop.wait([loop.createFuture()], { signal: task.signal }),
      timeout: (task) => loop.timeout(10, (scope) => scope.sleep(10), task),
      timeoutOfTask: (task) => loop.timeout(10, () => task.sleep(10), task),
      group: (task) => loop.taskGroup((group) => group.createTask((member) => member.sleep(10)), task),
      fetch: (task) => fetch('/mute', { signal: task.signal }),
    };
    const tasks = Object.entries(kinds).map(([name, wait]) => loop.createTask(wait, { name }));
    await loop.sleep(0.05);
    for (const task of tasks) task.cancel();
    await loop.wait(tasks);
    return tasks.filter((task) => !task.cancelled()).map(String);
  });
  assert.deepEqual(outcomes, []);
});

test('a timeout is over in its time, and its error is a TimeoutError', async () => {
  const { name, tookMs } = await inPage(async (loop) => {
    const began = performance.now();
    const failed = await loop.timeout(0.05, (scope) => scope.sleep(60)).catch((error) => error);
    return { name: failed.name, tookMs: performance.now() - began };
  });
  assert.equal(name, 'TimeoutError');
  assert.ok(tookMs >= 50 && tookMs < 5000, `${tookMs} ms`);
});

test('a session and the loop share a module in a page', async () => {
  const texts = await inPage(async (loop, { ClientSession }) => {
    const session = await ClientSession.open();
    const fetchOne = async (task) => (await session.get('/hello', { signal: task.signal })).text();
    const all = await loop.gather(Array(10).fill(fetchOne));
    await session.close();
    return all;
  });
  assert.deepEqual(texts, Array(10).fill('Hello.'));
});

test('a semaphore is given back, and a list tells of its progress', async () => {
  const said = await inPage(async (loop, { ClientSession, Semaphore }) => {
    const semaphore = new Semaphore(loop, 1);
    const used = await semaphore.use(() => 'used');
    const session = await ClientSession.open();
    let last;
    const onProgress = (progress) => {
      last = progress;
    };
    for await (const { error } of session.fetchAll(['/hello', '/hello'], { onProgress })) if (error) throw error;
    await session.close();
    return [used, semaphore.locked(), last.done, last.queued];
  });
  assert.deepEqual(said, ['used', false, 2, 0]);
});

test('functions and modules run in workers, and what is cancelled is ended', async () => {
  const results = await inPage(
    async (loop, _fetchloop, origin) => {
      const product = await loop.runInExecutor((x, y) => x * y, [6, 7]);
      const error = await loop
        .runInExecutor(() => {
          throw new RangeError('there');
        })
        .catch(({ name, message }) => `${name}: ${message}`);
      const missing = await loop.runInExecutor(`${origin}/web/loop/numbers.js`, [], { name: 'none' }).catch(String);
      const number = await loop.runInExecutor(`${origin}/web/loop/numbers.js`, [3, 'n'], { name: 'count' });
      const forever = loop.createTask(() =>
        loop.runInExecutor(() => {
          for (;;);
        }),
      );
      await loop.sleep(0.05);
      forever.cancel();
      const next = await loop.runInExecutor(() => 'next');
      return { product, error, missing, number, cancelled: forever.cancelled(), next };
    },
    home.origin,
    { executor: { workers: 1 } },
  );
  assert.deepEqual(results, {
    product: 42,
    error: 'RangeError: there',
    missing: `TypeError: ${home.origin}/web/loop/numbers.js exports no function named none`,
    number: 3,
    cancelled: true,
    next: 'next',
  });
});

test('a worker is there for the next call, whatever its function did to it; arguments are those of the call', async () => {
  const told = await inPage(
    async (loop) => {
      const takesOver = () => {
        self.onmessage = () => {};
        self.close();
      };
      const args = [1];
      const running = [takesOver, ...Array(3).fill((x) => x[0])].map((fn) => loop.runInExecutor(fn, [args]));
      args[0] = 2;
      const given = await loop.gather(running);
      const thrown = await loop
        .runInExecutor(() => {
          throw null;
        })
        .catch((reason) => reason);
      return { given, thrown };
    },
    null,
    { executor: { workers: 1 } },
  );
  assert.deepEqual(told, { given: [undefined, 1, 1, 1], thrown: null });
});

test('where there are no workers, runInExecutor() says so', async () => {
  const message = await inPage(async (loop) => {
    const { Worker } = globalThis;
    globalThis.Worker = undefined;
    try {
      return loop.runInExecutor(() => {});
    } catch ({ message }) {
      return message;
    } finally {
      globalThis.Worker = Worker;
    }
  });
  assert.match(message, /needs workers/);
});

test('a signal or a task ends what runs in a worker; what a worker leaves behind fails nobody', async () => {
  const told = await inPage(
    async (loop) => {
      const forever = () => {
        for (;;);
      };
      const controller = new AbortController();
      const running = loop.runInExecutor(forever, [], { signal: controller.signal });
      setTimeout(() => controller.abort(new Error('enough')), 100);
      const lines = [await running.catch(({ message }) => message)];
      lines.push(
        await loop
          .timeout(0.1, async (scope) => await loop.runInExecutor(forever, [], scope))
          .catch(({ name }) => name),
      );
      await loop.runInExecutor(() => {
        setTimeout(() => {
          throw new Error('late');
        }, 20);
      });
      await loop.sleep(0.2);
      lines.push(
        await loop.runInExecutor(() => {
          postMessage({ value: 'not its result' });
          postMessage(null);
          return 'next';
        }),
      );
      return lines;
    },
    null,
    { executor: { workers: 1 } },
  );
  assert.deepEqual(told, ['enough', 'TimeoutError', 'next']);
});

test('asCompleted() is part of the task that it is given', async () => {
  const told = await inPage(async (loop) => {
    const never = loop.createFuture();
    const task = loop.createTask(async (self) => {
      for await (const _ of loop.asCompleted([never], self));
    });
    await loop.sleep(0.01);
    task.cancel();
    return task.wait().catch(({ name }) => name);
  });
  assert.equal(told, 'CancelledError');
});

test('under a policy without eval, data: and blob:, modules still run in workers', async () => {
  const strict = await browser.newPage();
  await strict.route('**/strict', (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" },
      body: '<!doctype html><script type="module" src="/strict.js"></script>',
    }),
  );
  await strict.route('**/strict.js', (route) =>
    route.fulfill({
      contentType: 'text/javascript',
      body: `
        import { EventLoop } from '/build/web/loop.js';
        const loop = await EventLoop.open();
        const count = await loop.runInExecutor(new URL('/web/loop/numbers.js', location), [5, 'n'], { name: 'count' });
        document.title = 'counted ' + count;`,
    }),
  );
  await strict.goto(`${home.origin}/strict`);
  await strict.waitForFunction(() => document.title === 'counted 5');
  await strict.close();
});

test('20,000 tasks, again and again, need no more memory than once', async () => {
  const sizes = await inPage(async (loop) => {
    const { wasm } = loop.bridge;
    const play = () => loop.gather(Array.from({ length: 20_000 }, (_, i) => (task) => task.sleep((i % 50) / 1000)));
    const bytes = [];
    for (let round = 0; round < 4; round++) {
      await play();
      bytes.push(wasm.HEAPU8.byteLength);
    }
    return bytes;
  });
  assert.equal(sizes[3], sizes[1], String(sizes));
});
