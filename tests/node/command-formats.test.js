/** The command's formats of stdout, and -w. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { records, runCommand, startCommand } from './support/command.js';
import { freePort, startNginx } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { test as shortTest, urlsOf } from './support/test.js';

const execute = promisify(execFile);
/** Each runs several commands. */
const test = (name, body) => shortTest(name, body, { timeout: 60_000 });
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));
const nginx = await startNginx(
  { after },
  {
    locations: `location = /404 { return 404 "no"; }
      location = /headers { add_header X-Own "a b"; add_header Set-Cookie one; add_header Set-Cookie two; return 200 "hello"; }`,
  },
);
const refused = `http://127.0.0.1:${await freePort()}/`;
/** Of all kinds: well, a status, no connection, no URL, and one that means something to XML, a table and a terminal. */
const URLS = [
  `${nginx.origin}/a`,
  `${nginx.origin}/404`,
  refused,
  '=cmd|"<b>&\u001b[31m',
  `${nginx.origin}/to?a=1&b=[2]`,
];

const python = (script, input) => runCommand([], { program: ['python3', '-c', script], input });

// ---- Formats

test('--format json: one array of the records that --jsonl has', async () => {
  const [json, none] = await Promise.all([
    runCommand(['-s', '--format', 'json', '-f', '-g', ...URLS]),
    runCommand(['-s', '--format', 'json', '-'], { input: '' }),
  ]);
  const list = JSON.parse(json.stdout);
  assert.deepEqual(list.map(({ url }) => url).sort(), [...URLS].sort());
  assert.deepEqual(Object.keys(list[0]), Object.keys(records((await runCommand(['--jsonl', URLS[0]])).stdout)[0]));
  assert.deepEqual(JSON.parse(none.stdout), []);
  assert.equal(json.code, 1);
});

test('--format json is written as results come, and whole when the run is interrupted', async (t) => {
  const server = await startHttp(t, (request, response) => request.url === '/quick' && response.end());
  const command = startCommand(t, ['-s', '--format', 'json', `${server.origin}/quick`, `${server.origin}/never`]);
  await command.until('stdout', /quick/);
  command.child.kill('SIGINT');
  const { code, stdout } = await command.ended;
  assert.deepEqual(
    JSON.parse(stdout).map(({ exitcode }) => exitcode),
    [0, 42],
  );
  assert.equal(code, 130);
});

test("--format csv: read back by Python's csv it says the same as --jsonl, and nothing is a formula", async () => {
  const { stdout } = await runCommand(['-s', '--format', 'csv', '-g', ...URLS]);
  assert.ok(stdout.endsWith('\r\n') && !/[^\r]\n/.test(stdout), 'RFC 4180');
  const script = 'import csv,json,sys; json.dump(list(csv.DictReader(sys.stdin, strict=True)), sys.stdout)';
  const rows = JSON.parse((await python(script, stdout)).stdout);
  assert.equal(rows.length, URLS.length);
  const well = rows.find(({ url }) => url === URLS[0]);
  assert.deepEqual([well.response_code, well.size_download, well.errormsg], ['200', '12', '']);
  for (const row of rows) for (const cell of Object.values(row)) assert.doesNotMatch(cell, /^[=+@\t\r-]|\u001b/);
  assert.ok(rows.some(({ url }) => url.includes('cmd|"<b>')));
});

