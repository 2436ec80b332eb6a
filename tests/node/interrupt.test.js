/** Ctrl-C. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { records, startCommand } from './support/command.js';
import { startNginx } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { eventually, test, urlsOf } from './support/test.js';

const nginx = await startNginx({ after });

test('SIGINT aborts what is in flight, still prints the summary, exit code 130', async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/0') response.end();
  });
  for (const args of [[], ['--jsonl']]) {
    const command = startCommand(t, [...args, ...urlsOf(server.origin, 20)]);
    await command.until('stdout', /\/0"?/);
    command.child.kill('SIGINT');
    const { code, stdout, stderr } = await command.ended;
    assert.equal(code, 130);
    assert.match(stderr, /^\d+ URLs in .* 1 fetched/m);
    assert.match(stderr, /interrupt/i);
    if (args.length) for (const { exitcode } of records(stdout).slice(1)) assert.equal(exitcode, 42);
    await eventually(() => server.sockets.size === 0);
  }
});

test('SIGINT while stdin is waited for', async (t) => {
  const command = startCommand(t, ['-'], { input: null });
  command.child.stdin.write(`${nginx.origin}/1\n`);
  await command.until('stdout', /\/1\n/);
  command.child.kill('SIGINT');
  const { code, stderr } = await command.ended;
  assert.equal(code, 130);
  assert.match(stderr, /^1 URL in .* 1 fetched/m);
});

test('SIGINT in the middle of a long list', async (t) => {
  const command = startCommand(t, ['--jsonl', '-'], { input: null });
  const feed = () => {
    while (command.child.stdin.writable && command.child.stdin.write(`${nginx.origin}/x\n`.repeat(100)));
    command.child.stdin.once('drain', feed);
  };
  feed();
  await command.until('stdout', /\n/);
  command.child.kill('SIGINT');
  const { code, stdout, stderr } = await command.ended;
  assert.equal(code, 130);
  const told = Number(stderr.match(/^(\d+) URLs? in/m)[1]);
  assert.equal(records(stdout).length, told, 'what the summary counts is what was told');
});

test('SIGINT during --race, in either half', async (t) => {
  for (const half of [1, 2]) {
    let asked = 0;
    const server = await startHttp(t, (request, response) => {
      if (request.url === '/0' || ++asked < half) response.end();
    });
    const command = startCommand(t, ['--race', ...urlsOf(server.origin, 2)]);
    await eventually(() => asked === half);
    command.child.kill('SIGINT');
    const { code, stderr } = await command.ended;
    assert.equal(code, 130);
    assert.match(stderr, /fetched/);
    assert.match(stderr, /interrupt/i);
    assert.doesNotMatch(stderr, /times as fast/, 'a race that was not run to its end has no winner');
  }
});

test('SIGINT while --race reads its list', async (t) => {
  const command = startCommand(t, ['--race', '-'], { input: null });
  // More than a pipe holds: once it is written, the command reads.
  await new Promise((resolve) =>
    command.child.stdin.write(`${nginx.origin}/1\n${'# and so on\n'.repeat(200_000)}`, resolve),
  );
  command.child.kill('SIGINT');
  assert.equal((await command.ended).code, 130);
});

test('SIGINT twice ends at once, even if nobody reads stdout', async (t) => {
  const server = await startHttp(t, () => {});
  const command = startCommand(t, [server.origin]);
  await eventually(() => server.sockets.size === 1);
  command.child.kill('SIGINT');
  command.child.kill('SIGINT');
  assert.equal((await command.ended).code, 130);
});
