/** --journal, --failures, retry: no work is lost, and none is done twice. */
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { CLI, records, runCommand, startCommand } from './support/command.js';
import { startNginx } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { eventually, test, urlsOf } from './support/test.js';

const nginx = await startNginx({ after });
const FAST = ['--parallel-max', '64', '--parallel-max-host', '64'];

async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), 'fetchloop-journal-'));
  t.after(() => rm(path, { recursive: true }));
  return { path, journal: join(path, 'journal') };
}

async function journalOf(path) {
  return records(await readFile(path, 'utf8')).sort((a, b) => a.urlnum - b.urlnum);
}

test(
  '100,000 URLs, killed five times: each is in the journal once in the end, and what was told is there at once',
  async (t) => {
    const count = 100_000;
    const { path, journal } = await folder(t);
    const list = join(path, 'list');
    await writeFile(list, `${urlsOf(nginx.origin, count).join('\n')}\n`);
    const args = ['--jsonl', '-s', ...FAST, '--journal', journal, '-i', list];

    const told = new Set();
    for (let kill = 0; kill < 5; kill++) {
      const command = startCommand(t, args);
      const killedAfter = Math.random() * 7_000_000; // bytes: 15,000 records
      let stdout = '';
      command.child.stdout.on('data', (text) => {
        stdout += text;
        if (stdout.length > killedAfter) command.child.kill('SIGKILL');
      });
      assert.equal((await command.ended).signal, 'SIGKILL');
      const lines = stdout.slice(0, stdout.lastIndexOf('\n') + 1);
      const kept = new Set((await readFile(journal, 'utf8')).split('\n'));
      for (const line of lines.split('\n')) assert.ok(kept.has(line), `told, and not in the journal: ${line}`);
      for (const { urlnum } of records(lines)) {
        assert.ok(!told.has(urlnum), `${urlnum} was told twice`);
        told.add(urlnum);
      }
    }
    const { code } = await runCommand(args);
    assert.equal(code, 0);
    const all = await journalOf(journal);
    assert.equal(all.length, count);
    for (const [i, { urlnum, url, exitcode }] of all.entries()) {
      assert.deepEqual([urlnum, url, exitcode], [i, `${nginx.origin}/${i}`, 0]);
    }
  },
  { timeout: 120_000 },
);

test('the same command again has nothing left to do; the URLs that a list has twice are fetched twice', async (t) => {
  const { journal } = await folder(t);
  const urls = [`${nginx.origin}/twice`, `${nginx.origin}/once`, `${nginx.origin}/twice`];
  const asked = async () => (await nginx.requests()).filter((path) => /^\/(twice|once)$/.test(path)).length;
  for (const expected of [3, 3]) {
    const { code } = await runCommand(['--journal', journal, ...urls]);
    assert.equal(code, 0);
    assert.equal(await asked(), expected);
    assert.deepEqual(
      (await journalOf(journal)).map(({ url }) => url),
      urls,
    );
  }
});

test('what Ctrl-C cancelled is fetched the next time, and what failed is not; that it failed is not forgotten', async (t) => {
  let slow = true;
  const asked = [];
  const server = await startHttp(t, (request, response) => {
    asked.push(request.url);
    if (request.url === '/slow' && slow) return;
    response.writeHead(request.url === '/bad' ? 404 : 200).end();
  });
  const { journal } = await folder(t);
  const args = ['-f', '--journal', journal, ...['/good', '/bad', '/slow'].map((path) => server.origin + path)];
  const command = startCommand(t, args);
  await eventually(async () => (await readFile(journal, 'utf8').catch(() => '')).split('\n').length === 3);
  command.child.kill('SIGINT');
  assert.equal((await command.ended).code, 130);
  slow = false;
  asked.length = 0;
  const { code, stderr } = await runCommand(args);
  assert.deepEqual(asked, ['/slow']);
  assert.equal(code, 1);
  assert.match(stderr, /^1 URL in .* 1 fetched, 0 failed$/m);
  assert.match(stderr, /^journal: 2 URLs had ended before, 1 of them failed$/m);
});

test('a last line that is torn, or a block never written, is cut off; its URL is fetched again', async (t) => {
  const { journal } = await folder(t);
  const args = ['-s', '--journal', journal, ...urlsOf(nginx.origin, 3)];
  await runCommand(args);
  const whole = await readFile(journal, 'utf8');
  const [last] = whole.match(/[^\n]*\n$/);
  const torn = ['', '{', last.slice(0, 20), last.slice(0, -1), '\0'.repeat(last.length), `${last.slice(0, 50)}\n`];
  for (const tail of torn) {
    await writeFile(journal, whole.slice(0, -last.length) + tail);
    const { code, stderr } = await runCommand(args);
    assert.deepEqual([code, stderr], [0, ''], JSON.stringify(tail));
    assert.deepEqual(
      (await journalOf(journal)).map(({ urlnum }) => urlnum),
      [0, 1, 2],
    );
  }
});

test('a file that is no journal is refused, and left as it is', async (t) => {
  const { path, journal } = await folder(t);
  const list = join(path, 'list');
  await writeFile(list, `${nginx.origin}/1\n${nginx.origin}/2`);
  const { code, stderr } = await runCommand(['--journal', list, '-i', list]);
  assert.equal(code, 2);
  assert.match(stderr, /line 1 of .*list is no record of a journal/);
  assert.equal(await readFile(list, 'utf8'), `${nginx.origin}/1\n${nginx.origin}/2`);

  await runCommand(['-s', '--journal', journal, ...urlsOf(nginx.origin, 2)]);
  await appendFile(journal, `nonsense\n${(await readFile(journal, 'utf8')).replaceAll(/"urlnum":\d/g, '"urlnum":2')}`);
  const damaged = await runCommand(['--journal', journal, ...urlsOf(nginx.origin, 3)]);
  assert.equal(damaged.code, 2);
  assert.match(damaged.stderr, /line 3 of .*nonsense/);
});

