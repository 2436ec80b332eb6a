import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { records, runCommand } from './support/command.js';
import { startCounting, startHttp } from './support/odd-servers.js';
import { test, urlsOf } from './support/test.js';

const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));

test('--compare: each tool fetches each URL in each round, in turns, and all agree on what failed', async (t) => {
  const server = await startHttp(t, (request, response) => {
    tools.push(request.headers['user-agent']);
    response.writeHead(request.url === '/2' ? 404 : 200).end('x');
  });
  const tools = [];
  const { code, stdout } = await runCommand(['--compare', 'curl,fetch', '--jsonl', '-f', ...urlsOf(server.origin, 4)]);
  assert.equal(code, 1);
  const rows = records(stdout);
  assert.deepEqual(
    rows.map(({ tool, failed }) => [tool, failed]),
    [
      ['fetchloop', 1],
      ['curl', 1],
      ['fetch', 1],
    ],
  );
  for (const { seconds, per_second, ratio } of rows) assert.ok(seconds > 0 && per_second > 0 && ratio > 0);
  const turns = tools.map((agent) => agent.split('/')[0]).filter((name, i, all) => name !== all[i - 1]);
  assert.deepEqual(turns, Array(3).fill(['fetchloop', 'curl', 'node']).flat());
});

test('--compare prints a table, and names what is not found', async (t) => {
  const server = await startCounting(t, { latency: 1 });
  const path = join(folder, 'bin');
  await mkdir(path);
  await symlink(process.execPath, join(path, 'node'));
  const { code, stdout, stderr } = await runCommand(['--compare', 'curl,fetch', server.origin], {
    env: { PATH: path },
  });
  assert.equal(code, 0);
  assert.match(stderr, /^curl: not found, there is no such program on the PATH$/m);
  assert.match(stdout, /^ +wall time +a second +failed +time, fetchloop = 1\nfetchloop [\d.]+ .*1\.00x\nfetch of Node/);
});

test('--compare of a tool that it does not know, and of nothing', async () => {
  const unknown = await runCommand(['--compare', 'wget', 'http://localhost/']);
  assert.deepEqual([unknown.code, unknown.stdout], [2, '']);
  assert.match(unknown.stderr, /--compare takes curl, requests, aiohttp or fetch, not 'wget'/);
  const empty = await runCommand(['--compare', 'curl', '-']);
  assert.deepEqual([empty.code, empty.stderr], [2, 'fetchloop: nothing to compare: the list is empty\n']);
});
