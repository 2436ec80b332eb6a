import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Cookies } from '../../node/cookies.js';
import { startHttp } from './support/odd-servers.js';
import { test } from './support/test.js';

const curl = promisify(execFile).bind(null, 'curl');

/** What is sent to `to` after `url` has set the cookies. */
function sentAfter(url, setCookie, to = url) {
  const cookies = new Cookies();
  cookies.store(url, setCookie);
  return cookies.header(to);
}

async function makeFile(t, text) {
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-cookies-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'cookies.txt');
  if (text !== undefined) await writeFile(file, text);
  return file;
}

test('what is set is sent, the longer path first', () => {
  assert.equal(sentAfter('http://a.com/x/y', ['a=1; Path=/', 'b=2', 'c=3; Path=/']), 'b=2; a=1; c=3');
  assert.equal(new Cookies().header('http://a.com/'), '');
});

test('a cookie set again has the new value', () => {
  assert.equal(sentAfter('http://a.com/', ['a=1', 'b=1', 'a=2']), 'a=2; b=1');
});

for (const [from, setCookie, to, sent] of [
  // Another site, whatever it looks like.
  ['http://a.com/', 'k=1', 'http://b.com/', false],
  ['http://a.com/', 'k=1; Domain=b.com', 'http://b.com/', false],
  ['http://a.com/', 'k=1; Domain=a.com', 'http://nota.com/', false],
  ['http://a.com/', 'k=1; Domain=a.com', 'http://a.com.evil.com/', false],
  ['http://evil-a.com/', 'k=1; Domain=a.com', 'http://a.com/', false],
  ['http://a.com/', 'k=1; Domain=a.com', 'http://a.org/', false],
  ['http://a.com/', 'k=1; Domain=.', 'http://b.com/', false],
  ['http://a.com/', 'k=1; Domain=*', 'http://b.com/', false],
  ['http://a.com/', 'k=1; Domain=com', 'http://b.com/', false],
  ['http://alice.github.io/', 'k=1; Domain=github.io', 'http://bob.github.io/', false],
  ['http://a.localhost/', 'k=1; Domain=localhost', 'http://b.localhost/', false],
  ['http://a.test/', 'k=1; Domain=test', 'http://b.test/', false],
  ['http://a.local/', 'k=1; Domain=local', 'http://b.local/', false],
  ['http://xn--bcher-kva.com/', 'k=1; Domain=xn--bcher-kva.com', 'http://bucher.com/', false],
  // The host, and those below it.
  ['http://a.com/', 'k=1', 'http://www.a.com/', false],
  ['http://www.a.com/', 'k=1', 'http://a.com/', false],
  ['http://www.a.com/', 'k=1; Domain=a.com', 'http://a.com/', true],
  ['http://www.a.com/', 'k=1; Domain=.A.com', 'http://b.a.com/', true],
  ['http://a.com/', 'k=1; Domain=www.a.com', 'http://www.a.com/', false],
  ['http://a.com/', 'k=1; Domain=a.com.', 'http://a.com/', false],
  ['http://a.com/', 'k=1; Domain=', 'http://a.com/', true],
  ['http://a.com/', 'k=1', 'http://A.COM:8080/', true],
  ['http://bücher.com/', 'k=1; Domain=xn--bcher-kva.com', 'http://bücher.com/', true],
  // A suffix that is a host itself sets cookies for itself.
  ['http://github.io/', 'k=1; Domain=github.io', 'http://github.io/', true],
  ['http://github.io/', 'k=1; Domain=github.io', 'http://alice.github.io/', false],
  ['http://localhost/', 'k=1; Domain=localhost', 'http://localhost:81/', true],
  ['http://intranet/', 'k=1', 'http://intranet/', true],
  // Addresses have no domains.
  ['http://127.0.0.1/', 'k=1', 'http://127.0.0.1:81/', true],
  ['http://127.0.0.1/', 'k=1; Domain=127.0.0.1', 'http://127.0.0.1/', true],
  ['http://127.0.0.1/', 'k=1; Domain=0.0.1', 'http://127.0.0.1/', false],
  ['http://127.0.0.1/', 'k=1; Domain=0.0.1', 'http://9.0.0.1/', false],
  ['http://127.0.0.1/', 'k=1', 'http://127.0.0.2/', false],
  ['http://127.0.0.1/', 'k=1', 'http://1.127.0.0.1.com/', false],
  ['http://[::1]/', 'k=1', 'http://[::1]:81/', true],
  ['http://[::1]/', 'k=1', 'http://[::2]/', false],
  // Paths.
  ['http://a.com/x/y', 'k=1', 'http://a.com/x', true],
  ['http://a.com/x/y', 'k=1', 'http://a.com/x/z/w', true],
  ['http://a.com/x/y', 'k=1', 'http://a.com/xx', false],
  ['http://a.com/x/y', 'k=1', 'http://a.com/', false],
  ['http://a.com/x/y', 'k=1; Path=/', 'http://a.com/', true],
  ['http://a.com/', 'k=1; Path=/x', 'http://a.com/x/../y', false],
  ['http://a.com/', 'k=1; Path=x', 'http://a.com/y', true],
  ['http://a.com/', 'k=1; Path=/%41', 'http://a.com/%41', true],
  ['http://a.com/', 'k=1; Path=/%41', 'http://a.com/A', false],
  // Secure: over TLS, or on this machine.
  ['https://a.com/', 'k=1; Secure', 'https://a.com/', true],
  ['https://a.com/', 'k=1; Secure', 'http://a.com/', false],
  ['http://a.com/', 'k=1; Secure', 'https://a.com/', false],
  ['http://127.0.0.1/', 'k=1; Secure', 'http://127.0.0.1/', true],
  ['https://a.com/', 'k=1; HttpOnly', 'http://a.com/', true],
  // Time.
  ['http://a.com/', 'k=1; Max-Age=100', 'http://a.com/', true],
  ['http://a.com/', 'k=1; Max-Age=0', 'http://a.com/', false],
  ['http://a.com/', 'k=1; Max-Age=-1', 'http://a.com/', false],
  ['http://a.com/', 'k=1; Max-Age=-9223372036854775808', 'http://a.com/', false],
  ['http://a.com/', 'k=1; Max-Age=99999999999999999999', 'http://a.com/', true],
  ['http://a.com/', `k=1; Max-Age=-${'9'.repeat(400)}`, 'http://a.com/', false],
  ['http://a.com/', 'k=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'http://a.com/', false],
  ['http://a.com/', 'k=1; Expires=Fri, 31-Dec-2199 23:59:59 GMT', 'http://a.com/', true],
  ['http://a.com/', 'k=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=100', 'http://a.com/', true],
  ['http://a.com/', 'k=1; Expires=soon', 'http://a.com/', true],
  // Prefixes, as browsers mind them.
  ['https://a.com/', '__Secure-k=1', 'https://a.com/', false],
  ['https://a.com/', '__SECURE-k=1', 'https://a.com/', false],
  ['https://a.com/', '__Secure-k=1; Secure', 'https://a.com/', true],
  ['http://a.com./', 'k=1; Domain=a.com.', 'http://b.com./', false],
  ['https://a.com/', '__Host-k=1; Secure; Path=/', 'https://a.com/', true],
  ['https://a.com/', '__Host-k=1; Secure', 'https://a.com/', false],
  ['https://a.com/', '__Host-k=1; Path=/', 'https://a.com/', false],
  ['https://a.com/', '__Host-k=1; Secure; Path=/; Domain=a.com', 'https://a.com/', false],
  ['https://a.com/', '__hOST-k=1; Secure; Path=/; Domain=a.com', 'https://a.com/', false],
  // What isn't a cookie.
  ['http://a.com/', '', 'http://a.com/', false],
  ['http://a.com/', '=', 'http://a.com/', false],
  ['http://a.com/', ';', 'http://a.com/', false],
  ['http://a.com/', 'k', 'http://a.com/', false],
  ['http://a.com/', 'k=1\r\nX: y', 'http://a.com/', false],
  ['http://a.com/', 'k=1\0', 'http://a.com/', false],
  ['http://a.com/', 'k=日', 'http://a.com/', false],
  ['http://a.com/', `k=${'x'.repeat(4095)}`, 'http://a.com/', true],
  ['http://a.com/', `k=${'x'.repeat(4096)}`, 'http://a.com/', false],
  ['http://a.com/', `k=1; Path=/${'x'.repeat(5000)}`, 'http://a.com/', false],
]) {
  const shown = setCookie.length > 60 ? `${setCookie.slice(0, 20)}… of ${setCookie.length}` : JSON.stringify(setCookie);
  test(`${from} sets ${shown}: ${sent ? 'sent' : 'not sent'} to ${to}`, () => {
    assert.equal(sentAfter(from, setCookie, to) !== '', sent);
  });
}

for (const domain of ['co.uk', 'Co.UK', '.cO.uk', 'co.uk.', 'CO.UK.', '.co.uk.', 'uk', 'COM']) {
  test(`a cookie for a public suffix is refused: Domain=${domain} (curl CVE-2023-46218)`, () => {
    for (const host of ['curl.co.uk', 'CURL.CO.UK', 'curl.co.uk.', 'curl.com']) {
      const cookies = new Cookies();
      cookies.store(`http://${host}/`, `k=1; Domain=${domain}`);
      assert.deepEqual([...cookies], []);
    }
  });
}

test('no cookie goes to another site, whatever its attributes', () => {
  const hosts = [
    'a.com',
    'www.a.com',
    'x.www.a.com',
    'b.com',
    'a.co.uk',
    'b.co.uk',
    'co.uk',
    'u.github.io',
    'v.github.io',
    'ba.com',
  ];
  hosts.push('127.0.0.1', '127.0.0.2', '[::1]', 'localhost', 'x.localhost', 'y.localhost', 'a.com.', 'com');
  const siteOf = (host) => (host.endsWith('a.com') && host !== 'ba.com' ? 'a.com' : host);
  for (const from of hosts) {
    for (const domain of [...hosts, '', '.', 'uk', 'io', '0.0.1', 'github.io', '1']) {
      const cookies = new Cookies();
      for (const dots of ['', '.'])
        cookies.store(`https://${from}/`, `k${dots}=1; Domain=${dots}${domain.toUpperCase()}; Path=/`);
      cookies.store(`https://${from}/`, 'own=1; Path=/');
      for (const to of hosts) {
        if (siteOf(to) !== siteOf(from)) assert.equal(cookies.header(`https://${to}/`), '', `${from} ${domain} ${to}`);
      }
      assert.match(cookies.header(`https://${from}/`), /own=1/);
    }
  }
});

test('a plain connection does not replace a secure cookie, nor hide it', () => {
  const cookies = new Cookies();
  cookies.store('https://www.a.com/', 'id=good; Secure; Domain=a.com; Path=/login');
  for (const set of ['id=evil; Path=/login', 'id=evil; Path=/login/en', 'id=evil; Domain=a.com; Path=/login']) {
    cookies.store('http://www.a.com/', set);
    assert.equal(cookies.header('https://www.a.com/login/en'), 'id=good');
  }
  cookies.store('http://www.a.com/', ['id=other; Path=/', 'name=mine; Path=/login']);
  assert.equal(cookies.header('https://www.a.com/login'), 'id=good; name=mine; id=other');
  cookies.store('https://www.a.com/', 'id=new; Secure; Domain=a.com; Path=/login');
  assert.match(cookies.header('https://www.a.com/login'), /id=new/);
});

test('Max-Age counts from when the cookie came, and not from its last use', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
  const cookies = new Cookies();
  cookies.store('http://a.com/', 'k=1; Max-Age=10');
  for (let i = 0; i < 9; i++) {
    t.mock.timers.tick(1000);
    assert.equal(cookies.header('http://a.com/'), 'k=1');
  }
  t.mock.timers.tick(1000);
  assert.equal(cookies.header('http://a.com/'), '');
  assert.deepEqual([...cookies], []);
});

