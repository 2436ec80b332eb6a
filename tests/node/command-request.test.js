/** What the command sends, beside what curl sends for the same options. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { records, runCommand } from './support/command.js';
import { startHttp } from './support/odd-servers.js';
import { test } from './support/test.js';

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));
await writeFile(join(folder, 'data.txt'), 'one=1\r\ntwo=2\nend');
await writeFile(join(folder, 'page.html'), '<p>hello</p>');
await writeFile(join(folder, 'headers'), '# none\nX-One: 1\n\nX-Two: 2\n');
await writeFile(join(folder, 'cookies.txt'), '127.0.0.1\tFALSE\t/\tFALSE\t0\tfrom\tfile\n');

/** What each client sent, by the name that its path begins with. */
const sent = new Map();
const server = await startHttp({ after }, async (request, response) => {
  const [, who, rest] = request.url.match(/^\/(\w+)(.*)$/);
  const body = Buffer.concat(await request.toArray()).toString('latin1');
  if (!sent.has(who)) sent.set(who, []);
  sent.get(who).push({ method: request.method, path: rest, ...plain(request.rawHeaders, body) });
  response.setHeader('set-cookie', 'set=by-server').end('ok');
});

/** Without what two clients call by names of their own, and in one order. */
function plain(rawHeaders, body) {
  const pairs = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), rawHeaders[i + 1]]] : []));
  const boundary = /boundary=(\S+)/.exec(pairs.find(([name]) => name === 'content-type')?.[1] ?? '')?.[1];
  const named = (text) => (boundary ? text.replaceAll(boundary, 'BOUNDARY') : text);
  const left = pairs.filter(([name, value]) => !OWN.includes(name) && !/^(curl|fetchloop)\//.test(value));
  const headers = left.map(([name, value]) => `${name}: ${named(value)}`).sort();
  return {
    headers: boundary ? headers.filter((line) => !line.startsWith('content-length')) : headers,
    body: named(body),
  };
}
const OWN = ['accept-encoding', 'connection'];

/** What curl -L would be told, for each: the options alone. */
const CASES = [
  [],
  ['-X', 'DELETE'],
  ['-X', 'PATCH', '-d', 'a=b'],
  ['-H', 'X-One: 1', '-H', 'X-One: 2', '-H', 'x-three:3'],
  ['-H', 'X-Empty;'],
  ['-H', 'Accept:'],
  ['-H', 'Accept: text/html'],
  ['-H', 'User-Agent:'],
  ['-H', 'Host: example.test'],
  ['-H', 'X-Umlaut: ä'],
  ['-H', '@headers'],
  ['-d', 'a=b'],
  ['-d', ''],
  ['-d', 'a=b', '-d', 'c=d e&f', '--data-raw', '@g'],
  ['-d', '@data.txt'],
  ['--data-binary', '@data.txt'],
  ['--data-binary', 'a\nb'],
  ['--data-urlencode', 'a b&c'],
  ['--data-urlencode', '=a=b'],
  ['--data-urlencode', 'name=ä/~*', '--data-urlencode', 'more@data.txt', '--data-urlencode', '@page.html'],
  ['-d', 'a=b', '-H', 'Content-Type: text/x-own'],
  ['-d', 'a=b', '-H', 'content-type:'],
  ['--json', '{"a":1}'],
  ['--json', '{"a":', '--json', '1}'],
  ['--json', '@data.txt', '-H', 'Accept: */*'],
  ['-d', 'a=b', '-X', 'GET'],
  ['-G', '-d', 'a=b', '--data-urlencode', 'c=d e'],
  ['-G', '-I', '-d', 'a=b'],
  ['--url-query', 'a=b c', '--url-query', '+raw=%20'],
  ['-d', 'a=b', '--url-query', 'c=d'],
  ['-F', 'a=b', '-F', 'c=d e;type=text/x-own'],
  ['-F', 'file=@page.html'],
  ['-F', 'file=@page.html;type=text/plain;filename=other.txt'],
  ['-F', 'file=@page.html;filename="a \\"b\\".txt"'],
  ['-F', 'text=<page.html'],
  ['-F', 'quoted="a;b"'],
  ['--form-string', 'a=@b;type=c'],
  ['-I'],
  ['-u', 'user:pass'],
  ['-u', 'user:'],
  ['-u', 'us er:pa:ss ä'],
  ['-u', 'user:pass', '-H', 'Authorization: Own xyz'],
  ['--oauth2-bearer', 'token'],
  ['-A', 'own/1.0'],
  ['-A', ''],
  ['-e', 'http://from.test/'],
  ['-b', 'a=b; c=d'],
  ['-b', 'cookies.txt'],
  ['-r', '0-99'],
  ['-r', '-5'],
  ['-r', '0-1,5-'],
  ['-d', 'a=b', '--no-get'],
  ['-sfL', '--compressed', '--max-redirs', '5', '--http1.1'],
  ['--resolve', 'example.test:PORT:127.0.0.1', '--url', 'http://example.test:PORT/'],
];

