import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOptions, UsageError } from '../../node/options.js';
import { CLI, records, runCommand, runShell, startCommand } from './support/command.js';
import { freePort, startNginx } from './support/nginx.js';
import { startCounting, startHttp, startMute } from './support/odd-servers.js';
import { eventually, test, urlsOf } from './support/test.js';

const nginx = await startNginx({ after }, { locations: 'location = /404 { return 404 "no"; } location = /500 { return 500 "no"; }' });
const slow = await startCounting({ after }, { latency: 700 });
const mute = await startMute({ after });
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));

async function makeFile(name, content) {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** The paths that were asked for, in the list's order. */
function pathsOf(stdout) {
  return records(stdout).sort((a, b) => a.urlnum - b.urlnum).map((record) => new URL(record.url).pathname);
}

const LINE = /^(\d{3} |fail) +(\d+\.\d+ s|-) +([\d.]+ k?M?B|-)  (\S.*)$/;

// ---- Output

test('a line a result: status, seconds, size, URL', async () => {
  const { code, stdout } = await runCommand([`${nginx.origin}/abc`]);
  assert.equal(code, 0);
  const [, status, , size, url] = stdout.match(/^(\d+) +(\d+\.\d+) s +(\d+ B)  (\S+)\n$/);
  assert.deepEqual([status, size, url], ['200', '14 B', `${nginx.origin}/abc`]);
});

test('lines come as results end, in the order of completion', async (t) => {
  const server = await startHttp(t, (request, response) => setTimeout(() => response.end(), Number(request.url.slice(1))));
  const command = startCommand([`${server.origin}/1500`, `${server.origin}/0`]);
  await command.until('stdout', /\/0\n/);
  assert.doesNotMatch(await command.until('stdout', /\n/), /\/1500/);
  const { stdout } = await command.ended;
  assert.match(stdout, /\/0\n[^\n]*\/1500\n$/);
});

test('the summary, on stderr: count, failures by kind, wall time, one at a time, speed-up', async (t) => {
  const server = await startCounting(t, { latency: 300 });
  const refused = `http://127.0.0.1:${await freePort()}/`;
  const { code, stdout, stderr } = await runCommand([...urlsOf(server.origin, 6), refused, `${refused}2`, 'no-scheme', `${nginx.origin}/404`]);
  assert.equal(code, 1);
  for (const line of stdout.trimEnd().split('\n')) assert.match(line, LINE);
  const [, count, wall, fetched, failed] = stderr.match(/^(\d+) URLs in (\d+\.\d+) s: (\d+) fetched, (\d+) failed$/m).map(Number);
  assert.deepEqual([count, fetched, failed], [10, 7, 3]);
  assert.match(stderr, /2 × could not connect/);
  assert.match(stderr, /1 × no scheme/);
  assert.match(stderr, /200: 6\b.*404: 1\b/);
  const [, one, speedUp] = stderr.match(/one at a time.* (\d+\.\d+) s.*speed-up (\d+\.\d)/).map(Number);
  assert.ok(one >= 1.8, `six of 0.3 s took ${one} s one at a time`);
  assert.ok(Math.abs(speedUp - one / wall) <= 0.2 + (one / wall) * 0.05, `${speedUp} is not ${one} / ${wall}`);
});

test('the summary says which limit held the run back', async (t) => {
  const servers = [await startCounting(t, { latency: 100 }), await startCounting(t, { latency: 100 })];
  const urls = servers.flatMap((server) => urlsOf(server.origin, 12));
  const heldBack = async (args) => (await runCommand([...args, ...urls])).stderr.match(/^held back.*$/m)?.[0];
  assert.match(await heldBack(['--parallel-max-host', '2']), /--parallel-max-host 2\b/);
  assert.match(await heldBack(['--parallel-max', '3']), /--parallel-max 3\b/);
  assert.doesNotMatch((await heldBack(['--parallel-max-host', '12'])) ?? '', /--parallel/);
});

test('stdout has data only: nothing of the summary', async () => {
  const { stdout } = await runCommand(urlsOf(nginx.origin, 20));
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 20);
  for (const line of lines) assert.match(line, LINE);
});

test('-q: nothing on stdout and stderr, the exit code tells', async () => {
  const quiet = { signal: null, stdout: '', stderr: '' };
  assert.deepEqual(await runCommand(['-q', `${nginx.origin}/`]), { code: 0, ...quiet });
  assert.deepEqual(await runCommand(['--quiet', 'no-scheme']), { code: 1, ...quiet });
  const { stdout, stderr } = await runCommand(['-q', '--jsonl', `${nginx.origin}/`]);
  assert.deepEqual([records(stdout).length, stderr], [1, '']);
});

