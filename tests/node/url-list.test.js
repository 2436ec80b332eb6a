/** What the command is given to fetch: arguments, files, stdin. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { records, runCommand, runShell, startCommand } from './support/command.js';
import { startNginx } from './support/nginx.js';
import { test } from './support/test.js';

const nginx = await startNginx({ after });
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));

async function makeFile(name, content) {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** The paths that were asked for, in the list's order. */
function pathsOf(stdout) {
  return records(stdout)
    .sort((a, b) => a.urlnum - b.urlnum)
    .map((record) => new URL(record.url).pathname);
}

test('URLs come from arguments, files and stdin, in that order', async () => {
  const [a, b] = await Promise.all(
    ['a', 'b'].map((name) => makeFile(name, `${nginx.origin}/${name}1\n${nginx.origin}/${name}2\n`)),
  );
  const { code, stdout } = await runCommand(
    ['--jsonl', '-i', a, `${nginx.origin}/argument`, '--input-file', b, '-i', '-'],
    { input: `${nginx.origin}/stdin` },
  );
  assert.equal(code, 0);
  assert.deepEqual(pathsOf(stdout), ['/argument', '/a1', '/a2', '/b1', '/b2', '/stdin']);
});

test('- in place of a URL is stdin', async () => {
  const { stdout } = await runCommand(['--jsonl', `${nginx.origin}/1`, '-', `${nginx.origin}/3`], {
    input: `${nginx.origin}/2\n`,
  });
  assert.deepEqual(pathsOf(stdout), ['/1', '/2', '/3']);
});

/** What it shows, a list with {} for the origin, the paths that are in it. */
const LISTS = [
  ['blank lines and # comments are skipped', '\n# one\n  # two\n{}/1\n\n   \n\t\n#{}/no\n{}/2\n', ['/1', '/2']],
  ['lines may end in CR LF', '# c\r\n{}/1\r\n\r\n{}/2\r\n', ['/1', '/2']],
  ['a byte order mark is no part of the first URL', '\ufeff{}/1\n{}/2\n', ['/1', '/2']],
  ['a byte order mark before a comment', '\ufeff# c\n{}/1\n', ['/1']],
  ['the last line may lack its end', '{}/1\n{}/2', ['/1', '/2']],
  ['the last line may lack its end and be a comment', '{}/1\n# end', ['/1']],
  ['blanks around a URL do not count', '  {}/1\t\n\t{}/2  ', ['/1', '/2']],
  ['a # within a URL is a fragment', '{}/1#here\n', ['/1']],
  ['the same URL twice is fetched twice', '{}/1\n{}/1\n', ['/1', '/1']],
  ['a list may be one comment', '# nothing', []],
  ['characters may lie across two reads', `${'# ünïcödé\n'.repeat(9000)}{}/é\n`, ['/%C3%A9']],
];
/** The lists' paths, each list's under a folder of its own. */
const fetchedOfLists = (async () => {
  const files = LISTS.map(([, content], i) =>
    makeFile(`list${i}`, content.replaceAll('{}', `${nginx.origin}/list${i}`)),
  );
  const { code, stdout } = await runCommand(['--jsonl', ...(await Promise.all(files)).flatMap((file) => ['-i', file])]);
  return { code, paths: pathsOf(stdout) };
})();

for (const [i, [what, , paths]] of LISTS.entries()) {
  test(what, async () => {
    const fetched = await fetchedOfLists;
    assert.equal(fetched.code, 0);
    assert.deepEqual(
      fetched.paths.filter((path) => path.startsWith(`/list${i}/`)),
      paths.map((path) => `/list${i}${path}`),
    );
  });
}

test('an empty list is no failure, from a file and from stdin', async () => {
  const empty = await makeFile('empty', '');
  for (const args of [['-i', empty], ['-']]) assert.equal((await runCommand(args)).code, 0);
});

test('stdin is read in the same way', async () => {
  const { stdout } = await runCommand(['--jsonl', '-'], {
    input: `\ufeff# c\r\n\r\n  ${nginx.origin}/1\t\r\n#${nginx.origin}/no\r\n${nginx.origin}/2`,
  });
  assert.deepEqual(pathsOf(stdout), ['/1', '/2']);
});

test('a list may be a pipe', async () => {
  const { code, stdout } = await runShell(
    `fetchloop --jsonl -i <(echo ${nginx.origin}/1; sleep 0.2; echo ${nginx.origin}/2)`,
  );
  assert.deepEqual([code, pathsOf(stdout)], [0, ['/1', '/2']]);
});

test('a result comes while the list is still being written', async (t) => {
  const command = startCommand(t, ['-'], { input: null });
  command.child.stdin.write(`${nginx.origin}/first\n`);
  await command.until('stdout', /\/first\n/);
  command.child.stdin.write(`${nginx.origin}/sec`);
  await sleep(50);
  command.child.stdin.end('ond\n');
  const { code, stdout } = await command.ended;
  assert.equal(code, 0);
  assert.match(stdout, /\/second\n$/);
});

test('a list that is given without -i is told of as what it is', async () => {
  const list = await makeFile('forgotten.txt', `${nginx.origin}/in-it\n`);
  const { code, stdout, stderr } = await runCommand([list]);
  assert.equal(code, 1);
  assert.match(stdout, /^fail .*: no scheme/);
  assert.ok(stderr.startsWith(`fetchloop: ${list} is a file: to read URLs from it, say -i ${list}\n`), stderr);
});
