/** Bodies that the command saves: by which name, whole or not at all, and gone on with. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { CLI, records, runCommand, startCommand } from './support/command.js';
import { freePort, startNginx } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { test as shortTest } from './support/test.js';

const execute = promisify(execFile);
/** Each runs several commands. */
const test = (name, body) => shortTest(name, body, { timeout: 60_000 });

const MiB = 1024 * 1024;
/** No two parts of it are the same. */
const BIG = Buffer.concat(Array.from({ length: 4 * 1024 }, (_, i) => createHash('sha512').update(`${i}`).digest())); // 256 KiB
const nginx = await startNginx(
  { after },
  {
    locations: `location /files/ { alias files/; }
      location = /404 { return 404 "no"; }`,
    files: { 'a.txt': 'a', 'b.txt': 'b', big: Buffer.concat(Array(8).fill(BIG)) },
  },
);
const A = `${nginx.origin}/files/a.txt`;
const B = `${nginx.origin}/files/b.txt`;

/** An empty folder, and the command within it. */
async function open(t) {
  const cwd = await mkdtemp(join(tmpdir(), 'fetchloop-'));
  t.after(() => rm(cwd, { recursive: true }));
  return {
    cwd,
    run: (...args) => runCommand(['-s', ...args], { cwd }),
    /** Its records, in the list's order. */
    async get(...args) {
      const { stdout } = await runCommand(['-s', '--jsonl', ...args], { cwd });
      return records(stdout).sort((a, b) => a.urlnum - b.urlnum);
    },
    read: (name) => readFile(join(cwd, name), 'utf8'),
    list: () =>
      readdirSync(cwd, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(cwd.length + 1))
        .sort(),
  };
}

// ---- Names

test('-o: a file for each URL; -O: by the last part of the URL; --output-dir: by host and path', async (t) => {
  const { run, list, read, get } = await open(t);
  await run('-o', 'one', '-o', 'two', A, B);
  assert.deepEqual([await read('one'), await read('two')], ['a', 'b']);
  await run('-O', A, B);
  const [a] = await get('--output-dir', 'mirror', '--create-dirs', `${A}?x=1/2`, `${nginx.origin}/dir/`);
  const host = new URL(A).host.replace(':', '_');
  assert.equal(a.filename_effective, `mirror/${host}/files/a.txt@x=1_2`);
  const mirrored = [`mirror/${host}/dir/index.html`, `mirror/${host}/files/a.txt@x=1_2`];
  assert.deepEqual(list(), ['a.txt', 'b.txt', ...mirrored, 'one', 'two']);
});

test('--output-name: a template', async (t) => {
  const { run, list } = await open(t);
  await run('--output-name', '{urlnum}/{stem}-{hash}{ext}', A, B);
  assert.match(list().join(), /^0\/a-[\da-f]{16}\.txt,1\/b-[\da-f]{16}\.txt$/);
  const { code, stderr } = await run('--output-name', '{nonsense}', A);
  assert.equal(code, 2);
  assert.match(stderr, /no \{nonsense\}.*\{host\}.*\{urlnum\}/);
});

test('URLs of one name get files of their own, numbered in the order of the list', async (t) => {
  const { get, read } = await open(t);
  const names = (await get('-o', 'same', A, B, A)).map(({ filename_effective: name }) => name);
  assert.deepEqual(names, ['same', 'same.1', 'same.2']);
  assert.deepEqual(await Promise.all(names.map(read)), ['a', 'b', 'a']);
});

test('no name leads out of the folder, hides, is a device, or is too long', async (t) => {
  const { cwd, get, list } = await open(t);
  const paths = [
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/up',
    '/.bashrc',
    '/x/.ssh/authorized_keys',
    '/CON',
    '/nul.txt',
    '/a\\..\\b',
    '/a:b|c*',
    `/${'long'.repeat(100)}.tar.gz`,
    `/${'%C3%A9'.repeat(100)}?${'q'.repeat(300)}`,
    '//double//slash',
    '/trailing.',
  ];
  await mkdir(join(cwd, 'in'));
  const all = await get('--output-dir', 'in', ...paths.map((path) => nginx.origin + path));
  for (const { filename_effective: name, exitcode, errormsg } of all) {
    assert.equal(exitcode, 0, errormsg);
    assert.ok(name.startsWith('in/127.0.0.1_'), name);
    for (const part of name.split('/')) {
      assert.doesNotMatch(part, /^(\.|(con|nul)(\.|$))|[\\:|*?\u0000-\u001f]|\.$/i);
      assert.ok(Buffer.byteLength(part) <= 200, part);
    }
  }
  assert.equal(list().length, paths.length);
});

