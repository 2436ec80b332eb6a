/** The README's C programs, compiled as the README says, do what the README says. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { blockOf, compileProgram } from './support/c-program.js';
import { startHttp } from './support/odd-servers.js';

const run = promisify(execFile);
const readme = await readFile('README.md', 'utf8');

test("the README's first C program compiles with the loop alone, and runs in Node and natively", async (t) => {
  const folder = await mkdtemp('build/c-program-');
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'program.c'), blockOf('c', 'fl_run('));
  const [, compile, start] = readme.match(/`(build\/emcc program\.c [^`]*)`, and `(node -e [^`]*)` runs it/) ?? [];
  await run('sh', ['-c', compile.replaceAll(/program\.(c|mjs)/g, `${folder}/$&`).replaceAll('\n', ' ')]);
  const { stdout } = await run('sh', ['-c', start.replaceAll('\n', ' ')], { cwd: folder });
  assert.equal(stdout, 'Compute 1 + 2 ...\n1 + 2 = 3\n');

  const [, native] = readme.match(/Natively: `(cc [^`]*)`/) ?? [];
  await run('sh', ['-c', native.replace('program.c', `${folder}/$&`).replace(/program$/, `${folder}/$&`)]);
  assert.deepEqual(await run(join(folder, 'program')), { stdout, stderr: '' });
});

test("the README's C program with HTTP compiles and fetches in Node", async (t) => {
  const big = Buffer.alloc(20e6); // more than the memory that a module begins with
  const server = await startHttp(t, ({ url }, response) => response.end(url === '/big' ? big : 'hello'));
  const program = await compileProgram(t, blockOf('c', 'fl_session_get('));
  const good = `${server.origin}/`;
  const refused = 'http://127.0.0.1:1/';
  assert.deepEqual(
    (await program([good, `${good}big`, refused])).sort(),
    [`${refused}: could not connect`, `${good}: 200, 5 bytes`, `${good}big: 200, 20000000 bytes`].sort(),
  );
});