test('another list is noticed; one that has grown at its end is not another', async (t) => {
  const { journal } = await folder(t);
  const [first, second, third] = urlsOf(nginx.origin, 3);
  await runCommand(['-s', '--journal', journal, first, second]);
  const longer = await runCommand(['-s', '--journal', journal, first, second, third]);
  assert.deepEqual([longer.code, longer.stderr], [0, '']);
  for (const list of [[first], [first, third, second]]) {
    const { code, stderr } = await runCommand(['--journal', journal, ...list]);
    assert.equal(code, 2);
    assert.match(stderr, /the list is not the one that .*journal was begun with: /);
    assert.doesNotMatch(stderr, /^\s+at /m);
  }
});

test('two runs on one journal are refused; one that was killed holds it no more', async (t) => {
  const server = await startHttp(t, () => {});
  const { journal } = await folder(t);
  const args = ['--journal', journal, server.origin];
  const first = startCommand(t, args);
  await eventually(() => server.sockets.size === 1);
  const { code, stderr } = await runCommand(args);
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`journal is in use by process ${first.child.pid}`));

  first.child.kill('SIGKILL');
  await first.ended;
  // As when another process has got its id since.
  const lock = JSON.parse(await readFile(`${journal}.lock`, 'utf8'));
  await writeFile(`${journal}.lock`, JSON.stringify({ ...lock, pid: process.pid }));
  const next = await runCommand(['-s', '--journal', journal, `${nginx.origin}/1`]);
  assert.deepEqual([next.code, next.stderr], [0, '']);
  await assert.rejects(stat(`${journal}.lock`), { code: 'ENOENT' });
});

test('retry of a journal runs what failed, and leaves one record of each', async (t) => {
  let broken = true;
  const asked = [];
  const server = await startHttp(t, (request, response) => {
    asked.push(request.url);
    response.writeHead(broken && /[13]/.test(request.url) ? 404 : 200).end();
  });
  const { journal } = await folder(t);
  const first = await runCommand(['-s', '-f', '--journal', journal, ...urlsOf(server.origin, 5)]);
  assert.equal(first.code, 1);
  broken = false;
  asked.length = 0;
  const { code, stdout } = await runCommand(['retry', journal, '-f', '--jsonl']);
  assert.equal(code, 0);
  assert.deepEqual(asked.sort(), ['/1', '/3']);
  assert.deepEqual(
    records(stdout)
      .map(({ urlnum, url }) => [urlnum, url])
      .sort(),
    [
      [1, `${server.origin}/1`],
      [3, `${server.origin}/3`],
    ],
  );
  const all = await journalOf(journal);
  assert.deepEqual(
    all.map(({ urlnum, response_code }) => [urlnum, response_code]),
    [0, 1, 2, 3, 4].map((urlnum) => [urlnum, 200]),
  );
  const again = await runCommand(['retry', journal]);
  assert.deepEqual([again.code, again.stdout], [0, '']);
});

test('--failures has what failed and what was cancelled, and retry runs it', async (t) => {
  let broken = true;
  const server = await startHttp(t, (request, response) => {
    if (broken && request.url === '/2') return;
    response.writeHead(broken && request.url === '/1' ? 404 : 200).end();
  });
  const { path } = await folder(t);
  const file = join(path, 'failed.ndjson');
  const command = startCommand(t, ['-f', '--failures', file, ...urlsOf(server.origin, 3)]);
  await command.until('stdout', /\n[^\n]*\n/);
  command.child.kill('SIGINT');
  await command.ended;
  const failed = records(await readFile(file, 'utf8'));
  assert.deepEqual(failed.map(({ url }) => url).sort(), urlsOf(server.origin, 3).slice(1));

  broken = false;
  const { code, stdout } = await runCommand(['retry', file, '--failures', file]);
  assert.equal(code, 0);
  assert.equal(stdout.split('\n').length - 1, 2);
  assert.equal(await readFile(file, 'utf8'), '');
});

test('retry of what is neither a journal nor failures says so', async (t) => {
  const { path } = await folder(t);
  const list = join(path, 'list');
  await writeFile(list, 'http://127.0.0.1/\n');
  const wrong = { [list]: /neither a journal nor/, [join(path, 'none')]: /there is no such file/ };
  for (const [file, message] of Object.entries(wrong)) {
    const { code, stderr } = await runCommand(['retry', file]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
  assert.equal((await runCommand(['retry'])).code, 2);
});

test('a journal that can not be written ends the run with a message, and exit code 1', async (t) => {
  const { path, journal } = await folder(t);
  const program = ['bash', '-c', `ulimit -f 8; exec "${process.execPath}" "${CLI}" "$@"`, 'fetchloop']; // kilobytes
  const full = await runCommand(['--jsonl', '--journal', journal, ...urlsOf(nginx.origin, 1000)], { program });
  assert.equal(full.code, 1);
  assert.match(full.stderr, /can't write the journal .*: .*too large/i);
  assert.doesNotMatch(full.stderr, /^\s+at /m);
  const kept = new Set((await readFile(journal, 'utf8')).split('\n'));
  for (const line of full.stdout.split('\n')) assert.ok(line === '' || kept.has(line), line);

  for (const none of ['/dev/full', path, join(path, 'no/folder')]) {
    const { code, stderr } = await runCommand(['--journal', none, `${nginx.origin}/1`]);
    assert.equal(code, 1);
    assert.match(stderr, /can't open the journal/);
    assert.doesNotMatch(stderr, /ENOENT/);
  }
});