test("a list's own output: within the folder, or refused; the others go on", async (t) => {
  const { cwd, list } = await open(t);
  await mkdir(join(cwd, 'in'));
  const outputs = ['sub/one', '../out', '/etc/passwd', 'a/../../b', 'C:\\x', '', '.hidden', 'two'];
  const script = `
    import { openBodies } from '${new URL('../../node/command/bodies/index.js', import.meta.url)}';
    import { ClientSession } from '${new URL('../../node/index.js', import.meta.url)}';
    const bodies = await openBodies({ 'output-dir': 'in' }, null, () => true);
    const session = await ClientSession.open();
    const requests = ${JSON.stringify(outputs)}.map((output) => ({ url: '${A}', data: { output } }));
    for await (const { index, saved, error } of bodies.results(session, requests)) {
      console.log(JSON.stringify([index, saved.filename, error?.message ?? null]));
    }
    await session.close();`;
  const { stdout } = await runCommand(['--input-type=module', '-e', script], { cwd, program: [process.execPath] });
  const told = records(stdout).sort(([a], [b]) => a - b);
  assert.deepEqual(
    told.map(([, name]) => name),
    ['in/sub/one', null, null, null, null, null, 'in/_hidden', 'in/two'],
  );
  for (const i of [1, 2, 3, 4, 5]) assert.match(told[i][2], /leads out of the folder/);
  assert.deepEqual(list(), ['in/_hidden', 'in/sub/one', 'in/two']);
});

test('no link is followed out of the folder', async (t) => {
  const { cwd, get, list } = await open(t);
  await mkdir(join(cwd, 'in'));
  await mkdir(join(cwd, 'out'));
  const host = new URL(A).host.replace(':', '_');
  await symlink('../out', join(cwd, 'in', host));
  await symlink('out/stolen', join(cwd, 'a.txt'));
  const [mirrored] = await get('--output-dir', 'in', A);
  assert.equal(mirrored.exitcode, 23);
  assert.match(mirrored.errormsg, /link/);
  const [named] = await get('-O', '--clobber', A); // the link itself is replaced
  assert.equal(named.exitcode, 0);
  assert.deepEqual(list(), ['a.txt']);
});

// ---- What is there already

test('what is there stays: refused, skipped or numbered, unless it is to be replaced', async (t) => {
  const { cwd, get, run, read } = await open(t);
  await writeFile(join(cwd, 'a.txt'), 'mine');
  const [refused, b] = await get('-O', A, B);
  assert.deepEqual([refused.exitcode, refused.filename_effective, b.exitcode], [23, null, 0]);
  assert.match(refused.errormsg, /exists already.*--clobber.*--skip-existing.*a\.txt/);
  const asked = (await nginx.requests()).length;
  const [skipped] = await get('-O', '--skip-existing', A);
  assert.deepEqual([skipped.exitcode, skipped.response_code, skipped.skipped], [0, 0, 'the file exists']);
  assert.equal((await nginx.requests()).length, asked);
  const [numbered] = await get('-O', '--no-clobber', A);
  assert.equal(numbered.filename_effective, 'a.txt.1');
  assert.equal(await read('a.txt'), 'mine');
  await run('-O', '--clobber', A);
  assert.equal(await read('a.txt'), 'a');
  await run('-o', 'a.txt', B); // as curl: who names a file means it
  assert.equal(await read('a.txt'), 'b');
});

test('-o /dev/null, a pipe, and a link are what they were afterwards', async (t) => {
  const { cwd, get, read } = await open(t);
  await symlink('target', join(cwd, 'link'));
  await writeFile(join(cwd, 'target'), 'old');
  await get('-o', 'link', A);
  assert.equal(await read('target'), 'a');
  assert.equal((await get('-o', '/dev/null', A))[0].exitcode, 0);
  assert.ok((await stat('/dev/null')).isCharacterDevice());
  await execute('mkfifo', [join(cwd, 'pipe')]);
  const reading = execute('cat', [join(cwd, 'pipe')]);
  await get('-o', 'pipe', A);
  assert.equal((await reading).stdout, 'a');
});

// ---- Stdout

