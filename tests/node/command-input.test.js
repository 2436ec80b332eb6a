/** What the command is given to fetch, beyond plain lines: formats, patterns, sitemaps, files of options. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readOptions } from '../../node/command/config.js';
import { expand } from '../../node/command/input/glob.js';
import { openList } from '../../node/command/input/index.js';
import { parseOptions } from '../../node/command/parse.js';
import { UsageError } from '../../node/command/usage-error.js';
import { memoryOf, records, runCommand, startCommand } from './support/command.js';
import { startHttp } from './support/odd-servers.js';
import { collect, openSession, test } from './support/test.js';

const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));
let files = 0;

async function makeFile(name, content) {
  const path = join(folder, `${files++}-${name}`);
  await writeFile(path, content);
  return path;
}

/** What a list has: URLs, as texts. */
async function listOf(args, session = null) {
  const { values, positionals } = parseOptions(args);
  return collect((await openList(positionals, values))(session));
}
const urlsIn = async (args, session) => (await listOf(args, session)).map((one) => String(one.url ?? one));

// ---- Patterns

const PATTERNS = [
  'http://h/[1-5]',
  'http://h/[001-010:3]',
  'http://h/[08-11]',
  'http://h/[a-e:2]x',
  'http://h/{one,two}',
  'http://{a,b}/[1-2]-{x,,y}',
  'http://[::1]/[1-2]',
  'http://[::1%25lo]/{a,b}',
  String.raw`http://h/\[1-2\]\{a\}`,
  String.raw`http://h/{a\,b,c}`,
  'http://h/[5-5]',
  'http://h/{a}',
];
for (const pattern of PATTERNS) {
  test(`a pattern as curl has it: ${pattern}`, async () => {
    const args = ['-s', '--proxy', 'http://127.0.0.1:1', '-o', '/dev/null', '-w', '%{url}\n', pattern];
    const { stdout } = await new Promise((resolve) => execFile('curl', args, (_, out) => resolve({ stdout: out })));
    assert.deepEqual([...expand(pattern)], stdout.trimEnd().split('\n'));
  });
}

const BAD_PATTERNS = [
  'http://h/[1-',
  'http://h/[1-5x]',
  'http://h/[10-20:x]',
  'http://h/[5-1]',
  'http://h/[1-5:9]',
  'http://h/[a-]',
  'http://h/[z-a]',
  'http://h/[-5]',
  'http://h/{a',
  'http://h/{a,{b}}',
  'http://h/{a]}',
  'http://h/{}',
  'http://h/a}',
  'http://h/a]',
];
for (const pattern of BAD_PATTERNS) {
  test(`a pattern that is none is refused as by curl: ${pattern}`, async () => {
    const [, what, position] = await new Promise((resolve) =>
      execFile('curl', ['-sS', pattern], (_, _out, err) => resolve(/\(3\) (.*) in URL position (\d+)/.exec(err) ?? [])),
    );
    assert.throws(
      () => expand(pattern),
      (error) => {
        const [, ours, at] = /^(.*) in URL position (\d+): /.exec(error.message);
        assert.deepEqual([ours, at], [what, position]);
        return error instanceof UsageError;
      },
    );
  });
}

