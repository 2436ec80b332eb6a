import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { OPTIONS } from '../../node/command/options.js';
import { parseOptions } from '../../node/command/parse.js';
import { UsageError } from '../../node/command/usage-error.js';
import { CLI, records, runCommand, runShell, startCommand } from './support/command.js';
import { freePort, startNginx } from './support/nginx.js';
import { startCounting, startHttp, startMute } from './support/odd-servers.js';
import { test, urlsOf } from './support/test.js';

const nginx = await startNginx(
  { after },
  { locations: 'location = /404 { return 404 "no"; } location = /500 { return 500 "no"; }' },
);
const slow = await startCounting({ after }, { latency: 700 });
const mute = await startMute({ after });
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));

/** The paths that were asked for, in the list's order. */
function pathsOf(stdout) {
  return records(stdout)
    .sort((a, b) => a.urlnum - b.urlnum)
    .map((record) => new URL(record.url).pathname);
}

const runAll = (...lists) => Promise.all(lists.map((args) => runCommand(args)));

const LINE = /^(\d{3} |fail) +(\d+\.\d+ s|-) +([\d.]+ k?M?B|-) {2}(\S.*)$/;

// ---- Output

test('a line a result: status, seconds, size, URL', async () => {
  const { code, stdout } = await runCommand([`${nginx.origin}/abc`]);
  assert.equal(code, 0);
  const [, status, , size, url] = stdout.match(/^(\d+) +(\d+\.\d+) s +(\d+ B) {2}(\S+)\n$/);
  assert.deepEqual([status, size, url], ['200', '14 B', `${nginx.origin}/abc`]);
});

test('lines come as results end, in the order of completion', async (t) => {
  const server = await startHttp(t, (request, response) =>
    setTimeout(() => response.end(), Number(request.url.slice(1))),
  );
  const command = startCommand(t, [`${server.origin}/1500`, `${server.origin}/0`]);
  await command.until('stdout', /\/0\n/);
  assert.doesNotMatch(await command.until('stdout', /\n/), /\/1500/);
  const { stdout } = await command.ended;
  assert.match(stdout, /\/0\n[^\n]*\/1500\n$/);
});

test('the summary, on stderr: count, failures by kind, wall time, one at a time, speed-up', async (t) => {
  const server = await startCounting(t, { latency: 300 });
  const refused = `http://127.0.0.1:${await freePort()}/`;
  const { code, stdout, stderr } = await runCommand([
    ...urlsOf(server.origin, 6),
    refused,
    `${refused}2`,
    'no-scheme',
    `${nginx.origin}/404`,
  ]);
  assert.equal(code, 1);
  for (const line of stdout.trimEnd().split('\n')) assert.match(line, LINE);
  const [, count, wall, fetched, failed] = stderr
    .match(/^(\d+) URLs in (\d+\.\d+) s: (\d+) fetched, (\d+) failed$/m)
    .map(Number);
  assert.deepEqual([count, fetched, failed], [10, 7, 3]);
  assert.match(stderr, /2 × could not connect/);
  assert.match(stderr, /1 × no scheme/);
  assert.match(stderr, /200: 6\b.*404: 1\b/);
  const [, one, speedUp] = stderr.match(/one at a time.* (\d+\.\d+) s.*speed-up (\d+\.\d)/).map(Number);
  assert.ok(one >= 1.8, `six of 0.3 s took ${one} s one at a time`);
  assert.ok(Math.abs(speedUp - one / wall) <= 0.2 + (one / wall) * 0.05, `${speedUp} is not ${one} / ${wall}`);
});

test('the summary has no speed-up of a run that a rate made longer than its requests', async (t) => {
  const server = await startCounting(t);
  const { code, stderr } = await runCommand(['--rate', '5/s', ...urlsOf(server.origin, 7)]);
  assert.equal(code, 0);
  assert.match(stderr, /^7 URLs in /m);
  assert.doesNotMatch(stderr, /one at a time|speed-up/);
});

test('the summary says which limit held the run back', async (t) => {
  const servers = [await startCounting(t, { latency: 100 }), await startCounting(t, { latency: 100 })];
  const urls = servers.flatMap((server) => urlsOf(server.origin, 12));
  const [byHost, byAll, byNone, byRate] = await runAll(
    ['--parallel-max-host', '2', ...urls],
    ['--parallel-max', '3', ...urls],
    ['--parallel-max-host', '12', ...urls],
    ['--rate', '10/s', '--parallel-max-host', '12', ...urls],
  );
  assert.match(byHost.stderr, /^held back.* --parallel-max-host 2\b/m);
  assert.match(byAll.stderr, /^held back.* --parallel-max 3\b/m);
  assert.match(byRate.stderr, /^held back by: a rate: yours \(--rate/m);
  assert.doesNotMatch(byNone.stderr, /--parallel/);
});

test('stdout has data only: nothing of the summary', async () => {
  const { stdout } = await runCommand(urlsOf(nginx.origin, 20));
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 20);
  for (const line of lines) assert.match(line, LINE);
});