test('a site is bounded, its subdomains together: what was used longest ago leaves', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
  const cookies = new Cookies();
  cookies.store('http://other.com/', 'k=1');
  cookies.store('http://a.com/', 'used=1');
  for (let i = 0; i < 1000; i++) {
    t.mock.timers.tick(1);
    cookies.store(`http://h${i}.a.com/`, `k${i}=1`);
    cookies.header('http://a.com/');
    assert.ok([...cookies].length <= 181);
  }
  assert.equal(cookies.header('http://a.com/'), 'used=1');
  assert.equal(cookies.header('http://other.com/'), 'k=1');
  assert.equal(cookies.header('http://h999.a.com/'), 'k999=1');
  assert.equal(cookies.header('http://h0.a.com/'), '');
});

test('when there are too many, what has expired leaves first', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
  const cookies = new Cookies();
  cookies.store('http://a.com/', 'oldest=1');
  for (let i = 0; i < 100; i++) {
    t.mock.timers.tick(1);
    cookies.store('http://a.com/', `k${i}=1; Max-Age=1`);
  }
  t.mock.timers.tick(2000);
  for (let i = 0; i < 80; i++) cookies.store('http://a.com/', `new${i}=1`);
  assert.equal(cookies.header('http://a.com/').split('; ').length, 81);
});