for (const [pattern, urls] of [
  ['{1..3}', ['1', '2', '3']],
  ['{01..10..4}', ['01', '05', '09']],
  ['{3..1}', ['3', '2', '1']],
  ['{-1..1}', ['-1', '0', '1']],
  ['{a..c}{1..2}', ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']],
  ['{1..3,x}', ['1..3', 'x']],
]) {
  test(`a pattern as a shell has it: ${pattern}`, () => assert.deepEqual([...expand(pattern)], urls));
}

test('a billion URLs cost nothing until they are asked for', () => {
  const heap = process.memoryUsage().heapUsed;
  const urls = expand('http://h/{1..1000000000}/[1-1000000000]')[Symbol.iterator]();
  assert.equal(urls.next().value, 'http://h/1/1');
  assert.ok(process.memoryUsage().heapUsed - heap < 10e6);
});

test('-g takes brackets and braces as they are', async () => {
  assert.deepEqual(await urlsIn(['-g', 'http://h/{a,b}']), ['http://h/{a,b}']);
  assert.deepEqual(await urlsIn(['http://h/{a,b}']), ['http://h/a', 'http://h/b']);
});

// ---- CSV

for (const [what, content, args, expected] of [
  ['a column called url', 'id,url\n7,http://h/1\n8,"http://h/2,3"\n', [], ['7 http://h/1', '8 http://h/2,3']],
  [
    'the first with a URL, without a header',
    'a,http://h/1\nb,http://h/2\n',
    [],
    ['null http://h/1', 'null http://h/2'],
  ],
  ['by name', 'a,Target\nx,http://h/1\n', ['--column', 'target'], ['null http://h/1']],
  ['by number, with a header', 'a,b\nx,http://h/1\n', ['--column', '2'], ['null http://h/1']],
  ['by number, without one', 'x,http://h/1\n', ['--column', '2'], ['null http://h/1']],
  [
    'quotes, line ends in them, a byte order mark',
    '\ufeffurl,"a"\r\n"http://h/""1""","x\ny"\r\n',
    [],
    ['null http://h/"1"'],
  ],
  ['short rows and empty cells are passed over', 'a,url\nx\ny,\nz,http://h/1\n', [], ['null http://h/1']],
]) {
  test(`CSV: ${what}`, async () => {
    const list = await listOf(['-i', await makeFile('list.csv', content), ...args]);
    assert.deepEqual(
      list.map(({ url, data }) => `${data.id} ${url}`),
      expected,
    );
  });
}

for (const [what, content, args, words] of [
  ['no column with URLs', 'a,b\nc,d\n', [], /list\.csv: which column has the URLs\?.*'a', 'b'/],
  ['no such name', 'a,b\nc,d\n', ['--column', 'x'], /there is no column 'x', but 'a', 'b'/],
  ['no such number', 'a,b\nc,d\n', ['--column', '3'], /there is no column 3, but 2/],
  ['quotes that never close', 'url\n"http://h/1\n', [], /list\.csv: Quote Not Closed.* line 2/],
]) {
  test(`CSV, ${what}: refused by name`, async () => {
    const list = listOf(['-i', await makeFile('list.csv', content), ...args]);
    await assert.rejects(list, (error) => error instanceof UsageError && words.test(error.message));
  });
}

test('--column without a CSV file is refused', async () => {
  await assert.rejects(listOf(['--column', 'x', 'http://h/']), /--column is of a CSV file, and there is none/);
});

test('TSV by its name, CSV from stdin by --input-format, both gzipped', async () => {
  const tsv = await makeFile('list.tsv.gz', gzipSync('id\turl\n1\thttp://h/a,b\n'));
  assert.deepEqual(await urlsIn(['-i', tsv]), ['http://h/a,b']);
  const { stdout } = await runCommand(['-q', '--dry-run', '--jsonl', '--input-format', 'csv', '-'], {
    input: gzipSync('url,x\nhttp://h/1,2\n'),
  });
  assert.deepEqual(
    records(stdout).map(({ url }) => url),
    ['http://h/1'],
  );
});

// ---- NDJSON

test('NDJSON: a request a line, what it says goes before what all have', async (t) => {
  const got = [];
  const server = await startHttp(t, async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const { 'x-one': one, 'x-all': all, 'content-type': type } = request.headers;
    got.push([request.method, request.url, one, all, type, body]);
    response.end();
  });
  const lines = [
    { url: `${server.origin}/0`, id: 'first', headers: { 'X-One': '1' } },
    {
      url: `${server.origin}/1`,
      method: 'PUT',
      body: 'text',
      headers: { 'content-type': 'text/x-own', 'x-all': 'own' },
    },
    { url: `${server.origin}/2`, json: { a: 1 }, id: 2 },
  ];
  const list = await makeFile('list.ndjson', `\n${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
  const { stdout } = await runCommand(['-q', '-s', '--jsonl', '--sync', '-H', 'X-All: all', '-d', 'a=b', '-i', list]);
  const form = 'application/x-www-form-urlencoded';
  assert.deepEqual(got, [
    ['POST', '/0', '1', 'all', form, 'a=b'],
    ['PUT', '/1', undefined, 'own', 'text/x-own', 'text'],
    ['POST', '/2', undefined, 'all', 'application/json', '{"a":1}'],
  ]);
  assert.deepEqual(
    records(stdout).map(({ id, line, method }) => [id, line, method]),
    [
      ['first', 2, 'POST'],
      [null, 3, 'PUT'],
      [2, 4, 'POST'],
    ],
  );
});

test('NDJSON: id, line and output go with the request, for the formats', async () => {
  const [request] = await listOf(['-i', await makeFile('a.jsonl', '{"url":"http://h/","id":5,"output":"a.html"}')]);
  assert.deepEqual(request.data, { id: 5, line: 1, output: 'a.html' });
});

for (const [what, line, words] of [
  ['no JSON', '{"url":', /not a JSON object/],
  ['no object', '["http://h/"]', /not a JSON object/],
  ['no URL', '{"method":"GET"}', /the field url must be a text/],
  ['an unknown field', '{"url":"http://h/","metod":"GET"}', /unknown field 'metod': there are url, method/],
  ['an id of another kind', '{"url":"http://h/","id":{}}', /the field id must be/],
]) {
  test(`NDJSON, ${what}: the list ends there, by file and line; what came before is told`, async () => {
    const list = await makeFile('bad.ndjson', `{"url":"no-scheme"}\n${line}\n{"url":"no-scheme"}\n`);
    const { code, stdout, stderr } = await runCommand(['-q', '--jsonl', '-i', list]);
    assert.deepEqual([code, records(stdout).length], [2, 1]);
    assert.match(stderr, /^1 URL in /m);
    assert.match(stderr, new RegExp(`^fetchloop: ${list}:2: .*${words.source}`, 'm'));
  });
}

test('NDJSON: what the session does not take is that request’s failure', async () => {
  const list = await makeFile(
    'bad.ndjson',
    '{"url":"http://127.0.0.1:1/","timeout":-1,"retry":0}\n{"url":"no-scheme"}\n',
  );
  const { code, stdout } = await runCommand(['-q', '-s', '--jsonl', '-i', list]);
  assert.equal(code, 1);
  const errors = records(stdout).map(({ line, errormsg }) => [line, errormsg]);
  assert.match(Object.fromEntries(errors)[1], /timeout must be/);
});

// ---- Sitemaps

const urlset = (...urls) =>
  `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="i">${urls
    .map((url) => `<url><image:image><image:loc>http://no/</image:loc></image:image><loc> ${url} </loc></url>`)
    .join('\n')}</urlset>`;
const index = (...urls) =>
  `<sitemapindex>${urls.map((url) => `<sitemap><loc>${url}</loc></sitemap>`).join('')}</sitemapindex>`;

async function startSitemaps(t) {
  const server = await startHttp(t, (request, response) => {
    const { origin } = server;
    const pages = {
      '/index.xml': index(`${origin}/a.xml`, `${origin}/b.xml.gz`, `${origin}/missing.xml`, `${origin}/index.xml`),
      '/a.xml': urlset('http://h/a1', 'http://h/a2?x=1&amp;y=2'),
      '/b.xml.gz': gzipSync(urlset('http://h/b1')),
      '/broken.xml': urlset('http://h/c1').replace('</urlset>', '<'),
      '/page.html': '<html></html>',
    };
    if (!pages[request.url]) return response.writeHead(404).end();
    response.end(pages[request.url]);
  });
  return server;
}

test('--sitemap: an index, what it names, gzipped or not; one that is missing is a failure and stops nothing', async (t) => {
  const { origin } = await startSitemaps(t);
  const session = await openSession(t);
  const list = await listOf(['--sitemap', `${origin}/index.xml`], session);
  assert.deepEqual(
    list.filter((one) => typeof one === 'string'),
    ['http://h/a1', 'http://h/a2?x=1&y=2', 'http://h/b1'],
  );
  const [missing] = list.filter((one) => typeof one !== 'string');
  assert.equal(missing.url, `${origin}/missing.xml`);
  assert.match(missing.signal.reason.message, /^the sitemap .*missing\.xml/);
});

test('--sitemap: one at a time, it comes to an end, and its failures are records', async (t) => {
  const { origin } = await startSitemaps(t);
  const args = ['-q', '--sync', '--jsonl', '--retry', '0', '--connect-timeout', '1', '-x', 'http://127.0.0.1:1'];
  const run = (path) => runCommand([...args, '--noproxy', '127.0.0.1', '--sitemap', origin + path]);
  const [all, broken, page] = await Promise.all(['/index.xml', '/broken.xml', '/page.html'].map(run));
  assert.equal(records(all.stdout).length, 4);
  assert.match(broken.stdout, /broken\.xml: no well-formed XML: 1:\d+/);
  assert.match(page.stdout, /<html> is no sitemap/);
  assert.deepEqual([all.code, broken.code, page.code], [1, 1, 1]);
});

test('a sitemap names others, who get none of the secrets that were given for its own host', async (t) => {
  const got = {};
  const answer = (who, text) => (request, response) => {
    const { authorization, cookie, 'x-api-key': key, 'x-other': other } = request.headers;
    got[who + request.url] = [authorization !== undefined, cookie !== undefined, key !== undefined, other];
    response.end(text(request.url));
  };
  const other = await startHttp(
    t,
    answer('other', () => urlset(`${own.origin}/c`)),
  );
  const own = await startHttp(
    t,
    answer('own', (path) =>
      path === '/index.xml'
        ? index(`${own.origin}/a.xml`, `${other.origin}/b.xml`)
        : urlset(`${own.origin}/a`, `${other.origin}/b`),
    ),
  );
  const { code } = await runCommand([
    '-q',
    '-s',
    '-u',
    'a:b',
    '-b',
    'c=d',
    '-H',
    'X-Api-Key: e',
    '-H',
    'X-Other: f',
    '--unique',
    '--sitemap',
    `${own.origin}/index.xml`,
  ]);
  assert.equal(code, 0);
  const [all, none] = [
    [true, true, true, 'f'],
    [false, false, false, 'f'],
  ];
  const expected = {
    'own/index.xml': all,
    'own/a.xml': all,
    'other/b.xml': none,
    'own/a': all,
    'other/b': none,
    'own/c': all,
  };
  assert.deepEqual(got, expected);
});

test('a sitemap from a file; what is no XML is refused by name', async () => {
  assert.deepEqual(await urlsIn(['-i', await makeFile('s.xml.gz', gzipSync(urlset('http://h/1', 'http://h/2')))]), [
    'http://h/1',
    'http://h/2',
  ]);
  const bad = await makeFile('bad.xml', 'http://h/1\n');
  await assert.rejects(listOf(['-i', bad]), (error) => error instanceof UsageError && error.message.startsWith(bad));
});

// ---- --unique

test('--unique: the same method and URL, however it is written, is asked for once', async () => {
  const urls = ['http://h', 'HTTP://H:80/#x', 'http://h/a/../', 'http://h/b', 'no-scheme', 'no-scheme'];
  assert.deepEqual(await urlsIn(['--unique', ...urls]), ['http://h', 'http://h/b', 'no-scheme']);
  const lines = [{}, { method: 'PUT' }, { method: 'put' }, { body: '1' }, { body: '2' }, { body: '1' }];
  const text = lines.map((line) => JSON.stringify({ url: 'http://h/', ...line })).join('\n');
  assert.equal((await listOf(['--unique', '-i', await makeFile('u.ndjson', text)])).length, 4);
});

// ---- Bounds

test(
  'a million lines of each format are read in bounded memory, as they are used',
  async (t) => {
    const line = {
      csv: (i) => `${i},http://127.0.0.1:1/${i}\n`,
      ndjson: (i) => `{"id":${i},"url":"http://127.0.0.1:1/${i}"}\n`,
      xml: (i) => `<url><loc>http://127.0.0.1:1/${i}</loc></url>\n`,
    };
    for (const [format, make] of Object.entries(line)) {
      const lines = Array.from({ length: 1_000_000 }, (_, i) => make(i)).join('');
      const list = await makeFile(`million.${format}`, format === 'xml' ? `<urlset>${lines}</urlset>` : lines);
      const command = startCommand(t, ['-q', '--dry-run', '--jsonl', '-i', list], { input: null });
      command.child.stdout.removeAllListeners('data');
      let first = true;
      let count = 0;
      for await (const chunk of command.child.stdout) {
        if (first)
          assert.ok((await memoryOf(command.child.pid, 'VmHWM')) < 200e6, 'the first comes before all is read');
        first = false;
        count += chunk.split('\n').length - 1;
        if (count > 900_000) assert.ok((await memoryOf(command.child.pid, 'VmHWM')) < 400e6);
        if (count > 900_000) break;
      }
      command.child.kill('SIGKILL');
    }
  },
  { timeout: 240_000 },
);