test('-o -: bodies on stdout, each whole', async (t) => {
  const letters = ['a', 'b', 'c', 'd', 'e'];
  const server = await startHttp(t, (request, response) => {
    const letter = request.url.slice(1);
    const size = letter === 'e' ? 3 * MiB : 100_000; // one that is larger than what is held
    let left = 10;
    const timer = setInterval(() => {
      response.write(letter.repeat(size / 10));
      if (--left === 0) response.end();
      if (left === 0) clearInterval(timer);
    }, 10);
  });
  const { stdout } = await runCommand(['-s', '-o', '-', ...letters.map((letter) => `${server.origin}/${letter}`)]);
  const runs = stdout.match(/(.)\1*/g);
  assert.deepEqual(runs.map((run) => run[0]).sort(), letters);
  assert.deepEqual(new Set(runs.map((run) => run.length)), new Set([100_000, 3 * MiB - ((3 * MiB) % 10)]));
});

// ---- Failures

test('what fails to be written is 23 and says why; the others go on', async (t) => {
  const { cwd, get, list } = await open(t);
  await mkdir(join(cwd, 'dir'));
  await writeFile(join(cwd, 'file'), '');
  const all = await get(
    '-o',
    'missing/x',
    '-o',
    'dir',
    '-o',
    'file/x',
    '-o',
    '/dev/full',
    '-o',
    'well',
    ...Array(5).fill(A),
  );
  const told = all.map(({ exitcode, errormsg }) => [exitcode, errormsg?.match(/can't write: ([^(]*) \(/)?.[1]]);
  assert.deepEqual(told, [
    [23, 'there is no such folder'],
    [23, 'a folder has that name'],
    [23, 'a file stands where its folder should be'],
    [23, 'no space left on the disk'],
    [0, undefined],
  ]);
  assert.deepEqual(list(), ['file', 'well']);
  assert.equal((await get('-o', 'missing/x', '--create-dirs', A))[0].exitcode, 0);
});

test('a folder that is not there, or may not be written to', async (t) => {
  const { cwd, run } = await open(t);
  const { code, stderr } = await run('--output-dir', 'missing', A);
  assert.equal(code, 2);
  assert.match(stderr, /--output-dir missing: there is no such folder \(--create-dirs/);
  if (process.getuid() === 0) return; // may write everywhere
  await mkdir(join(cwd, 'closed'));
  await chmod(join(cwd, 'closed'), 0o500);
  assert.equal((await run('--output-dir', 'closed', A)).code, 1);
});

test('a full disk: what does not fit is 23, and nothing half is left', async (t) => {
  const { cwd, get } = await open(t);
  await mkdir(join(cwd, 'small'));
  const mounted = await execute('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', join(cwd, 'small')]).catch(
    () => null,
  );
  if (!mounted) return t.skip('may not mount');
  try {
    const [big, a] = await get('--output-dir', 'small', '--output-name', '{name}', `${nginx.origin}/files/big`, A);
    assert.deepEqual([big.exitcode, a.exitcode], [23, 0]);
    assert.match(big.errormsg, /no space left/);
    assert.ok(!existsSync(join(cwd, 'small', 'big')));
  } finally {
    await execute('umount', [join(cwd, 'small')]);
  }
});

test('-f: no file; --fail-with-body: a file, and 22; --accept: as it says; else a file, as curl', async (t) => {
  const { get, list } = await open(t);
  const url = `${nginx.origin}/404`;
  const all = [
    await get('-o', 'f', '-f', url),
    await get('-o', 'body', '--fail-with-body', url),
    await get('-o', 'no', '--accept', '200', url),
    await get('-o', 'yes', '--accept', '404', '-f', url),
    await get('-o', 'plain', url),
  ].map(([{ exitcode, filename_effective: name }]) => [exitcode, name]);
  assert.deepEqual(all, [
    [22, null],
    [22, 'body'],
    [22, null],
    [0, 'yes'],
    [0, 'plain'],
  ]);
  assert.deepEqual(list(), ['body', 'plain', 'yes']);
});

test('--fail-early: the first failure ends the run, cancels what is in flight, and tells of the rest', async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/bad') setTimeout(() => response.writeHead(404).end(), 100);
  });
  const urls = [`${server.origin}/bad`, ...Array.from({ length: 30 }, (_, i) => `${server.origin}/${i}`)];
  const { code, stdout, stderr } = await runCommand(['--jsonl', '-f', '--fail-early', ...urls]);
  const codes = records(stdout).map(({ exitcode }) => exitcode);
  assert.deepEqual([code, codes.shift()], [1, 22]);
  assert.deepEqual(new Set(codes), new Set([42]));
  const [, notBegun] = stderr.match(/ended by --fail-early: .* (\d+) URLs read but not begun/);
  assert.equal(codes.length + 1 + Number(notBegun), urls.length);
});