test('all cookies are bounded', () => {
  const cookies = new Cookies();
  for (let i = 0; i < 4000; i++) cookies.store(`http://site${i}.com/`, 'k=1');
  const count = [...cookies].length;
  assert.ok(count <= 3000 && count >= 2700, `${count}`);
  assert.equal(cookies.header('http://site3999.com/'), 'k=1');
  cookies.clear();
  assert.deepEqual([[...cookies], cookies.header('http://site3999.com/')], [[], '']);
});

test('a cookie can be looked at', () => {
  const cookies = new Cookies();
  cookies.store(
    'https://www.a.com/x/y',
    'k=a=b; Domain=a.com; Secure; HttpOnly; Expires=Wed, 01 Jan 2190 00:00:00 GMT',
  );
  const rest = { domain: 'a.com', hostOnly: false, path: '/x', secure: true, httpOnly: true };
  assert.deepEqual([...cookies], [{ name: 'k', value: 'a=b', ...rest, expires: new Date('2190-01-01') }]);
});

/** Sets cookies of all kinds at /set, and tells at / which came. */
function startSetter(t) {
  return startHttp(t, (request, response) => {
    const kinds = [
      'session=1',
      'lasting=2; Max-Age=1000',
      'hidden=3; HttpOnly; Max-Age=1000',
      'path=4; Path=/p',
      'empty=; Path=/',
    ];
    if (request.url === '/set') response.setHeader('set-cookie', kinds);
    response.end(request.headers.cookie ?? '');
  });
}

