/** Whatever the list or the server brings: a clear message for that URL, and the others go on. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstat, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { records, runCommand, runShell } from './support/command.js';
import { freePort, startNginx } from './support/nginx.js';
import { startFixed, startHttp, startMute, startRaw } from './support/odd-servers.js';
import { test } from './support/test.js';

const nginx = await startNginx({ after });
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));

/** A terminal obeys none of these. */
function assertHarmless(text) {
  const found = text.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  assert.equal(found, null, `control character ${found?.[0].charCodeAt(0)} in ${JSON.stringify(text)}`);
}

// ---- One list of all that is bad, with a good URL before each

const mute = await startMute({ after });
const resetting = await startRaw({ after }, (socket, path) => {
  if (path === '/half') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
  setTimeout(() => socket.resetAndDestroy(), 50);
});

/** What it is, the URL, curl's exit code (several when curl's versions differ), words of the message. */
const BAD_URLS = [
  ['no scheme', 'example.com/a', 3, /example\.com\/a: .*scheme/],
  ['no scheme, but a port', 'localhost:8080/a', 3, /scheme/],
  ['//', '//example.com/', 3, /scheme/],
  ['ftp:', 'ftp://example.com/', 1, /http and https/],
  ['file:', 'file:///etc/passwd', 1, /http and https/],
  ['port 99999', 'http://127.0.0.1:99999/', 3, /port .*65535/],
  ['port 0', 'http://127.0.0.1:0/', 3, /port/],
  ['port -1', 'http://127.0.0.1:-1/', 3, /port/],
  ['a port in letters', 'http://127.0.0.1:http/', 3, /port/],
  ['a space in the path', `${nginx.origin}/a b`, 3, /space .*%20/],
  ['a space in the host', 'http://exa mple.com/', 3, /space/],
  ['a tab', `${nginx.origin}/a\tb`, 3, /control character/],
  ['NUL', `${nginx.origin}/a\0b`, 3, /\\x00.*control character/],
  ['NUL alone', '\0', 3, /\\x00/],
  ['a carriage return within', `${nginx.origin}/a\rHost: other`, 3, /\\x0d/],
  ['no host', 'http:///path', 3, /host/],
  ['no slashes', 'http:127.0.0.1/', 3, /./],
  ['a port and no host', 'http://:80/', 3, /host/],
  ['an address of five parts', 'http://1.2.3.4.5/', 3, /host/],
  ['an address past 255', 'http://256.1.1.1/', 3, /host/],
  ['a bad IPv6 address', 'http://[::zz]/', 3, /host/],
  ['an IPv6 address that is not closed', 'http://[::1/', 3, /host/],
  ['a label of 64 characters', `http://${'a'.repeat(64)}.invalid/`, 6, /resolve/],
  ['a name of 300 characters', `http://${'abcdefghi.'.repeat(30)}invalid/`, 6, /resolve/],
  ['two @', 'http://@@no-such-host.invalid/', 6, /resolve/],
  ['a host that does not resolve', 'http://no-such-host.invalid/', 6, /no-such-host\.invalid.*resolve/],
  ['bytes that are no UTF-8', Buffer.from('http://\xff\xfe.invalid/\x80', 'latin1'), [3, 6], /host|resolve/],
  ['a lone word', 'hello', 3, /scheme/],
  ['javascript:', 'javascript:alert(1)', 1, /http and https/],
  ['markup', '<a href="http://127.0.0.1/">', 3, /./],
  // Programs disagree on whether a backslash ends the host: refused, lest it hide which host it is.
  ['a backslash before @', 'http://127.0.0.1\\@no-such-host.invalid/', 3, /./],
  ['a line of 1 MB', `${nginx.origin}/${'x'.repeat(1_000_000)}`, 3, /longer than 65536 bytes/],
  ['a refused connection', `http://127.0.0.1:${await freePort()}/`, 7, /could not connect/],
  ['a server that never answers', mute.origin, 28, /one attempt took too long$/],
  ['a server whose handshake never ends', `https://127.0.0.1:${mute.port}/`, 28, /timed out while connecting/],
  ['a server that resets the connection before it answers', resetting.origin, 56, /ECONNRESET/],
  // Whether the reset or the end of what was read before is seen first is the kernel's choice.
  ['a server that resets the connection half way', `${resetting.origin}/half`, [18, 56], /ECONNRESET|before the whole/],
];