// ---- Files of options

const CONFIG = `
# a comment
-H "X-Quoted: a \\"b\\"\\t"
header = "X-Two: 2"
parallel-max: 3   # after it
--max-time=4
retry 5
silent
-XPUT
url = "http://h/1"
url = http://h/2
`;

test('-K: a file of options in curl’s syntax; the command line counts more', async () => {
  const { values } = readOptions(['-q', '-K', await makeFile('rc', CONFIG), '-H', 'X-Three: 3', '--retry', '1']);
  assert.deepEqual(values.header, ['X-Quoted: a "b"\t', 'X-Two: 2', 'X-Three: 3']);
  assert.deepEqual(values.url, ['http://h/1', 'http://h/2']);
  const { 'parallel-max': parallel, 'max-time': time, retry, silent, request } = values;
  assert.deepEqual([parallel, time, retry, silent, request], [3, 4, 1, true, 'PUT']);
});

for (const [what, content, words] of [
  ['an unknown option', 'silent\nnonsense = 1\n', /:2: unknown option --nonsense/],
  ['a wrong value', '\n\nretry = many\n', /:3: --retry takes a whole number/],
  ['a value for a flag', 'silent = yes\n', /:1: -s, --silent takes no value/],
  ['blanks without quotes', 'header = X-One: 1\n', /:1: put a value with blanks into quotes/],
  ['quotes that never close', 'header = "X-One: 1\n', /:1: the quotes are not closed/],
]) {
  test(`-K, ${what}: refused by file and line`, async () => {
    const file = await makeFile('rc', content);
    assert.throws(
      () => readOptions(['-q', '-K', file]),
      (error) => error instanceof UsageError && error.message.startsWith(file) && words.test(error.message),
    );
  });
}

test('-K - is stdin; the user’s own file is read, but for -q; files may name others, but not in a circle', async () => {
  const home = join(folder, 'home');
  await mkdir(join(home, 'fetchloop'), { recursive: true });
  await writeFile(join(home, 'fetchloop', 'config'), 'user-agent = own\n');
  const circle = join(folder, 'circle');
  await writeFile(circle, `config = ${circle}\n`);
  const run = (args, input) =>
    runCommand([...args, '--dry-run', '--jsonl', 'http://h/'], { input, env: { XDG_CONFIG_HOME: home } });
  const [own, quiet, stdin, round] = await Promise.all([
    run([]),
    run(['-q']),
    run(['-K', '-'], 'user-agent = stdin\n'),
    run(['-K', circle]),
  ]);
  const agents = [own, quiet, stdin].map(({ stdout }) => records(stdout)[0].headers['user-agent']);
  assert.deepEqual([agents[0], agents[1].slice(0, 10), agents[2]], ['own', 'fetchloop/', 'stdin']);
  assert.equal(round.code, 2);
  assert.match(round.stderr, /files of options name each other/);
});