// ---- Going on

/** Sends BIG eight times, stopping in the middle the first time; and counts. */
async function startStopping(t, headers = { etag: '"one"' }) {
  const body = Buffer.concat(Array(8).fill(BIG));
  const ranges = [];
  const server = await startHttp(t, (request, response) => {
    const { range, 'if-range': validator } = request.headers;
    ranges.push(range ?? null);
    const fits = range && (validator === undefined || validator === server.headers.etag);
    const at = fits ? Number(/\d+/.exec(range)[0]) : 0;
    const more = fits ? { 'content-range': `bytes ${at}-${body.length - 1}/${body.length}` } : {};
    response.writeHead(fits ? 206 : 200, { ...server.headers, ...more, 'content-length': body.length - at });
    if (ranges.length === 1) response.write(body.subarray(0, MiB));
    else response.end(body.subarray(at));
  });
  return Object.assign(server, { body, ranges, headers });
}

async function stopInTheMiddle(t, cwd, url) {
  const command = startCommand(t, ['-s', '-O', url], { cwd });
  const part = join(cwd, '.x.part');
  while (!(existsSync(part) && (await stat(part)).size === MiB))
    await new Promise((resolve) => setTimeout(resolve, 10));
  command.child.kill('SIGKILL');
  await command.ended;
  assert.ok(!existsSync(join(cwd, 'x')));
}

test('after a kill -9 the same command goes on where it was, and leaves nothing but the file', async (t) => {
  const { cwd, get, list } = await open(t);
  const server = await startStopping(t);
  await stopInTheMiddle(t, cwd, `${server.origin}/x`);
  const [record] = await get('-O', '--checksum', 'sha256', `${server.origin}/x`);
  assert.equal(record.size_download, server.body.length - MiB + 1);
  assert.equal(record.sha256, createHash('sha256').update(server.body).digest('hex'));
  assert.deepEqual(await readFile(join(cwd, 'x')), server.body);
  assert.deepEqual([server.ranges, list()], [[null, `bytes=${MiB - 1}-`], ['x']]);
});

for (const [what, change, ranges] of [
  ['has another ETag', (server) => Object.assign(server.headers, { etag: '"two"' }), [null, `bytes=${MiB - 1}-`]],
]) {
  test(`what ${what} meanwhile is had anew`, async (t) => {
    const { cwd, get, list } = await open(t);
    const server = await startStopping(t);
    await stopInTheMiddle(t, cwd, `${server.origin}/x`);
    change(server);
    server.body.fill('y');
    const [record] = await get('-O', `${server.origin}/x`);
    assert.equal(record.exitcode, 0);
    assert.deepEqual(await readFile(join(cwd, 'x')), server.body);
    assert.deepEqual([server.ranges, list()], [ranges, ['x']]);
  });
}

test('without a validator, or of another URL, nothing is gone on with', async (t) => {
  const { cwd, get, list } = await open(t);
  const server = await startStopping(t, { etag: 'W/"weak"' });
  await stopInTheMiddle(t, cwd, `${server.origin}/x`);
  await get('-O', `${server.origin}/x`);
  assert.deepEqual(await readFile(join(cwd, 'x')), server.body);
  const other = await startStopping(t);
  await rm(join(cwd, 'x'));
  await stopInTheMiddle(t, cwd, `${other.origin}/x`);
  await get('-O', `${other.origin}/else/x`);
  assert.deepEqual([server.ranges, other.ranges, list()], [[null, null], [null, null], ['x']]);
});

test('-C -: a file that another program left half is completed', async (t) => {
  const { cwd, get } = await open(t);
  const server = await startStopping(t);
  server.ranges.push('the first one is not stopped');
  await writeFile(join(cwd, 'x'), server.body.subarray(0, 1000));
  const [half] = await get('-O', '-C', '-', `${server.origin}/x`);
  assert.deepEqual([half.exitcode, half.size_download], [0, server.body.length - 999]);
  assert.deepEqual(await readFile(join(cwd, 'x')), server.body);
  const [whole] = await get('-O', '-C', '-', `${server.origin}/x`);
  assert.deepEqual([whole.exitcode, whole.size_download], [0, 1]);
  assert.deepEqual(await readFile(join(cwd, 'x')), server.body);
});