/** What it does, its bytes, the rest as above. */
const BAD_SERVERS = [
  ['closes at once', '', 52, /without a response/],
  ['closes within the status line', 'HTTP/1.1 20', 52, /without a response/],
  ['closes within the headers', 'HTTP/1.1 200 OK\r\nContent-Le', 52, /without a response/],
  ['closes half way', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', 18, /before the whole response/],
  [
    'closes between two chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
    18,
    /before the whole response/,
  ],
  [
    'closes within a chunk',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe',
    18,
    /before the whole response/,
  ],
  ['speaks no HTTP', 'hello, this is not HTTP\r\n\r\n', 8, /not valid HTTP/],
  ['speaks SSH', 'SSH-2.0-OpenSSH_9.2\r\n', 8, /not valid HTTP/],
  ['sends bare markup', '<html>hello</html>\n', 8, /not valid HTTP/],
  ['sends binary', '\0\x01\x02\xff\xfe', 8, /not valid HTTP/],
  ['has status 000', 'HTTP/1.1 000 Zero\r\nContent-Length: 2\r\n\r\nhi', 8, /not valid HTTP/],
  ['has status 99', 'HTTP/1.1 099 Low\r\nContent-Length: 2\r\n\r\nhi', 8, /not valid HTTP/],
  ['has status 1000', 'HTTP/1.1 1000 High\r\nContent-Length: 2\r\n\r\nhi', 8, /not valid HTTP/],
  ['has a Content-Length in letters', 'HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nhi', 8, /not valid HTTP/],
  ['has a negative Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nhi', 8, /not valid HTTP/],
  [
    'has a Content-Length past all bounds',
    `HTTP/1.1 200 OK\r\nContent-Length: ${'9'.repeat(30)}\r\n\r\nhi`,
    [8, 63],
    /larger than the limit|not valid HTTP/,
  ],
  [
    'has a Content-Length of 1 TB',
    'HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\nhi',
    18,
    /ended before the whole/,
  ],
  [
    'has two different Content-Lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nhello',
    8,
    /not valid HTTP/,
  ],
  [
    'has chunks without a size',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello',
    8,
    /not valid HTTP/,
  ],
  ['has a header without a colon', 'HTTP/1.1 200 OK\r\nno colon here\r\n\r\nhi', 8, /not valid HTTP/],
  ['has NUL in a header', 'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\nhi', 8, /not valid HTTP/],
  ['has headers of 1 MB', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\nhi`, 8, /not valid HTTP/],
  [
    'switches protocols unasked',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: upgrade\r\n\r\n',
    8,
    /not valid HTTP/,
  ],
];

const bad = [...BAD_URLS];
for (const [what, bytes, ...told] of BAD_SERVERS)
  bad.push([`a server that ${what}`, (await startFixed({ after }, bytes)).origin, ...told]);

const list = Buffer.concat(
  bad.flatMap(([, url], i) => [`${nginx.origin}/good/${i}\n`, url, '\n']).map((part) => Buffer.from(part)),
);
const [json, text] = await Promise.all(
  [['--jsonl'], []].map((args) =>
    runCommand([...args, '-m', '2', '--connect-timeout', '1', '-i', '-'], { input: list }),
  ),
);
const told = new Map(records(json.stdout).map((record) => [record.urlnum, record]));
const lines = text.stdout.split('\n').slice(0, -1);

// What curl makes the best of, too.
const UNDERSTOOD = [
  ['has a Content-Length that is too short', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more', 'hi'],
  ['has no length at all', 'HTTP/1.1 200 OK\r\n\r\nto the end', 'to the end'],
  ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nto the end', 'to the end'],
  ['gives no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi', 'hi'],
  [
    'sends early hints',
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    'hi',
  ],
  ['says 100 Continue, unasked', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', 'hi'],
  ['has a 204 with a body', 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi', ''],
  ['has a 204 with a great length', 'HTTP/1.1 204 No Content\r\nContent-Length: 999999999999\r\n\r\n', ''],
  ['has a 304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n', ''],
];
const understood = [];
for (const [what, bytes, body] of UNDERSTOOD)
  understood.push([what, (await startFixed({ after }, bytes)).origin, body.length]);
const understoodRecords = records((await runCommand(['--jsonl', ...understood.map(([, url]) => url)])).stdout);

for (const [i, [what, url, exitcode, words]] of bad.entries()) {
  test(`${what}: a clear message`, () => {
    const record = told.get(2 * i + 1);
    assert.match(record.errormsg, words);
    assert.deepEqual(
      [[exitcode].flat().includes(record.exitcode), record.response_code],
      [true, 0],
      `${record.exitcode}: ${record.errormsg}`,
    );
    assert.ok(record.errormsg.length < 600);
    if (typeof url === 'string' && url.length < 200 && /^[!-?A-~]+$/.test(url))
      // with an @ it may hold a password
      assert.ok(record.errormsg.startsWith(`${url}: `), record.errormsg);
    if (Array.isArray(exitcode)) return; // people may have been told the other
    assert.ok(
      lines.some((line) => line.startsWith('fail ') && line.endsWith(`  ${record.errormsg}`)),
      `people are told: ${lines.filter((line) => line.includes(String(url).slice(0, 100)))}`,
    );
  });
}

test('the good ones go on', () => {
  assert.deepEqual([json.code, text.code, json.signal, text.signal], [1, 1, null, null]);
  assert.equal(told.size, 2 * bad.length);
  for (let i = 0; i < bad.length; i++) assert.equal(told.get(2 * i).response_code, 200);
  assert.equal(lines.filter((line) => /^200 .*\/good\/\d+$/.test(line)).length, bad.length);
});

test('each is one line, short and harmless', () => {
  assert.equal(
    lines.length,
    2 * bad.length,
    `not a line a result: ${lines.find((line) => !/^(200|fail) /.test(line))}`,
  );
  for (const line of lines) {
    assert.ok(line.length < 600, `${line.length} characters: ${line}`);
    assertHarmless(line);
  }
});

test('the summary counts them by kind', () => {
  assert.match(
    text.stderr,
    new RegExp(`^${2 * bad.length} URLs .*\\b${bad.length} fetched, ${bad.length} failed$`, 'm'),
  );
  for (const words of [
    'no scheme',
    'only http and https',
    'port must be',
    'does not resolve',
    'could not connect',
    'not valid HTTP',
    'before the whole response',
  ]) {
    assert.match(text.stderr, new RegExp(words));
  }
  assertHarmless(text.stderr);
});

for (const [what, url, bytes] of understood) {
  test(`a server that ${what} is understood`, () => {
    const { errormsg, exitcode, size_download } = understoodRecords.find((record) => record.url === url);
    assert.deepEqual({ errormsg, exitcode, size_download }, { errormsg: null, exitcode: 0, size_download: bytes });
  });
}

// ---- More of the kind

test('a line of 64 MB is one that is too long', async () => {
  const { code, stdout, stderr } = await runShell(
    `{ echo ${nginx.origin}/before; head -c 64000000 /dev/zero | tr '\\0' x; echo; echo ${nginx.origin}/after; } | fetchloop --jsonl -`,
  );
  assert.equal(code, 1, stderr);
  assert.deepEqual(
    records(stdout)
      .map((record) => record.exitcode)
      .sort(),
    [0, 0, 3],
  );
});

test('an argument that is empty is told of as such', async () => {
  const { code, stdout } = await runCommand(['', `${nginx.origin}/after`]);
  assert.equal(code, 1);
  assert.match(stdout, /empty/i);
  assert.match(stdout, /^200 .*\/after$/m);
});

for (const args of [['-'], ['--race', '-'], ['-s', '--jsonl', '-']]) {
  test(`terminal escapes in a URL are made harmless: fetchloop ${args.join(' ')}`, async () => {
    const escapes = ['/\x1b[31mred\x1b]0;title\x07', '/\u009b31m\u009d0;title\u009c', '/abc\x7f\x08\x08'];
    const { stdout, stderr } = await runCommand(args, { input: escapes.map((path) => nginx.origin + path).join('\n') });
    assert.notEqual(stdout, '');
    assertHarmless(stdout);
    assertHarmless(stderr);
  });
}

test('terminal escapes in an option, an argument and a file name are made harmless', async () => {
  const wrong = [
    ['--\x1b[31m'],
    ['-m', '\x1b[31m', 'http://127.0.0.1/'],
    ['-i', '/\x1b[31m/\x07'],
    ['--parallel-max', '\x9b5', '-'],
  ];
  for (const { code, stdout, stderr } of await Promise.all(wrong.map((args) => runCommand(args)))) {
    assert.deepEqual([code, stdout], [2, '']);
    assertHarmless(stderr);
  }
});

test('terminal escapes in what a server says are made harmless', async (t) => {
  const sly = 'a, b, c, d, e, \x9b31m';
  const server = await startFixed(
    t,
    `HTTP/1.1 200 O\x9bK\r\nContent-Encoding: ${sly}\r\nContent-Type: \x9b31m\r\nContent-Length: 2\r\n\r\nhi`,
  );
  const elsewhere = await startHttp(t, (_request, response) =>
    response.writeHead(302, { location: 'http://\u009b31m/' }).end(),
  );
  const { stdout, stderr } = await runCommand([server.origin, elsewhere.origin]);
  assertHarmless(stdout);
  assertHarmless(stderr);
});

test('what is left over on a connection is not taken for the next answer', async (t) => {
  const server = await startFixed(
    t,
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL',
    { open: true },
  );
  const { code, stdout } = await runCommand([
    '--jsonl',
    '--parallel-max-host',
    '1',
    ...Array(20).fill(`${server.origin}/`),
  ]);
  assert.equal(code, 0);
  assert.deepEqual(new Set(records(stdout).map((record) => record.size_download)), new Set([2]));
});

test('twenty that fail in as many ways do not hold up a hundred that do not', async (t) => {
  const half = await startFixed(t, 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
  const garbage = await startFixed(t, 'garbage\r\n\r\n');
  const bad = [half.origin, garbage.origin, mute.origin, `http://127.0.0.1:${await freePort()}/`, 'no-scheme'];
  const good = Array.from({ length: 100 }, (_, i) => `${nginx.origin}/${i}`);
  const list = good.flatMap((url, i) => (i % 5 === 0 ? [bad[(i / 5) % bad.length], url] : [url]));
  const { code, stdout } = await runCommand(['--jsonl', '-m', '1', '-'], { input: list.join('\n') });
  assert.equal(code, 1);
  const all = records(stdout);
  assert.equal(all.length, 120);
  assert.equal(all.filter((record) => record.response_code === 200).length, 100);
  assert.ok(
    all.slice(0, -4).every((record) => record.exitcode !== 28),
    'those that time out come last',
  );
});

// ---- Files

test('a list that cannot be read: a message that names it, exit code 2, and nothing is fetched', async () => {
  const [plain, loop] = [join(folder, 'plain'), join(folder, 'loop')];
  await writeFile(plain, '');
  await symlink(loop, loop);
  const unreadable = [
    [join(folder, 'none'), /none: .*no such file/],
    [folder, /folder/],
    [join(plain, 'list'), /plain/],
    ['', /file name|FILE|empty|''|""/i],
    [join(folder, 'x'.repeat(300)), /name too long/],
    [loop, /loop/],
  ];
  const url = `${nginx.origin}/not-to-be-fetched`;
  const ended = await Promise.all(unreadable.map(([path]) => runCommand([url, '-i', path])));
  for (const [i, { code, stdout, stderr }] of ended.entries()) {
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^fetchloop: .*\n$/);
    assert.match(stderr, unreadable[i][1]);
  }
  assert.ok(!(await nginx.requests()).includes('/not-to-be-fetched'));
});