test('no colours in a pipe, nor with FORCE_COLOR in --jsonl', async () => {
  const { stdout } = await runCommand([`${nginx.origin}/404`, 'no-scheme']);
  assert.ok(!stdout.includes('\x1b'));
  const forced = await runCommand(['--jsonl', `${nginx.origin}/404`], { env: { FORCE_COLOR: '1' } });
  assert.ok(!forced.stdout.includes('\x1b'));
});

// ---- --jsonl

const FIELDS = {
  urlnum: 'number', url: 'string', url_effective: 'string', method: 'string', response_code: 'number', exitcode: 'number',
  errormsg: 'null', num_redirects: 'number', num_retries: 'number', size_download: 'number', content_type: 'string', remote_ip: 'any',
  time_queue: 'number', time_namelookup: 'any', time_connect: 'any', time_appconnect: 'any', time_starttransfer: 'number', time_total: 'number',
  filename_effective: 'null',
};

test('--jsonl: an object a result, with the names of curl -w', async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/from') response.writeHead(302, { location: '/to' }).end();
    else setTimeout(() => response.setHeader('content-type', 'text/x-own').end('hello'), 100);
  });
  const { stdout } = await runCommand(['--jsonl', `${server.origin}/from`]);
  const [record] = records(stdout);
  for (const [name, kind] of Object.entries(FIELDS)) {
    assert.ok(name in record, `no ${name}`);
    const is = record[name] === null ? 'null' : typeof record[name];
    assert.ok(kind === 'any' || is === kind, `${name} is ${is}`);
    assert.ok(!name.startsWith('time_') || record[name] !== 0 || name === 'time_queue', `${name} is 0`);
  }
  const { urlnum, url, url_effective, method, response_code, exitcode, num_redirects, num_retries, size_download, content_type } = record;
  assert.deepEqual(
    { urlnum, url, url_effective, method, response_code, exitcode, num_redirects, num_retries, size_download, content_type },
    {
      urlnum: 0, url: `${server.origin}/from`, url_effective: `${server.origin}/to`, method: 'GET', response_code: 200, exitcode: 0,
      num_redirects: 1, num_retries: 0, size_download: 5, content_type: 'text/x-own',
    },
  );
  assert.ok(record.time_starttransfer >= 0.099 && record.time_total >= record.time_starttransfer, 'seconds, as curl has them');
  assert.ok(record.time_total < 5);
});

test('--jsonl: the same numbers as curl has', async () => {
  const urls = ['/a', '/404', '/500'].map((path) => nginx.origin + path);
  const names = ['urlnum', 'url_effective', 'method', 'response_code', 'exitcode', 'errormsg', 'num_redirects', 'size_download', 'content_type'];
  const curl = spawn('curl', ['-s', ...urls.flatMap((url) => ['-o', '/dev/null', url]), '-w', '%{json}\n']);
  const theirs = records((await curl.stdout.setEncoding('utf8').toArray()).join(''));
  const ours = records((await runCommand(['--jsonl', '--sync', ...urls])).stdout);
  for (const list of [ours, theirs]) {
    for (const [i, record] of list.entries()) list[i] = Object.fromEntries(names.map((name) => [name, record[name]]));
  }
  assert.deepEqual(ours, theirs);
});

test('--jsonl: what is not known is null', async () => {
  const { stdout } = await runCommand(['--jsonl', 'no-scheme', `http://127.0.0.1:${await freePort()}/`]);
  const [bad, refused] = records(stdout).sort((a, b) => a.urlnum - b.urlnum);
  for (const name of ['url_effective', 'content_type', 'remote_ip', 'time_total', 'time_starttransfer', 'time_connect', 'filename_effective']) {
    assert.equal(bad[name], null, name);
  }
  assert.deepEqual([bad.response_code, bad.exitcode, refused.response_code, refused.exitcode], [0, 3, 0, 7]);
  assert.deepEqual([refused.time_starttransfer, refused.url_effective, refused.content_type], [null, null, null]);
  assert.ok(refused.time_total > 0);
});