test('--format junit: as the schema of the Jenkins xUnit plugin has it, each URL once', async () => {
  const { stdout } = await runCommand(['-s', '--format', 'junit', '-f', '-g', ...URLS]);
  const schema = new URL('support/junit.xsd', import.meta.url).pathname;
  const file = join(folder, 'junit.xml');
  await writeFile(file, stdout);
  await execute('xmllint', ['--noout', '--schema', schema, file]);
  const script = `
import json, sys, xml.etree.ElementTree as et
root = et.parse(sys.stdin).getroot()
suites = [(s.get('name'), s.get('tests'), s.get('failures'), s.get('errors')) for s in root]
cases = [(c.get('name'), [(k.tag, k.get('type')) for k in c]) for c in root.iter('testcase')]
json.dump({'root': [root.get(n) for n in ('tests', 'failures', 'errors')], 'suites': suites, 'cases': cases}, sys.stdout)`;
  const { root, suites, cases } = JSON.parse((await python(script, stdout)).stdout);
  assert.deepEqual(root, ['5', '1', '2']);
  assert.deepEqual(
    new Set(suites.map(String)),
    new Set([`${nginx.origin},3,1,0`, `${new URL(refused).origin},1,0,1`, 'no host,1,0,1']),
  );
  const kinds = Object.fromEntries(cases);
  assert.deepEqual(kinds[`GET ${URLS[0]}`], []);
  assert.deepEqual(kinds[`GET ${URLS[1]}`], [['failure', '22']]);
  assert.deepEqual(kinds[`GET ${URLS[2]}`], [['error', '7']]);
});