/** Both, a few at a time. */
const outcomes = [];
const allRun = (async () => {
  const queue = CASES.entries();
  const worker = async () => {
    for (const [i, args] of queue) {
      const argsFor = (who) => {
        const own = args.map((arg) => arg.replace('PORT', server.port).replace(/^http:\/\/example.*/, `$&${who}${i}`));
        return args.includes('--url') ? own : [...own, `${server.origin}/${who}${i}`];
      };
      await run('curl', ['-s', '-o', '/dev/null', ...argsFor('curl')], { cwd: folder });
      outcomes[i] = await runCommand(['-q', ...argsFor('ours')], { cwd: folder });
    }
  };
  await Promise.all([worker(), worker(), worker()]);
})();
allRun.catch(() => {}); // each test tells of it

for (const [i, args] of CASES.entries()) {
  test(
    `as curl: ${args.join(' ') || 'no option'}`,
    async () => {
      await allRun;
      assert.equal(outcomes[i].code, 0, outcomes[i].stderr + outcomes[i].stdout);
      assert.deepEqual(sent.get(`ours${i}`), sent.get(`curl${i}`));
    },
    { timeout: 120_000 },
  );
}

test('-b and -c: cookies come from a file, are sent to whom they are for, and are saved', async () => {
  const jar = join(folder, 'jar.txt');
  const { code } = await runCommand(['-q', '-s', '-b', join(folder, 'cookies.txt'), '-c', jar, `${server.origin}/jar`]);
  assert.equal(code, 0);
  const lines = (await readFile(jar, 'utf8')).split('\n').filter((line) => line.startsWith('127.0.0.1\t'));
  assert.deepEqual(lines.map((line) => line.split('\t').slice(5)).sort(), [
    ['from', 'file'],
    ['set', 'by-server'],
  ]);
  const { stdout } = await run('curl', ['-s', '-b', jar, `${server.origin}/curlreads`]);
  assert.equal(stdout, 'ok');
  const cookie = sent.get('curlreads')[0].headers.find((line) => line.startsWith('cookie: '));
  assert.deepEqual(cookie.slice(8).split('; ').sort(), ['from=file', 'set=by-server']);
});

test('--no-location: a redirect is the answer', async (t) => {
  const redirecting = await startHttp(t, (_request, response) => response.writeHead(302, { location: '/on' }).end());
  const { stdout } = await runCommand(['-q', '-s', '--jsonl', '--no-location', redirecting.origin]);
  assert.equal(records(stdout)[0].response_code, 302);
});