test('--jsonl: 5,000 lines, none interleaved, none missing', async () => {
  const count = 5000;
  const { code, stdout } = await runCommand(['--jsonl', '-q', '--parallel-max-host', '50', '-'], { input: urlsOf(nginx.origin, count).join('\n') });
  assert.equal(code, 0);
  assert.deepEqual(pathsOf(stdout), Array.from({ length: count }, (_, i) => `/${i}`));
});

test('a reader who is slow gets every line: the command waits', async () => {
  const input = urlsOf(nginx.origin, 5000).join('\n');
  // Long after they are all fetched, unless the command waits; and a pipe holds only a few hundred lines.
  const runs = ['--jsonl', ''].map((args) =>
    runShell(`fetchloop ${args} --parallel-max-host 50 - 2>/dev/null | (sleep 4; cat); exit \${PIPESTATUS[0]}`, { input }),
  );
  for (const { code, stdout } of await Promise.all(runs)) {
    assert.equal(code, 0);
    assert.equal(stdout.split('\n').length - 1, 5000);
    assert.ok(stdout.endsWith('\n'));
  }
});

test('while nobody reads, no more is fetched than the buffers between hold', async (t) => {
  const child = spawn(process.execPath, [CLI, '--jsonl', '-q', '--parallel-max-host', '50', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
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
    const { stdout } = await runShell('fetchloop -q --jsonl - | (sleep 0.3; cat)', { input: `${url}\n`.repeat(5) });
    assert.deepEqual(records(stdout).map((record) => record.url.length), Array(5).fill(url.length));
  }
});

// ---- Lists

test('URLs come from arguments, files and stdin, in that order', async () => {
  const [a, b] = await Promise.all(['a', 'b'].map((name) => makeFile(name, `${nginx.origin}/${name}1\n${nginx.origin}/${name}2\n`)));
  const { code, stdout } = await runCommand(['--jsonl', '-i', a, `${nginx.origin}/argument`, '--input-file', b, '-i', '-'], { input: `${nginx.origin}/stdin` });
  assert.equal(code, 0);
  assert.deepEqual(pathsOf(stdout), ['/argument', '/a1', '/a2', '/b1', '/b2', '/stdin']);
});

test('- in place of a URL is stdin', async () => {
  const { stdout } = await runCommand(['--jsonl', `${nginx.origin}/1`, '-', `${nginx.origin}/3`], { input: `${nginx.origin}/2\n` });
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
  const files = LISTS.map(([, content], i) => makeFile(`list${i}`, content.replaceAll('{}', `${nginx.origin}/list${i}`)));
  const { code, stdout } = await runCommand(['--jsonl', ...(await Promise.all(files)).flatMap((file) => ['-i', file])]);
  return { code, paths: pathsOf(stdout) };
})();

for (const [i, [what, , paths]] of LISTS.entries()) {
  test(what, async () => {
    const fetched = await fetchedOfLists;
    assert.equal(fetched.code, 0);
    assert.deepEqual(fetched.paths.filter((path) => path.startsWith(`/list${i}/`)), paths.map((path) => `/list${i}${path}`));
  });
}

test('an empty list is no failure, from a file and from stdin', async () => {
  const empty = await makeFile('empty', '');
  for (const args of [['-i', empty], ['-']]) assert.equal((await runCommand(args)).code, 0);
});

test('stdin is read in the same way', async () => {
  const { stdout } = await runCommand(['--jsonl', '-'], { input: `\ufeff# c\r\n\r\n  ${nginx.origin}/1\t\r\n#${nginx.origin}/no\r\n${nginx.origin}/2` });
  assert.deepEqual(pathsOf(stdout), ['/1', '/2']);
});

test('a list may be a pipe', async () => {
  const { code, stdout } = await runShell(`fetchloop --jsonl -i <(echo ${nginx.origin}/1; sleep 0.2; echo ${nginx.origin}/2)`);
  assert.deepEqual([code, pathsOf(stdout)], [0, ['/1', '/2']]);
});

test('a result comes while the list is still being written', async () => {
  const command = startCommand(['-'], { input: null });
  command.child.stdin.write(`${nginx.origin}/first\n`);
  await command.until('stdout', /\/first\n/);
  command.child.stdin.write(`${nginx.origin}/sec`);
  await sleep(50);
  command.child.stdin.end('ond\n');
  const { code, stdout } = await command.ended;
  assert.equal(code, 0);
  assert.match(stdout, /\/second\n$/);
});

// ---- Options

test('--sync: one after another, in the order of the list', async (t) => {
  const server = await startHttp(t, (request, response) => setTimeout(() => response.end(), request.url === '/0' ? 100 : 0));
  const counting = await startCounting(t, { latency: 10 });
  const { stdout } = await runCommand(['--jsonl', '--sync', `${server.origin}/0`, ...urlsOf(counting.origin, 5)]);
  assert.deepEqual(records(stdout).map((record) => record.urlnum), [0, 1, 2, 3, 4, 5]);
  assert.equal(counting.counts.peak, 1);
  assert.deepEqual(counting.counts.paths, ['/0', '/1', '/2', '/3', '/4']);
});

for (const [args, peak] of [
  [[], 6],
  [['--parallel-max=4', '--parallel-max-host=2'], 2],
  [['--parallel-max-host', '100'], 50],
]) {
  test(`${args.join(' ') || 'no option'}: ${peak} at once, as the server counts`, async (t) => {
    const server = await startCounting(t, { latency: 40 });
    const { code } = await runCommand(['-q', ...args, ...urlsOf(server.origin, 120)]);
    assert.deepEqual([code, server.counts.peak, server.counts.paths.length], [0, peak, 120]);
  });
}

for (const [args, exitcode] of [
  [['-m.3', slow.origin], 28],
  [['--max-time=0.3', slow.origin], 28],
  [['-m', '0', slow.origin], 0],
  [['-m', '99999999999999999999', '--connect-timeout', '99999999999999999999', slow.origin], 0],
  [['--connect-timeout', '0.3', slow.origin], 0],
  [['--connect-timeout', '0.3', `https://127.0.0.1:${mute.port}/`], 28],
]) {
  test(`${args.slice(0, -1).join(' ')} ${exitcode ? 'ends' : 'does not end'} a request`, async () => {
    const { stdout } = await runCommand(['--jsonl', ...args]);
    assert.equal(records(stdout)[0].exitcode, exitcode);
  });
}

for (const [what, args, words] of [
  ['an unknown option', ['--nonsense', 'http://127.0.0.1/'], /--nonsense/],
  ['an unknown short option', ['-Y', 'http://127.0.0.1/'], /-Y/],
  ['an option without its value', ['http://127.0.0.1/', '--parallel-max'], /--parallel-max/],
  ['-i without its value', ['-i'], /-i/],
  ['a value for an option that takes none', ['--jsonl=yes', 'http://127.0.0.1/'], /--jsonl/],
  ['--parallel-max 0', ['--parallel-max', '0', 'http://127.0.0.1/'], /--parallel-max .*'0'/],
  ['--parallel-max 1.5', ['--parallel-max', '1.5', 'http://127.0.0.1/'], /--parallel-max .*'1\.5'/],
  ['--parallel-max ten', ['--parallel-max', 'ten', 'http://127.0.0.1/'], /--parallel-max .*'ten'/],
  ['--parallel-max of nothing', ['--parallel-max', '', 'http://127.0.0.1/'], /--parallel-max .*''/],
  ['--parallel-max-host -3', ['--parallel-max-host=-3', 'http://127.0.0.1/'], /--parallel-max-host .*'-3'/],
  ['--parallel-max 1e9', ['--parallel-max', '999999999999', 'http://127.0.0.1/'], /--parallel-max/],
  ['-m in words', ['-m', '5s', 'http://127.0.0.1/'], /--max-time .*'5s'/],
  ['-m -1', ['--max-time=-1', 'http://127.0.0.1/'], /--max-time .*'-1'/],
  ['-m -1, apart', ['-m', '-1', 'http://127.0.0.1/'], /--max-time/],
  ['--connect-timeout NaN', ['--connect-timeout', 'NaN', 'http://127.0.0.1/'], /--connect-timeout .*'NaN'/],
  ['--connect-timeout Infinity', ['--connect-timeout', 'Infinity', 'http://127.0.0.1/'], /--connect-timeout/],
  ['--sync with --race', ['--sync', '--race'], /--sync .*--race/],
  ['--sync with --parallel-max', ['--sync', '--parallel-max', '4', 'http://127.0.0.1/'], /--sync .*--parallel-max/],
]) {
  test(`wrong usage, ${what}: refused in one line that names it`, () => {
    assert.throws(() => readOptions(args), (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, /^[^\n]+$/);
      assert.match(error.message, words);
      return true;
    });
  });
}