test('--format markdown: a table, and the failures below it', async () => {
  const { stdout } = await runCommand(['-s', '--format', 'markdown', '-f', '-g', ...URLS]);
  const lines = stdout.split('\n');
  assert.match(lines[0], /^\| Status \|.* URL \|$/);
  const rows = lines.filter((line) => /^\| (\*\*)?(\d{3}|fail)/.test(line));
  assert.equal(rows.length, URLS.length);
  for (const row of rows) assert.equal(row.split('|').length, 6, row);
  assert.ok(rows.some((row) => row.endsWith(`<${nginx.origin}/a> |`)));
  assert.ok(rows.some((row) => row.includes('=cmd&#124;"&#60;b&#62;')));
  assert.match(stdout, /\n## Failures\n\n(- .*\n){3}$/);
});

test('a list of 2,000 in each format has each URL once', async () => {
  const urls = urlsOf(`${nginx.origin}/n`, 2000);
  const marks = { json: /"urlnum":/g, csv: /,200,0,/g, junit: /<testcase /g, markdown: /^\| 200/gm };
  const each = async ([format, mark]) => {
    const { code, stdout } = await runCommand(['-s', '--format', format, '-'], { input: urls.join('\n') });
    assert.equal(code, 0, stdout.slice(-500));
    assert.equal(stdout.match(mark).length, urls.length, format);
  };
  await Promise.all(Object.entries(marks).map(each));
});

// ---- -w

/** What curl says, one URL after the other. */
async function curlSays(template, urls, options = []) {
  const args = ['-s', ...options, ...urls.flatMap((url) => ['-o', '/dev/null', url]), '-w', template];
  const { stdout, stderr } = await execute('curl', args).catch((error) => error);
  return { stdout, stderr };
}

const SAME = [
  'content_type',
  'exitcode',
  'filename_effective',
  'ftp_entry_path',
  'http_code',
  'http_connect',
  'http_version',
  'method',
  'num_redirects',
  'proxy_ssl_verify_result',
  'referer',
  'remote_ip',
  'remote_port',
  'response_code',
  'size_download',
  'size_upload',
  'ssl_verify_result',
  'time_appconnect',
  'time_redirect',
  'url',
  'url_effective',
  'urlnum',
];

test('-w: the variables say what curl says', async () => {
  const template = SAME.map((name) => `${name}=%{${name}}`).join('\\n');
  const urls = ['/a', '/404', '/headers'].map((path) => nginx.origin + path);
  // curl names what it was told to write to, though it be nowhere.
  const normal = (text) => text.replace(/filename_effective=.*/, '').split('\n');
  const each = async (url) => {
    const theirs = await curlSays(`${template}\\n`, [url]);
    const ours = await runCommand(['-s', '-w', `${template}\\n`, '-o', '/dev/null', '--retry', '0', url]);
    assert.deepEqual(normal(ours.stdout), normal(theirs.stdout), url);
  };
  await Promise.all([...urls, refused].map(each));
});

test('-w: headers, their number and size, redirects, and the scheme, as curl has them', async () => {
  const template = '%header{X-Own}|%header{set-cookie}|%header{none}|%{num_headers}|%{size_header}|%{redirect_url}\\n';
  for (const path of ['/headers', '/404']) {
    const theirs = await curlSays(template, [nginx.origin + path]);
    const ours = await runCommand(['-s', '-w', template, nginx.origin + path]);
    assert.equal(ours.stdout, theirs.stdout, path);
  }
  const theirs = JSON.parse((await curlSays('%{header_json}', [`${nginx.origin}/headers`])).stdout);
  const ours = JSON.parse((await runCommand(['-s', '-w', '%{header_json}', `${nginx.origin}/headers`])).stdout);
  assert.deepEqual({ ...ours, date: 0 }, { ...theirs, date: 0 });
  assert.equal((await runCommand(['-s', '-w', '%{scheme}', nginx.origin])).stdout, 'http');
});

for (const template of [
  '%{http_code}\\t%{size_download}\\r\\n',
  '100%% %x %{ \\q %',
  '%{HTTP_CODE} %header{ %{url',
  'a%{onerror}b',
  'plain',
  '%{nonsense}:%{http_code}',
]) {
  test(`-w '${template}': as curl writes it`, async () => {
    const url = `${nginx.origin}/a`;
    const theirs = await curlSays(template, [url]);
    const ours = await runCommand(['-s', '-w', template, url]);
    assert.equal(ours.stdout, theirs.stdout);
    assert.equal(ours.stderr.replace(/^fetchloop/gm, 'curl'), theirs.stderr);
  });
}

test('-w: times are of curl’s form, and in order', async () => {
  const names = ['namelookup', 'connect', 'pretransfer', 'starttransfer', 'total'].map((name) => `%{time_${name}}`);
  const { stdout } = await runCommand(['-s', '-w', names.join(' '), nginx.origin]);
  assert.match(stdout, /^(\d+\.\d{6} ?){5}$/);
  const times = stdout.split(' ').map(Number);
  assert.deepEqual(
    [...times].sort((a, b) => a - b),
    times,
  );
});

test('-w: %{stderr} and %output{FILE} send what follows elsewhere; %{json} is the record; @FILE has the template', async () => {
  await writeFile(join(folder, 'template'), '%{json}\\n%{stderr}%{urlnum}\\n%output{codes}%{http_code}\\n%{stdout}');
  const urls = urlsOf(nginx.origin, 3);
  const { stdout, stderr } = await runCommand(['-s', '--sync', '-w', '@template', ...urls], { cwd: folder });
  assert.deepEqual(
    records(stdout).map(({ url }) => url),
    urls,
  );
  assert.equal(stderr, '0\n1\n2\n');
  assert.equal(await readFile(join(folder, 'codes'), 'utf8'), '200\n200\n200\n');
});

test('-w: a failure is told, too', async () => {
  const { code, stdout } = await runCommand(['-s', '-w', '%{onerror}%{exitcode} %{http_code} %{errormsg}\\n', refused]);
  assert.equal(code, 1);
  assert.match(stdout, /^7 000 .*could not connect/);
});

for (const [what, args, words] of [
  ['a template that is missing', ['-w', '@missing'], /--write-out.*missing/],
  ['two formats', ['-w', 'x', '--jsonl'], /--jsonl and --write-out|--write-out and --jsonl/],
  ['bodies and records on stdout', ['-o', '-', '--jsonl'], /-o -.*--jsonl/],
]) {
  test(`wrong usage, ${what}: told, and nothing is fetched`, async () => {
    const { code, stdout, stderr } = await runCommand([...args, nginx.origin], { cwd: folder });
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, words);
    assert.match(stderr, /^[^\n]+\n$/);
  });
}
