/** What is made of the table of options: help, the manual page, and completions, in the shells themselves. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { completion } from '../../node/command/completion.js';
import { helpText } from '../../node/command/help.js';
import { manPage } from '../../node/command/man.js';
import { GROUPS, OPTIONS } from '../../node/command/options.js';
import { runCommand } from './support/command.js';
import { test } from './support/test.js';

const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));
for (const shell of ['bash', 'zsh', 'fish']) await writeFile(join(folder, shell), completion(shell));
await writeFile(join(folder, 'file.txt'), '');

const run = (file, args, options) => spawnSync(file, args, { cwd: folder, encoding: 'utf8', ...options });

test('--help of a group has that group alone; of what is none, the groups', async () => {
  for (const [title, group] of Object.entries(GROUPS)) {
    const text = helpText([title.split(' ')[0].toLowerCase()]);
    assert.ok(text.includes(`${title}\n`), title);
    assert.deepEqual(
      text.match(/^ {2}.{4}--[\w.-]+/gm).map((row) => row.slice(8)),
      Object.keys(group),
    );
  }
  const { code, stderr } = await runCommand(['--help', 'nonsense']);
  assert.equal(code, 2);
  assert.match(stderr, /^fetchloop: --help nonsense: there are all, input, request/);
});

test('no two options have a name in common, and each has a line', () => {
  const groups = Object.values(GROUPS).flatMap((group) => Object.keys(group));
  assert.equal(groups.length, Object.keys(OPTIONS).length);
  const letters = Object.values(OPTIONS).flatMap(({ short }) => short ?? []);
  assert.deepEqual(letters, [...new Set(letters)]);
  for (const [name, { excludes = [] }] of Object.entries(OPTIONS)) {
    for (const other of excludes) assert.ok(OPTIONS[other], `${name} excludes ${other}, which is none`);
  }
});

test('the manual page: mandoc has nothing to say but that it lacks a date, man shows each option', async () => {
  const { stdout } = await runCommand(['man']);
  assert.equal(stdout, manPage());
  const page = join(folder, 'fetchloop.1');
  await writeFile(page, stdout);
  const lint = run('mandoc', ['-T', 'lint', page]).stdout.split('\n');
  assert.deepEqual(
    lint.filter((line) => line !== '' && !line.includes('missing date')),
    [],
  );
  const shown = run('mandoc', ['-T', 'ascii', page]).stdout.replace(/.\x08/g, '');
  for (const [name, { short }] of Object.entries(OPTIONS)) {
    assert.ok(shown.includes(short ? `-${short}, --${name}` : `       --${name}`), name);
  }
});

/** What bash would offer. */
function inBash(...words) {
  const script = `source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fetchloop; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = run('bash', ['-c', script, 'bash', 'fetchloop', ...words]);
  assert.doesNotMatch(stderr, /syntax|unexpected/);
  return stdout.split('\n').filter(Boolean);
}

function inFish(line) {
  const { stdout, stderr } = run('fish', ['--no-config', '-c', `source ./fish; complete -C '${line}'`], {
    env: { ...process.env, HOME: folder },
  });
  assert.equal(stderr, '');
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((one) => one.split('\t')[0]);
}

/** What zsh lists on a terminal, its only place to complete, for a line and Tab; until `last` is among it. */
function inZsh(line, last) {
  const script = `
    zmodload zsh/zpty
    zpty z zsh -f -i
    zpty -w z 'stty cols 200 rows 200; autoload -U compinit; compinit -u -D; source ./zsh; LISTMAX=0; bindkey "^I" list-choices'
    zpty -w z 'print DO""NE'
    zpty -r -m z seen '*DONE*'
    zpty -n -w z $1$'\\t'
    for i in {1..200}; do
      while zpty -r -t z part; do all+=$part; done
      [[ $all == *$2* ]] && break
      sleep 0.05
    done
    print -r -- $all`;
  const { stdout, stderr } = run('zsh', ['-f', '-c', script, 'zsh', line, last]);
  assert.equal(stderr, '');
  const text = stdout.replace(/\x1b\[\d*A/g, '\n'); // back to the line, below which the list stands
  const listed = text.replace(/\x1b\[\??[\d;]*[A-Za-z]/g, '').split(/\r?\n/);
  return listed.flatMap((row) =>
    row
      .replace(/ -- .*$/, '')
      .trim()
      .split(/ {2,}/),
  );
}

for (const [what, words, offered] of [
  ['long options', ['--par'], ['--parallel-max', '--parallel-max-host']],
  ['words that an option takes', ['--input-format', ''], ['csv', 'lines', 'ndjson', 'sitemap', 'tsv']],
  ['files', ['-i', 'fil'], ['file.txt']],
  ['shells', ['completion', ''], ['bash', 'zsh', 'fish']],
  ['what is no URL', ['comp'], ['completion']],
]) {
  test(`bash, fish and zsh complete ${what}`, () => {
    const line = `fetchloop ${words.join(' ')}`;
    assert.deepEqual(inBash(...words).sort(), [...offered].sort());
    assert.deepEqual(inFish(line).sort(), [...offered].sort());
    if (offered.length === 1) return; // zsh completes what is the only one, and lists nothing
    const listed = inZsh(line, offered.at(-1));
    for (const one of offered) assert.ok(listed.includes(one), `${one} is not among ${listed}`);
  });
}

test('each option is completed in bash, fish and zsh', () => {
  const names = Object.keys(OPTIONS).map((name) => `--${name}`);
  assert.deepEqual(inBash('--').sort(), [...names].sort());
  assert.deepEqual(inFish('fetchloop --').sort(), [...names].sort());
  const listed = inZsh('fetchloop --', '--version');
  for (const name of names) assert.ok(listed.includes(name), name);
});

test('completion of no shell is refused', async () => {
  const { code, stderr } = await runCommand(['completion', 'tcsh']);
  assert.deepEqual([code, stderr], [2, "fetchloop: completion takes a shell: bash, zsh, fish, not 'tcsh'\n"]);
});