test('wrong usage: one line on stderr, exit code 2, nothing is fetched', async () => {
  for (const args of [[], ['--nonsense', `${nginx.origin}/wrong-usage`], [`${nginx.origin}/wrong-usage`, '-m', 'x']]) {
    const { code, stdout, stderr } = await runCommand(args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^fetchloop: [^\n]+\n$/);
  }
  assert.ok(!(await nginx.requests()).includes('/wrong-usage'));
});

test('--help and --version, on stdout', async () => {
  for (const option of ['--help', '-h']) {
    const { code, stdout, stderr } = await runCommand([option]);
    assert.deepEqual([code, stderr], [0, '']);
    for (const name of ['--sync', '--parallel-max N', '--parallel-max-host N', '-m, --max-time', '--connect-timeout', '-i, --input-file', '--jsonl', '--race', '-q']) {
      assert.ok(stdout.includes(name), name);
    }
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  }
  for (const option of ['--version', '-V']) assert.match((await runCommand([option])).stdout, /^fetchloop \d+\.\d+\.\d+\n$/);
});

// ---- Exit codes

test('exit code: 0 when all were fetched, whatever their status; 1 when some were not', async () => {
  for (const [urls, code] of [
    [['/', '/404', '/500'].map((path) => nginx.origin + path), 0],
    [[`${nginx.origin}/`, 'no-scheme'], 1],
    [[`http://127.0.0.1:${await freePort()}/`], 1],
  ]) {
    assert.equal((await runCommand(urls)).code, code);
  }
});