test('-s: nothing on stdout and stderr, the exit code tells; with -S, what failed does, too', async () => {
  const quiet = { signal: null, stdout: '', stderr: '' };
  const [well, badly, json, told] = await runAll(
    ['-s', `${nginx.origin}/`],
    ['--silent', 'no-scheme'],
    ['-s', '--jsonl', `${nginx.origin}/`],
    ['-fsSL', `${nginx.origin}/`, 'no-scheme', `${nginx.origin}/404`],
  );
  assert.deepEqual(well, { code: 0, ...quiet });
  assert.deepEqual(badly, { code: 1, ...quiet });
  assert.deepEqual([records(json.stdout).length, json.stderr], [1, '']);
  assert.deepEqual([told.code, told.stdout], [1, '']);
  assert.deepEqual(told.stderr.trimEnd().split('\n').sort(), [
    `fetchloop: (22) ${nginx.origin}/404: the status says that it failed (404 Not Found)`,
    'fetchloop: (3) no-scheme: no scheme, write http:// or https:// before it',
  ]);
});

test('no colours in a pipe, nor with FORCE_COLOR in --jsonl', async () => {
  const { stdout } = await runCommand([`${nginx.origin}/404`, 'no-scheme']);
  assert.ok(!stdout.includes('\x1b'));
  const forced = await runCommand(['--jsonl', `${nginx.origin}/404`], { env: { FORCE_COLOR: '1' } });
  assert.ok(!forced.stdout.includes('\x1b'));
});

// ---- --jsonl

const FIELDS = {
  urlnum: 'number',
  url: 'string',
  id: 'null',
  line: 'null',
  url_effective: 'string',
  method: 'string',
  response_code: 'number',
  exitcode: 'number',
  errormsg: 'null',
  num_redirects: 'number',
  num_retries: 'number',
  size_download: 'number',
  content_type: 'string',
  remote_ip: 'any',
  time_queue: 'number',
  time_namelookup: 'any',
  time_connect: 'any',
  time_appconnect: 'any',
  time_starttransfer: 'number',
  time_total: 'number',
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
  const {
    urlnum,
    url,
    url_effective,
    method,
    response_code,
    exitcode,
    num_redirects,
    num_retries,
    size_download,
    content_type,
  } = record;
  assert.deepEqual(
    {
      urlnum,
      url,
      url_effective,
      method,
      response_code,
      exitcode,
      num_redirects,
      num_retries,
      size_download,
      content_type,
    },
    {
      urlnum: 0,
      url: `${server.origin}/from`,
      url_effective: `${server.origin}/to`,
      method: 'GET',
      response_code: 200,
      exitcode: 0,
      num_redirects: 1,
      num_retries: 0,
      size_download: 5,
      content_type: 'text/x-own',
    },
  );
  assert.ok(
    record.time_starttransfer >= 0.099 && record.time_total >= record.time_starttransfer,
    'seconds, as curl has them',
  );
  assert.ok(record.time_total < 5);
});

test('--jsonl: the same numbers as curl has', async () => {
  const urls = ['/a', '/404', '/500'].map((path) => nginx.origin + path);
  const names = [
    'urlnum',
    'url_effective',
    'method',
    'response_code',
    'exitcode',
    'errormsg',
    'num_redirects',
    'size_download',
    'content_type',
  ];
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
  for (const name of [
    'url_effective',
    'content_type',
    'remote_ip',
    'time_total',
    'time_starttransfer',
    'time_connect',
    'filename_effective',
  ]) {
    assert.equal(bad[name], null, name);
  }
  assert.deepEqual([bad.response_code, bad.exitcode, refused.response_code, refused.exitcode], [0, 3, 0, 7]);
  assert.deepEqual([refused.time_starttransfer, refused.url_effective, refused.content_type], [null, null, null]);
  assert.ok(refused.time_total > 0);
});

test('--jsonl: 5,000 lines, none interleaved, none missing', async () => {
  const count = 5000;
  const { code, stdout } = await runCommand(['--jsonl', '-s', '--parallel-max-host', '50', '-'], {
    input: urlsOf(nginx.origin, count).join('\n'),
  });
  assert.equal(code, 0);
  assert.deepEqual(
    pathsOf(stdout),
    Array.from({ length: count }, (_, i) => `/${i}`),
  );
});

// ---- Options

