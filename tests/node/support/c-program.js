/** C programs with HTTP, compiled as README.md says, and run in Node. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const readme = await readFile('README.md', 'utf8');

/** Of README.md, the first in that language that has `marker` in it. */
export function blockOf(language, marker) {
  const blocks = [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text]) => text);
  const found = blocks.find((text) => text.includes(marker));
  assert.ok(found, `README.md has a block with ${marker}`);
  return found;
}

/**
 * @param {{ after: (stop: () => unknown) => void }} t
 * @param {string} source
 * @param {string} [flags] besides README.md's
 * @returns {Promise<(args: string[]) => Promise<string[]>>} runs it, and gives its lines
 */
export async function compileProgram(t, source, flags = '') {
  const folder = await mkdtemp('build/c-program-'); // below the package, so that `fetchloop/xhr` is found
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'program.c'), source);
  const compile = blockOf('sh', 'program.c').replaceAll(/program\.(c|mjs)/g, `${folder}/$&`);
  await run('sh', ['-c', `${compile.trimEnd()} ${flags}`]);
  return async (args) => {
    const start = blockOf('js', 'createProgram').replace(/arguments: \[.*\]/, `arguments: ${JSON.stringify(args)}`);
    await writeFile(join(folder, 'start.mjs'), start);
    const { stdout } = await run(process.execPath, [join(folder, 'start.mjs')]);
    return stdout.split('\n').slice(0, -1);
  };
}