// ---- Ctrl-C

test('SIGINT aborts what is in flight, still prints the summary, exit code 130', async (t) => {
  const server = await startHttp(t, (request, response) => { if (request.url === '/0') response.end(); });
  for (const args of [[], ['--jsonl']]) {
    const command = startCommand([...args, ...urlsOf(server.origin, 20)]);
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

test('SIGINT while stdin is waited for', async () => {
  const command = startCommand(['-'], { input: null });
  command.child.stdin.write(`${nginx.origin}/1\n`);
  await command.until('stdout', /\/1\n/);
  command.child.kill('SIGINT');
  const { code, stderr } = await command.ended;
  assert.equal(code, 130);
  assert.match(stderr, /^1 URL in .* 1 fetched/m);
});

test('SIGINT in the middle of a long list', async () => {
  const command = startCommand(['--jsonl', '-'], { input: null });
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
    const server = await startHttp(t, (request, response) => { if (request.url === '/0' || ++asked < half) response.end(); });
    const command = startCommand(['--race', ...urlsOf(server.origin, 2)]);
    await eventually(() => asked === half);
    command.child.kill('SIGINT');
    const { code, stderr } = await command.ended;
    assert.equal(code, 130);
    assert.match(stderr, /fetched/);
    assert.match(stderr, /interrupt/i);
    assert.doesNotMatch(stderr, /times as fast/, 'a race that was not run to its end has no winner');
  }
});

test('SIGINT while --race reads its list', async () => {
  const command = startCommand(['--race', '-'], { input: null });
  command.child.stdin.write(`${nginx.origin}/1\n`);
  await sleep(1000); // nothing shows that it reads
  command.child.kill('SIGINT');
  assert.equal((await command.ended).code, 130);
});

test('SIGINT twice ends at once, even if nobody reads stdout', async (t) => {
  const server = await startHttp(t, () => {});
  const command = startCommand([server.origin]);
  await eventually(() => server.sockets.size === 1);
  command.child.kill('SIGINT');
  command.child.kill('SIGINT');
  assert.equal((await command.ended).code, 130);
});

// ---- stdout and stderr that fail

test('| head -1 ends quietly', async () => {
  for (const args of ['', '--jsonl', '-q --jsonl']) {
    const { stdout, stderr } = await runShell(`yes ${nginx.origin}/x | head -50000 | fetchloop ${args} - | head -1`);
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
  for (const where of ['2>&-', '2>/dev/full', '2> >(true)']) {
    const { code, stdout } = await runShell(`fetchloop ${nginx.origin}/1 ${where}`);
    assert.equal(code, 0, where);
    assert.match(stdout, /\/1\n$/);
  }
});

test('a stdin that is closed is an empty one', async () => {
  const { code, stderr } = await runShell('fetchloop - <&-');
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /^\s+at /m);
});

test('it runs from any folder, and through a link', async () => {
  const { code, stdout } = await runShell(`ln -s '${CLI}' linked && '${process.execPath}' linked ${nginx.origin}/1`, { cwd: folder });
  assert.equal(code, 0);
  assert.match(stdout, /\/1\n$/);
});