test('no device, pipe or folder is replaced by a file that is put in its place when it is whole', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
  t.after(() => rm(folder, { recursive: true }));
  const pipe = join(folder, 'pipe'); // as /dev/null, which a mistake here would take from the whole machine
  execFileSync('mkfifo', [pipe]);
  for (const option of ['--failures', '--report', '--etag-save', '--cookie-jar', '--journal']) {
    for (const path of [pipe, folder]) {
      const { code, stdout, stderr } = await runCommand([option, path, nginx.origin]);
      assert.notEqual(code, 0, option);
      assert.equal(stdout, '', 'nothing was asked for');
      assert.match(stderr, /^fetchloop: .*(no file|not a file|EISDIR).*\n$/);
    }
  }
  assert.ok((await lstat(pipe)).isFIFO());
  assert.deepEqual(await readdir(folder), ['pipe'], 'and nothing is left beside it');
});

for (const [header, message] of [
  ['X-A: b\rc', "the header X-A can't have '\\x0d'"],
  ['X A: b', "--header takes 'Name: value', 'Name;' for an empty one, 'Name:' to leave one out, or @FILE"],
  ['Content-Length: 5', 'a header that belongs to the connection, and is set by it'],
]) {
  test(`a header that can't be sent, ${JSON.stringify(header)}, is told of in a line`, async () => {
    const { code, stderr } = await runCommand(['-H', header, nginx.origin]);
    assert.deepEqual([code, stderr], [2, `fetchloop: ${message}\n`]);
  });
}

test('a list that fails while it is read: a message, no stack trace; what came before it is told', async () => {
  const { code, stderr } = await runCommand(['-i', '/proc/self/mem']);
  assert.notEqual(code, 0);
  assert.match(stderr, /\/proc\/self\/mem/);
  assert.doesNotMatch(stderr, /^\s+at /m);
});

test('a list of a thousand lines of noise', async () => {
  const noise = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919 + (i >> 3)) & 0xff));
  const { code, stdout, stderr, signal } = await runCommand(['-i', '-'], { input: noise });
  assert.deepEqual([code, signal], [1, null], stderr);
  assertHarmless(stdout);
});