for (const [what, args, words] of [
  ['a header without a colon', ['-H', 'secret'], /--header takes/],
  ['a user without a password', ['-u', 'secret'], /--user takes USER:PASSWORD/],
  ['a proxy of another kind', ['-x', 'ftp://secret:secret@proxy.test'], /--proxy takes an http:.* URL, not ftp:\/\//],
  ['a proxy that is no URL', ['-x', 'http://secret:secret@:0:0'], /--proxy takes a URL/],
  ["a proxy's user without a password", ['-x', 'http://p', '-U', 'secret'], /--proxy-user takes/],
  ['a part of a form without a name', ['-F', 'secret'], /--form takes NAME=CONTENT/],
  ['a file that is not there', ['-d', '@nowhere'], /can't read nowhere: there is no such file/],
  ['a range of letters', ['-r', 'a-b'], /--range takes bytes.*'a-b'/],
  ['two kinds of body', ['-d', 'secret', '-F', 'a=secret'], /exclude each other/],
  ['a body for HEAD', ['-I', '-d', 'secret'], /--head sends no body/],
  ['two kinds of authentication', ['-u', 'a:secret', '--oauth2-bearer', 'secret'], /exclude each other/],
  ['a certificate that is none', ['--cacert', 'data.txt'], /tls\.ca must be PEM/],
  ['a key without a certificate', ['--key', 'data.txt'], /--key goes with --cert/],
  ['an address that is none', ['--resolve', 'a:80:b'], /--resolve takes HOST:PORT:ADDRESS/],
  ['an interface that is none', ['--interface', 'none7'], /--interface takes an IP address or one of .*lo/],
  ['a word that objects have', ['--interface', 'constructor'], /--interface takes an IP address or one of .*lo/],
  ['cookies to stdout', ['-c', '-'], /--cookie-jar takes a file/],
]) {
  test(`refused before anything is sent, without a secret: ${what}`, async () => {
    const { code, stdout, stderr } = await runCommand(['-q', ...args, `${server.origin}/never`], { cwd: folder });
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^fetchloop: [^\n]+\n$/);
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, /secret/);
    assert.ok(!sent.has('never'));
  });
}

test('--unix-socket, and -k with its warning', async (t) => {
  const { createServer } = await import('node:http');
  const path = join(folder, 'socket');
  const local = createServer((_request, response) => response.end('local')).listen(path);
  await once(local, 'listening');
  t.after(() => local.close());
  const { code, stderr } = await runCommand(['-q', '-k', '--unix-socket', path, 'http://any.test/']);
  assert.equal(code, 0);
  assert.match(stderr, /^fetchloop: -k: any certificate is accepted/m);
  assert.doesNotMatch(stderr, /Warning:/);
  assert.equal((await runCommand(['-q', '-s', '-k', '--unix-socket', path, 'http://any.test/'])).stderr, '');
});

test('--public-only: loopback is refused', async () => {
  const { code, stdout } = await runCommand(['-q', '-s', '--jsonl', '--public-only', `${server.origin}/never`]);
  assert.equal(code, 1);
  assert.equal(records(stdout)[0].response_code, 0);
  assert.ok(!sent.has('never'));
});

test('--retry, --retry-delay, --retry-on-http-error, --retry-all-errors: what is tried again, and how often', async (t) => {
  const methods = [];
  const failing = await startHttp(t, (request, response) => {
    methods.push(request.method);
    response.writeHead(418).end();
  });
  const args = ['--retry', '3', '--retry-delay', '0', '--retry-on-http-error', '418'];
  await runCommand(['-q', '-s', ...args, '-d', 'a', failing.origin]);
  assert.deepEqual(methods.splice(0), ['POST']);
  const { stdout } = await runCommand([
    '-q',
    '-s',
    '--jsonl',
    ...args,
    '--retry-all-errors',
    '-d',
    'a',
    failing.origin,
  ]);
  assert.deepEqual(methods, ['POST', 'POST', 'POST', 'POST']);
  assert.equal(records(stdout)[0].num_retries, 3);
});

test('--retry-after-max: a host that asks for longer is left alone, and what waits for it fails', async (t) => {
  const busy = await startHttp(t, (_request, response) => response.writeHead(429, { 'retry-after': '2' }).end());
  const args = ['-q', '-s', '--jsonl', '--parallel-max-host', '1', '--retry-after-max', '1'];
  const { stdout } = await runCommand([...args, `${busy.origin}/1`, `${busy.origin}/2`]);
  const [second, first] = records(stdout); // in the order of their ends
  assert.deepEqual([first.response_code, first.num_retries], [429, 0]);
  assert.match(second.errormsg, /left alone for longer/);
});
