/** What the command makes of all that httpbin has, beside what curl makes of it: results, exit codes and bodies. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { version } from '../../node/version.js';
import { records, runCommand } from './support/command.js';
import { startHttpbin } from './support/httpbin.js';
import { test } from './support/test.js';

const httpbin = await startHttpbin({ after });
/** Its seed is the process's: what is asked for meanwhile would take some of its numbers. */
const oneByOne = await startHttpbin({ after }, { threads: 1 });
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));

const STATUSES = [200, 201, 202, 203, 204, 205, 206, 300, 304, 306, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407];
/** Not 305: that curl follows a deprecated Use Proxy as if it were a redirect is its own. */
const MORE_STATUSES = [
  408, 409, 410, 411, 412, 413, 418, 422, 425, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 511, 599,
];

const PATHS = {
  'status codes': [...STATUSES, ...MORE_STATUSES].map((status) => `/status/${status}`),
  redirects: [
    ...[301, 302, 303].map((status) => `/status/${status}`),
    ...[301, 302, 303, 307, 308].map((status) => `/redirect-to?url=%2Fget&status_code=${status}`),
    '/redirect/1',
    '/redirect/10',
    '/redirect/11',
    '/relative-redirect/3',
    '/absolute-redirect/3',
    '/redirect-to?url=/redirect-to%3Furl%3D/status/404',
    '/redirect-to?url=/get%23fragment',
    '/redirect-to?url=gopher://example.com/',
    '/links/3',
  ],
  auth: [
    '/basic-auth/user/secret',
    '//user:secret@/basic-auth/user/secret',
    '//user:wrong@/basic-auth/user/secret',
    '//user:p%40ss%3A@/basic-auth/user/p@ss:',
    '/hidden-basic-auth/user/secret',
    '//user:secret@/hidden-basic-auth/user/secret',
    '/bearer',
    '/digest-auth/auth/user/secret',
  ],
  encodings: ['/gzip', '/deflate', '/brotli', '/encoding/utf8'],
  cookies: ['/cookies', '/cookies/set/a/b', '/cookies/set?c=d', '/cookies/delete?a'],
  streams: [
    '/drip?numbytes=10&duration=1&delay=0',
    '/drip?numbytes=5&duration=0&delay=0&code=500',
    '/stream/5',
    '/delay/1',
  ],
  'ranges, caches': [
    '/range/1024',
    '/range/1024?chunk_size=10&duration=0',
    '/etag/one',
    '/cache',
    '/cache/60',
    '/response-headers?X-Own=a&X-Own=b&Content-Type=text/x-own',
  ],
  'requests, and what is left': [
    ...['/get?a=1&b=%20&b=2', '/headers', '/user-agent', '/ip', '/anything/a/b?c=d', '/base64/aGVsbG8=', '/post'],
    ...['/html', '/xml', '/json', '/robots.txt', '/deny', '/forms/post', '/links/10/0', '/missing'],
    ...['/image', '/image/png', '/image/jpeg', '/image/svg', '/image/webp'],
  ],
};

const SEEDED = [
  ...[0, 1, 100_000].map((count) => `/bytes/${count}?seed=1`),
  '/stream-bytes/10000?seed=1&chunk_size=100',
];

/** `//user:password@/path`: with these before the host. */
function urlOf(path, { port }) {
  const [, user = '', rest] = /^(?:\/\/(.*@))?(\/.*)$/.exec(path);
  return `http://${user}127.0.0.1:${port}${rest}`;
}

/** What both send, and in which order: httpbin says it. */
const HEADERS = [
  'Connection: keep-alive',
  'Accept: */*',
  'Accept-Encoding: gzip, deflate, br, zstd',
  `User-Agent: fetchloop/${version}`,
];

async function curl(urls, options, into) {
  const args = [
    '-s',
    '-L',
    '--max-redirs',
    '10',
    '--compressed',
    ...HEADERS.flatMap((header) => ['-H', header]),
    ...options,
  ];
  const files = urls.flatMap((url, i) => ['-o', join(into, String(i)), url]);
  const child = spawn('curl', [...args, ...files, '-w', '%{json}\n'], { stdio: ['ignore', 'pipe', 'inherit'] });
  return records((await child.stdout.setEncoding('utf8').toArray()).join(''));
}

async function ours(urls, options, into) {
  const naming = ['--output-dir', into, '--output-name', '{urlnum}'];
  const { stdout } = await runCommand(['-s', '--jsonl', '--retry', '0', ...naming, ...options, ...urls]);
  return records(stdout).sort((a, b) => a.urlnum - b.urlnum);
}

const FIELDS = ['exitcode', 'response_code', 'num_redirects', 'content_type', 'url_effective', 'size_download'];

/** What is compared; a body that is empty is no file, or an empty one. What has timed out isn't in a file of ours. */
function told(record, fields, file) {
  // Ours tells no secrets, and no fragment, as a Response.
  const url = record.url_effective?.replace(/\/\/.*@|#.*/g, (found) => (found.startsWith('//') ? '//' : ''));
  const whole = { ...record, url_effective: url };
  const body = record.exitcode !== 28 && existsSync(file) ? readFileSync(file, 'latin1') : '';
  // curl counts a redirect to where it then doesn't go.
  const names = record.exitcode === 1 ? ['exitcode', 'response_code'] : fields;
  return { ...Object.fromEntries(names.map((name) => [name, whole[name]])), body };
}

async function compare(name, paths, options, { fields = FIELDS, server = httpbin } = {}) {
  const urls = paths.map((path) => urlOf(path, server));
  const [theirFolder, ourFolder] = ['theirs', 'ours'].map((whose) => join(folder, `${name} ${whose}`));
  for (const made of [theirFolder, ourFolder]) await mkdir(made);
  const [theirs, mine] = await Promise.all([curl(urls, options, theirFolder), ours(urls, options, ourFolder)]);
  assert.equal(mine.length, paths.length);
  for (const [i, path] of paths.entries()) {
    const file = String(i);
    const [expected, actual] = [
      told(theirs[i], fields, join(theirFolder, file)),
      told(mine[i], fields, join(ourFolder, file)),
    ];
    assert.deepEqual(actual, expected, path);
  }
}

for (const [name, paths] of Object.entries(PATHS)) {
  test(`httpbin, ${name}: as curl`, () => compare(name, paths, []), { timeout: 60_000 });
}

test('httpbin, bytes: as curl', () => compare('bytes', SEEDED, [], { server: oneByOne }), { timeout: 60_000 });

test(
  'httpbin, with -f: as curl -f',
  () => compare('fail', PATHS['status codes'], ['-f'], { fields: ['exitcode', 'response_code'] }),
  { timeout: 60_000 },
);

test(
  'httpbin, with --fail-with-body: as curl',
  () => compare('fail with body', PATHS['status codes'], ['--fail-with-body']),
  { timeout: 60_000 },
);

test(
  'httpbin, with -m: as curl -m',
  () =>
    compare('max time', ['/delay/5', '/drip?numbytes=10&duration=6&delay=0', '/get'], ['-m', '3'], {
      fields: ['exitcode', 'response_code'],
    }),
  { timeout: 60_000 },
);