test('--sync: one after another, in the order of the list', async (t) => {
  const server = await startHttp(t, (request, response) =>
    setTimeout(() => response.end(), request.url === '/0' ? 100 : 0),
  );
  const counting = await startCounting(t, { latency: 10 });
  const { stdout } = await runCommand(['--jsonl', '--sync', `${server.origin}/0`, ...urlsOf(counting.origin, 5)]);
  assert.deepEqual(
    records(stdout).map((record) => record.urlnum),
    [0, 1, 2, 3, 4, 5],
  );
  assert.equal(counting.counts.peak, 1);
  assert.deepEqual(counting.counts.paths, ['/0', '/1', '/2', '/3', '/4']);
});

for (const [args, peak] of [
  [[], 6],
  [['--parallel-max=4', '--parallel-max-host=2'], 2],
  [['--parallel-max-host', '100'], 50],
]) {
  test(`${args.join(' ') || 'no option'}: ${peak} at once, as the server counts`, async (t) => {
    const server = await startCounting(t, { latency: 150 }); // longer than 50 take to come, however busy the machine
    const { code } = await runCommand(['-s', ...args, ...urlsOf(server.origin, 60)]);
    assert.deepEqual([code, server.counts.peak, server.counts.paths.length], [0, peak, 60]);
  });
}

test('-m, --max-time and --connect-timeout end requests; 0, or more than anybody waits, does not', async () => {
  const ages = '99999999999999999999';
  const exitcodes = [
    [['-m.3', slow.origin], 28],
    [['--max-time=0.3', slow.origin], 28],
    [['-m', '0', slow.origin], 0],
    [['-m', ages, '--connect-timeout', ages, slow.origin], 0],
    [['--connect-timeout', '0.3', slow.origin], 0],
    [['--connect-timeout', '0.3', `https://127.0.0.1:${mute.port}/`], 28],
  ];
  const ended = await runAll(...exitcodes.map(([args]) => ['--jsonl', ...args]));
  for (const [i, [args, exitcode]] of exitcodes.entries()) {
    assert.equal(records(ended[i].stdout)[0].exitcode, exitcode, args.join(' '));
  }
});

for (const [what, args, words] of [
  ['an unknown option', ['--nonsense', 'http://127.0.0.1/'], /--nonsense/],
  ['an option of another name', ['--concurrency', '5', 'http://127.0.0.1/'], /did you mean --parallel-max\?/],
  ['half an option', ['--parallel', '5', 'http://127.0.0.1/'], /did you mean --parallel-max\?/],
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
    assert.throws(
      () => parseOptions(args),
      (error) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.match(error.message, /^[^\n]+$/);
        assert.match(error.message, words);
        return true;
      },
    );
  });
}

test('wrong usage: one line on stderr, exit code 2, nothing is fetched', async () => {
  const url = `${nginx.origin}/wrong-usage`;
  for (const { code, stdout, stderr } of await runAll([], ['--nonsense', url], [url, '-m', 'x'])) {
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^fetchloop: [^\n]+\n$/);
  }
  assert.ok(!(await nginx.requests()).includes('/wrong-usage'));
});

const VERSION = /^fetchloop \d+\.\d+\.\d+\nEmscripten \d+\.\d+\.\d+, undici \d+\.\d+\.\d+, Node \d+\.\d+\.\d+\n$/;

test('--help and --version, on stdout', async () => {
  const [help, short, all] = await runAll(['--help'], ['-h'], ['--help', 'all']);
  assert.deepEqual(help, short);
  for (const { code, stdout, stderr } of [help, all]) {
    assert.deepEqual([code, stderr], [0, '']);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  }
  assert.ok(help.stdout.split('\n').length <= 25, 'a screen');
  for (const [name, { main, short: letter }] of Object.entries(OPTIONS)) {
    const word = letter ? `-${letter}, --${name}` : `--${name}`;
    assert.match(all.stdout, new RegExp(`${word}\\b`));
    assert.equal(new RegExp(`  ${word}\\b`).test(help.stdout), main === true, word);
  }
  for (const { stdout } of await runAll(['--version'], ['-V'])) assert.match(stdout, VERSION);
});

// ---- Exit codes

test('exit code: 0 when all were fetched, whatever their status; 1 when some were not', async () => {
  const ended = await runAll(
    ['/', '/404', '/500'].map((path) => nginx.origin + path),
    [`${nginx.origin}/`, 'no-scheme'],
    [`http://127.0.0.1:${await freePort()}/`],
  );
  assert.deepEqual(
    ended.map(({ code }) => code),
    [0, 1, 1],
  );
});

test('it runs from any folder, and through a link', async () => {
  const { code, stdout } = await runShell(`ln -s '${CLI}' linked && '${process.execPath}' linked ${nginx.origin}/1`, {
    cwd: folder,
  });
  assert.equal(code, 0);
  assert.match(stdout, /\/1\n$/);
});
