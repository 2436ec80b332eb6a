/** src/host/pre.js, with what a browser's XMLHttpRequest does that Node's never does: throw from open(). */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs in a process of its own, whose global it is. Chromium's refuses the same URLs, with a SyntaxError. */
const PROGRAM = `
  globalThis.XMLHttpRequest = class {
    open(method, url) { new URL(url); this.readyState = 1; }
    send() { queueMicrotask(() => { Object.assign(this, { readyState: 4, status: 200, statusText: 'OK' }); this.onload(); }); }
    getAllResponseHeaders() { return ''; }
    abort() {}
  };
  const { default: createModule } = await import('./build/fetchloop.mjs');
  const { Core } = await import('./web/core.js');
  const { Session } = await import('./web/session.js');
  const core = await Core.load(createModule, () => ({}));
  const session = new Session(core, { options: {}, makeWire: () => ({ makeResponse: () => new Response("") }) }, {});
  const told = [];
  for await (const { index, status, error } of session.fetchAll(['http://good/1', 'http://[abc]/', 'http://good/2'])) {
    told[index] = error?.code ?? status;
  }
  await session.close();
  console.log(JSON.stringify(told));
`;

test('a URL that a browser refuses to open ends with an error, and stops nothing', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', PROGRAM]);
  assert.deepEqual(JSON.parse(stdout), [200, 'FL_EURLHOST', 200]);
});

test('a module that is made where there is no XMLHttpRequest says what to do', async () => {
  const program = "await (await import('./build/fetchloop.mjs')).default()";
  await assert.rejects(
    run(process.execPath, ['--input-type=module', '-e', program]),
    /pass the module one.*fetchloop\/xhr/,
  );
});