test('a file that curl wrote is read, cookies of the session too', async (t) => {
  const { origin } = await startSetter(t);
  const file = await makeFile(t);
  await curl(['-s', '-c', file, `${origin}/set`]);
  const cookies = await Cookies.load(file);
  const header = cookies.header(`${origin}/p`).split('; ').sort();
  assert.deepEqual(header, ['empty=', 'hidden=3', 'lasting=2', 'path=4', 'session=1']);
  assert.equal([...cookies].find(({ name }) => name === 'hidden').httpOnly, true);
  assert.equal([...cookies].find(({ name }) => name === 'session').expires, null);
});

test('curl reads the file that is written, and sends what is sent here', async (t) => {
  const { origin } = await startSetter(t);
  const cookies = new Cookies();
  cookies.store(`${origin}/set`, (await fetch(`${origin}/set`)).headers.getSetCookie());
  cookies.store('http://www.a.com/', 'k=1; Domain=a.com');
  const file = await makeFile(t);
  await cookies.save(file);
  for (const path of ['/', '/p']) {
    const { stdout } = await curl(['-s', '-b', file, origin + path]);
    assert.deepEqual(
      stdout.split('; ').sort(),
      cookies
        .header(origin + path)
        .split('; ')
        .sort(),
    );
  }
  const proxied = ['-s', '-b', file, '-x', origin];
  assert.equal((await curl([...proxied, 'http://www.a.com/'])).stdout, 'k=1');
  assert.equal((await curl([...proxied, 'http://b.com/'])).stdout, '');
});

test('what is saved is loaded', async (t) => {
  const cookies = new Cookies();
  cookies.store('https://www.a.com/x/y', [
    'a=1',
    'b="q, r"; Domain=a.com; Secure; HttpOnly',
    'c=\xe9; Max-Age=1000; Path=/',
  ]);
  cookies.store('https://www.a.com/shop;v=2/cart', 'd=1'); // its path is /shop;v=2
  cookies.store('http://localhost/', 'l=1');
  cookies.store('http://[::1]/', 'v6=1');
  cookies.store('https://github.io/', ['__Host-h=1; Secure; Path=/', 'gone=1; Max-Age=0']);
  const file = await makeFile(t);
  await cookies.save(file);
  const inSeconds = (cookie) => ({ ...cookie, expires: cookie.expires && Math.ceil(cookie.expires / 1000) });
  const loaded = await Cookies.load(file);
  assert.deepEqual([...loaded].map(inSeconds), [...cookies].map(inSeconds));
  assert.equal([...loaded].length, 7);
  for (const url of [
    'https://www.a.com/x/',
    'https://www.a.com/shop;v=2/',
    'http://localhost/',
    'http://[::1]/',
    'https://github.io/',
  ]) {
    assert.equal(loaded.header(url), cookies.header(url));
  }
});

test('a file that is not there holds no cookies', async (t) => {
  assert.deepEqual([...(await Cookies.load(await makeFile(t)))], []);
});

