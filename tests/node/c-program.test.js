/** The README's C program, compiled as the README says, does what the README says. */
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

test("the README's C program compiles and fetches in Node", async (t) => {
  const readme = await readFile('README.md', 'utf8');
  // Below the package, so that `fetchloop/xhr` is found.
  const folder = await mkdtemp('build/c-program-');
  const server = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  t.after(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  await writeFile(join(folder, 'program.c'), block(readme, 'c', 'fetchloop.h'));
  const compile = block(readme, 'sh', 'program.c').replaceAll(/program\.(c|mjs)/g, `${folder}/$&`);
  await run('sh', ['-c', compile]);

  const good = `http://127.0.0.1:${server.address().port}/`;
  const refused = 'http://127.0.0.1:1/';
  const start = block(readme, 'js', 'createProgram').replace(
    /arguments: \[.*\]/,
    `arguments: ['${good}', '${refused}']`,
  );
  await writeFile(join(folder, 'start.mjs'), start);
  const { stdout } = await run(process.execPath, [join(folder, 'start.mjs')]);
  assert.deepEqual(stdout.trim().split('\n').sort(), [`${refused}: could not connect`, `${good}: 200, 5 bytes`].sort());
});