// ---- Checksums, ETags

test('-m is for all of a download, as curl’s; one that nobody bounds goes on as long as something comes', async (t) => {
  const server = await startHttp(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 8 });
    let left = 8;
    const timer = setInterval(() => {
      response.write('x');
      if (--left === 0) clearInterval(timer);
    }, 200);
    response.on('close', () => clearInterval(timer));
  });
  const { run, cwd } = await open(t);
  const [bounded, free] = await Promise.all([
    run('--jsonl', '--retry', '0', '-m', '0.8', '-o', 'bounded', server.origin),
    run('--jsonl', '-o', 'free', server.origin),
  ]);
  const curl = await execute('curl', ['-s', '-m', '0.8', '-o', join(cwd, 'curl'), server.origin]).catch((e) => e.code);
  assert.deepEqual([bounded.code, records(bounded.stdout)[0].exitcode], [1, 28]);
  assert.equal(curl, 28);
  assert.equal(existsSync(join(cwd, 'bounded')), false);
  assert.deepEqual([free.code, records(free.stdout)[0].size_download], [0, 8]);
});

test('--checksum: a field of the record; null without a body', async (t) => {
  const { get } = await open(t);
  const [a, refused] = await get('--checksum', 'sha256', A, `http://127.0.0.1:${await freePort()}/`);
  assert.equal(a.sha256, createHash('sha256').update('a').digest('hex'));
  assert.deepEqual([a.filename_effective, refused.sha256], [null, null]);
  assert.equal((await get('--checksum', 'md5', A))[0].md5, createHash('md5').update('a').digest('hex'));
});

test('--etag-save and --etag-compare: what has not changed is a 304, and stays as it is', async (t) => {
  const etags = { '/a': '"1"', '/b': 'W/"2"', '/c': null };
  const server = await startHttp(t, (request, response) => {
    const etag = etags[request.url];
    if (etag && request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end();
    response.writeHead(200, etag ? { etag } : {}).end(`${request.url} ${etag}`);
  });
  const { cwd, get, read } = await open(t);
  const args = [
    '-O',
    '--etag-save',
    'etags',
    '--etag-compare',
    'etags',
    ...['/a', '/b', '/c'].map((p) => server.origin + p),
  ];
  const statuses = async () => (await get(...args)).map(({ response_code: status, exitcode }) => [status, exitcode]);
  assert.deepEqual(await statuses(), [
    [200, 0],
    [200, 0],
    [200, 0],
  ]);
  assert.deepEqual(await statuses(), [
    [304, 0],
    [304, 0],
    [200, 0],
  ]);
  etags['/a'] = '"3"';
  await rm(join(cwd, 'b'));
  assert.deepEqual(await statuses(), [
    [200, 0],
    [200, 0],
    [200, 0],
  ]);
  assert.deepEqual([await read('a'), await read('b')], ['/a "3"', '/b W/"2"']);
  const saved = records(await read('etags')).map(({ url, etag }) => [new URL(url).pathname, etag]);
  assert.deepEqual(saved.sort(), [
    ['/a', '"3"'],
    ['/b', 'W/"2"'],
  ]);
  await writeFile(join(cwd, 'etags'), `${await read('etags')}{"url": "half`); // killed while it wrote
  assert.deepEqual(await statuses(), [
    [304, 0],
    [304, 0],
    [200, 0],
  ]);
});

// ---- Bodies that nobody wants

test('2 GB that nobody wants go by in flat memory, and are counted', async () => {
  await execute('truncate', ['-s', '2G', join(nginx.folder, 'files', 'huge')]);
  const script = 'process.on("exit", () => console.error(process.resourceUsage().maxRSS))';
  const { stdout, stderr } = await runCommand(['--jsonl', '-m', '0', '-s', `${nginx.origin}/files/huge`], {
    program: [process.execPath, '--import', `data:text/javascript,${script}`, CLI],
  });
  const [{ exitcode, size_download: size }] = records(stdout);
  assert.deepEqual([exitcode, size], [0, 2048 * MiB]);
  assert.ok(Number(stderr) / 1024 < 200, `${Number(stderr) / 1024} MiB`);
});

test('a body that can not be decoded is a failure though nobody wants it', async (t) => {
  const server = await startHttp(t, (_, response) => response.setHeader('content-encoding', 'gzip').end('no gzip'));
  const { stdout } = await runCommand(['--jsonl', server.origin]);
  assert.equal(records(stdout)[0].exitcode, 61);
});