test('comments, empty lines, lines of Windows, a byte order mark, what has expired and what no site may set are passed over', async (t) => {
  const lines = [
    '\xef\xbb\xbf# Netscape HTTP Cookie File',
    '',
    'a.com\tFALSE\t/\tFALSE\t0\tk\t1',
    'a.com\tFALSE\t/\tFALSE\t1\told\t1',
    '.co.uk\tTRUE\t/\tFALSE\t0\tsuper\t1',
    '.github.io\tTRUE\t/\tFALSE\t0\tsuper\t1',
    '.localhost\tTRUE\t/\tFALSE\t0\tsuper\t1',
    'a.com\tFALSE\t/\tFALSE\t0\t__Secure-k\t1',
    'a.com\tFALSE\t/\tFALSE\t0\tempty',
    '#HttpOnly_.b.com\tTRUE\t/\tTRUE\t4102444800.5\tk\t2',
  ];
  const file = await makeFile(t, Buffer.from(lines.join('\r\n'), 'latin1'));
  const cookies = await Cookies.load(file);
  assert.deepEqual(
    [...cookies].map(({ domain, name, value }) => [domain, name, value]),
    [
      ['a.com', 'k', '1'],
      ['a.com', 'empty', ''],
      ['b.com', 'k', '2'],
    ],
  );
});

for (const line of [
  'hello',
  'a.com FALSE / FALSE 0 k SECRET',
  'a.com\tFALSE\t/\tFALSE\t0\tk\tSECRET\tmore',
  '\tFALSE\t/\tFALSE\t0\tk\tSECRET',
  'a.com\tMAYBE\t/\tFALSE\t0\tk\tSECRET',
  'a.com\tFALSE\tx\tFALSE\t0\tk\tSECRET',
  'a.com\tFALSE\t/\tFALSE\tsoon\tk\tSECRET',
  'a.com\tFALSE\t/\tFALSE\t-5\tk\tSECRET',
  'a.com\tFALSE\t/\tFALSE\t0\t\tSECRET',
  'a.com\tFALSE\t/\tFALSE\t0\tk\tSECRET; x=2',
  'a.com\tFALSE\t/\tFALSE\t0\tk=x\tSECRET',
  'a.com\tFALSE\t/\tFALSE\t0\tk\tSECRET\0',
  'a.com/x\tFALSE\t/\tFALSE\t0\tk\tSECRET',
]) {
  test(`a damaged line is told by file and number, without what it says: ${JSON.stringify(line)}`, async (t) => {
    const file = await makeFile(t, `# comment\n\n${line}\n`);
    await assert.rejects(
      Cookies.load(file),
      ({ message }) => message.startsWith(`${file}:3: `) && !message.includes('SECRET'),
    );
  });
}

test('only its owner reads a file of cookies, also where one was that others could read', async (t) => {
  const file = await makeFile(t, 'old');
  await chmod(file, 0o666);
  const cookies = new Cookies();
  cookies.store('http://a.com/', 'k=1');
  await cookies.save(file);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(join(file, '..')), ['cookies.txt']);
});

test('a symbolic link is replaced, and what it leads to stays as it was', async (t) => {
  const file = await makeFile(t, 'precious');
  const link = `${file}.link`;
  await symlink(file, link);
  await new Cookies().save(link);
  assert.equal((await lstat(link)).isFile(), true);
  assert.equal(await readFile(file, 'utf8'), 'precious');
});

test('what is not a file is not replaced', async (t) => {
  const folder = join(await makeFile(t), '..');
  const link = join(folder, 'link');
  await symlink('/dev/null', link);
  await assert.rejects(new Cookies().save(link), /not a file/);
  assert.equal((await lstat(link)).isSymbolicLink(), true);
  await assert.rejects(new Cookies().save(folder), /not a file/);
});

test('a save that fails leaves nothing behind, and the next one works', async (t) => {
  const file = await makeFile(t);
  const cookies = new Cookies();
  await assert.rejects(cookies.save(join(file, 'no', 'folder')), { code: 'ENOENT' });
  await cookies.save(file);
  assert.deepEqual(await readdir(join(file, '..')), ['cookies.txt']);
});

test('two saves at once do not mix, and the later state stays', async (t) => {
  const file = await makeFile(t);
  const cookies = new Cookies();
  const saves = [];
  for (let i = 0; i < 20; i++) {
    cookies.store('http://a.com/', `k=${i}`);
    saves.push(cookies.save(file));
  }
  const other = new Cookies();
  await Promise.all([...saves, other.save(`${file}.other`)]);
  assert.equal((await Cookies.load(file)).header('http://a.com/'), 'k=19');
  assert.equal((await readdir(join(file, '..'))).length, 2);
});
