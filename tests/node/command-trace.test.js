import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { records, runCommand } from './support/command.js';
import { startHttp } from './support/odd-servers.js';
import { test } from './support/test.js';

const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));

/** /moved leads to /here; the first /busy is a 503. */
async function startSite(t) {
  let asked = 0;
  return startHttp(t, (request, response) => {
    if (request.url === '/moved') return response.writeHead(302, { location: '/here', 'set-cookie': 'a=S3CRET' }).end();
    if (request.url === '/busy' && asked++ === 0) return response.writeHead(503).end();
    response.setHeader('x-text', 'one\u009b2two');
    return response.end('hello');
  });
}

test('--trace: each step of each request, by its number in the list', async (t) => {
  const { origin } = await startSite(t);
  const file = join(folder, 'steps');
  const { code } = await runCommand(['--trace', file, '-s', `${origin}/moved`, `${origin}/busy`]);
  assert.equal(code, 0);
  const events = records(await readFile(file, 'utf8'));
  const stepsOf = (n) => events.filter(({ urlnum }) => urlnum === n).map(({ step }) => step);
  const attempt = ['queued', 'started', 'connected', 'headers'];
  assert.deepEqual(stepsOf(0), [...attempt, 'redirect', ...attempt, 'chunk', 'end']);
  assert.deepEqual(stepsOf(1), [...attempt, 'retry', ...attempt, 'chunk', 'end']);
  for (let i = 1; i < events.length; i++) assert.ok(events[i].time >= events[i - 1].time - 0.001);
  const { wait, response_code } = events.find(({ step }) => step === 'retry');
  assert.ok(wait >= 0 && response_code === 503);
});

test('--trace - tells it on stderr', async (t) => {
  const { origin } = await startSite(t);
  const { stderr } = await runCommand(['--trace', '-', '--format', 'none', origin]);
  assert.match(stderr, /^\{"time":[\d.]+,"urlnum":0,"step":"queued","url":"http/);
});

test('--trace-format chrome: spans within spans, a host a process', async (t) => {
  const { origin } = await startSite(t);
  const file = join(folder, 'chrome');
  await runCommand(['--trace', file, '--trace-format', 'chrome', '-s', `${origin}/moved`, `${origin}/a`]);
  const text = await readFile(file, 'utf8');
  const events = JSON.parse(`${text.trimEnd().replace(/,$/, '')}]`); // its end may be missing
  const whole = events.filter(({ args, ph }) => ph === 'X' && args);
  assert.deepEqual(whole.map(({ name }) => name).sort(), ['/a', '/here', '/moved']);
  for (const { ts, dur, pid, tid } of events.filter(({ ph, args }) => ph === 'X' && !args)) {
    const parents = whole.filter((span) => span.pid === pid && span.tid === tid);
    assert.ok(parents.some((span) => ts >= span.ts - 2 && ts + dur <= span.ts + span.dur + 2));
  }
  assert.equal(events.filter(({ ph }) => ph === 'M').length, 1);
});

test('-v: heads of requests and responses, hop by hop, without secrets and harmless in a terminal', async (t) => {
  const { origin } = await startSite(t);
  const { host } = new URL(origin);
  const { stderr, stdout } = await runCommand(['-v', '--format', 'none', `http://me:S3CRET@${host}/moved`]);
  assert.equal(stdout, '');
  assert.match(stderr, new RegExp(`> GET /moved HTTP/1\\.1\n> host: ${host}\n`));
  assert.match(stderr, /< HTTP\/1\.1 302 Found\n< location: \/here\n< set-cookie: a=\*\*\*\n/);
  assert.match(stderr, /> GET \/here HTTP\/1\.1/);
  assert.match(stderr, /< HTTP\/1\.1 200 OK/);
  assert.match(stderr, /Authorization: Basic \*\*\*/);
  assert.match(stderr, /x-text: one.?\\x9b2two/);
  assert.doesNotMatch(stderr, /S3CRET/);
});

test('a disk that is full: a message, no stack trace', async (t) => {
  const { origin } = await startSite(t);
  for (const option of ['--trace', '--har']) {
    const { code, stderr } = await runCommand([option, '/dev/full', '-s', origin]);
    assert.equal(code, 2, stderr);
    assert.equal(stderr, `fetchloop: ${option}: can't write /dev/full: the disk is full\n`);
  }
});

test('-v and -s exclude each other', async () => {
  const { code, stderr } = await runCommand(['-v', '-s', 'http://localhost/']);
  assert.equal(code, 2);
  assert.match(stderr, /--silent and --verbose exclude each other/);
});
