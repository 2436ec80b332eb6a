/** Sessions that come and go leave nothing behind. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { startNginx } from './support/nginx.js';
import { test } from './support/test.js';

const run = promisify(execFile);
const PATIENCE = { timeout: 180_000 };

const nginx = await startNginx({ after });

test(
  '100 sessions opened and closed, 100,000 requests in all: the heap is back where it was, in JavaScript and in C',
  async (t) => {
    const source = `
      import { heapUsed, loadCore } from '../../node/load-core.js';
      import { ClientSession } from 'fetchloop';
      await loadCore();
      async function useSession(requests) {
        const session = await ClientSession.open({ limit: 64, limitPerHost: 64 });
        const urls = Array.from({ length: requests / 2 }, (_, i) => '${nginx.origin}/' + i);
        for await (const { response } of session.fetchAll(urls)) await response.text();
        await Promise.all(urls.map(async (url) => (await session.get(url)).text()));
        await session.close();
      }
      async function measure() {
        await new Promise((resolve) => setTimeout(resolve, 500)); // sockets close
        for (let i = 0; i < 3; i++) gc();
        const { heapUsed: javascript, external, arrayBuffers } = process.memoryUsage();
        return { javascript, external, arrayBuffers, c: heapUsed() };
      }
      for (let i = 0; i < 40; i++) await useSession(1000); // V8 compiles, and keeps what it learns meanwhile
      const before = await measure();
      for (let i = 0; i < 100; i++) await useSession(1000);
      const after = await measure();
      console.log(JSON.stringify(Object.fromEntries(Object.keys(before).map((name) => [name, after[name] - before[name]]))));
    `;
    const options = { cwd: new URL('.', import.meta.url), timeout: PATIENCE.timeout };
    const { stdout } = await run(process.execPath, ['--expose-gc', '--input-type=module', '-e', source], options);
    const more = JSON.parse(stdout);
    t.diagnostic(`bytes more: ${stdout.trim()}`);
    assert.equal(more.c, 0);
    // Code that is compiled, and buffers that sockets share, come and go: less than half a byte a request.
    assert.ok(more.javascript < 500_000, `${more.javascript} bytes`);
    assert.ok(more.external < 1_000_000, `${more.external} bytes`);
  },
  PATIENCE,
);
