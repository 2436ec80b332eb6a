/** The README's C programs, compiled as the README says, do what the README says. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

function block(readme, language, marker) {
  const blocks = [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text]) => text);
  const found = blocks.find((text) => text.includes(marker));
  assert.ok(found, `README.md has a block with ${marker}`);
  return found;
}

const readme = await readFile('README.md', 'utf8');

test("the README's first C program compiles with the loop alone, and runs in Node", async (t) => {
  const folder = await mkdtemp('build/c-program-');
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'program.c'), block(readme, 'c', 'fl_run('));
  const [, compile, start] = readme.match(/`(build\/emcc program\.c [^`]*)`, and `(node -e [^`]*)` runs it/) ?? [];
  await run('sh', ['-c', compile.replaceAll(/program\.(c|mjs)/g, `${folder}/$&`).replaceAll('\n', ' ')]);
  const { stdout } = await run('sh', ['-c', start], { cwd: folder });
  assert.equal(stdout, 'Compute 1 + 2 ...\n1 + 2 = 3\n');
});

test("the README's C program with HTTP compiles and fetches in Node", async (t) => {
  // Below the package, so that `fetchloop/xhr` is found.
  const folder = await mkdtemp('build/c-program-');
  const big = Buffer.alloc(20e6); // more than the memory that a module begins with
  const server = createServer(({ url }, response) => response.end(url === '/big' ? big : 'hello')).listen(
    0,
    '127.0.0.1',
  );
  t.after(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  await writeFile(join(folder, 'program.c'), block(readme, 'c', 'fl_session_get('));
  const compile = block(readme, 'sh', 'program.c').replaceAll(/program\.(c|mjs)/g, `${folder}/$&`);
  await run('sh', ['-c', compile]);

  const good = `http://127.0.0.1:${server.address().port}/`;
  const refused = 'http://127.0.0.1:1/';
  const start = block(readme, 'js', 'createProgram').replace(
    /arguments: \[.*\]/,
    `arguments: ['${good}', '${good}big', '${refused}']`,
  );
  await writeFile(join(folder, 'start.mjs'), start);
  const { stdout } = await run(process.execPath, [join(folder, 'start.mjs')]);
  assert.deepEqual(
    stdout.trim().split('\n').sort(),
    [`${refused}: could not connect`, `${good}: 200, 5 bytes`, `${good}big: 200, 20000000 bytes`].sort(),
  );
});
