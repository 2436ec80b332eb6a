/** Whoever reads what the command writes: slowly, in part, not at all. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLI, records, runShell } from './support/command.js';
import { startNginx } from './support/nginx.js';
import { test, urlsOf } from './support/test.js';

const nginx = await startNginx({ after });

test('a reader who is slow gets every line: the command waits', async () => {
  const input = urlsOf(nginx.origin, 5000).join('\n');
  // Long after they are all fetched, unless the command waits; and a pipe holds only a few hundred lines.
  const runs = ['--jsonl', ''].map((args) =>
    runShell(`fetchloop ${args} --parallel-max-host 50 - 2>/dev/null | (sleep 4; cat); exit \${PIPESTATUS[0]}`, {
      input,
    }),
  );
  for (const { code, stdout } of await Promise.all(runs)) {
    assert.equal(code, 0);
    assert.equal(stdout.split('\n').length - 1, 5000);
    assert.ok(stdout.endsWith('\n'));
  }
});

test('while nobody reads, no more is fetched than the buffers between hold', async (t) => {
  const child = spawn(process.execPath, [CLI, '--jsonl', '-s', '--parallel-max-host', '50', '-'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  child.stdin.on('error', () => {}); // it is killed
  const feed = () => {
    while (child.stdin.write(`${nginx.origin}/unread\n`.repeat(100)));
    child.stdin.once('drain', feed);
  };
  feed();
  await once(child.stdout, 'readable'); // and never read
  await sleep(3000); // time for ten thousand
  const fetched = (await nginx.requests()).filter((path) => path === '/unread').length;
  assert.ok(fetched < 4000, `${fetched} were fetched for nobody`);
});

test('one record that is longer than a pipe holds is written whole', async () => {
  const url = `http://127.0.0.1/${'x'.repeat(70_000)}`;
  for (let i = 0; i < 5; i++) {
    const { stdout } = await runShell('fetchloop -s --jsonl - | (sleep 0.3; cat)', { input: `${url}\n`.repeat(5) });
    assert.deepEqual(
      records(stdout).map((record) => record.url.length),
      Array(5).fill(url.length),
    );
  }
});

test('| head -1 ends quietly', async () => {
  const lines = ['', '--jsonl', '-s --jsonl'].map(
    (args) => `yes ${nginx.origin}/x | head -50000 | fetchloop ${args} - | head -1`,
  );
  for (const { stdout, stderr } of await Promise.all(lines.map((line) => runShell(line)))) {
    assert.match(stdout, /^[^\n]+\n$/);
    assert.equal(stderr, '');
  }
});

test('--race | head -1 says nothing more than that the race began', async () => {
  const { stdout, stderr } = await runShell(`fetchloop --race ${urlsOf(nginx.origin, 500).join(' ')} | head -1`);
  assert.match(stdout, /^200 [^\n]*\n$/);
  assert.match(stderr, /^[^\n]*\n?$/);
});

test('| head -1 with a list that never ends', async () => {
  const { stdout, stderr } = await runShell(`yes ${nginx.origin}/x | fetchloop - | head -1`);
  assert.match(stdout, /^200 [^\n]*\n$/);
  assert.equal(stderr, '');
});

test('--help | head -1', async () => {
  const { stdout, stderr } = await runShell('fetchloop --help | head -1');
  assert.match(stdout, /^Usage[^\n]*\n$/);
  assert.equal(stderr, '');
});

test('a stdout that is full: a message, no stack trace, and not exit code 0', async () => {
  const { code, stderr } = await runShell(`fetchloop ${nginx.origin}/1 >/dev/full`);
  assert.ok(code !== 0 && code !== null);
  assert.match(stderr, /no space/i);
  assert.doesNotMatch(stderr, /^\s+at /m);
});

test('a stderr that is closed or full changes nothing', async () => {
  const lines = ['2>&-', '2>/dev/full', '2> >(true)'].map((where) => `fetchloop ${nginx.origin}/1 ${where}`);
  for (const { code, stdout } of await Promise.all(lines.map((line) => runShell(line)))) {
    assert.equal(code, 0);
    assert.match(stdout, /\/1\n$/);
  }
});

test('a stdin that is closed is an empty one', async () => {
  const { code, stderr } = await runShell('fetchloop - <&-');
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /^\s+at /m);
});
