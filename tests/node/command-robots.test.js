/** --robots: robots.txt is asked for first, once a host, and obeyed; and --dry-run, which asks for nothing. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { records, runCommand, startCommand } from './support/command.js';
import { freePort } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { test, urlsOf } from './support/test.js';

/** @param {string | number} robots its text, or a status @returns {Promise<{ origin: string, asked: [string, number][] }>} */
async function startSite(t, robots) {
  const asked = [];
  const { origin } = await startHttp(t, (request, response) => {
    asked.push([request.url, performance.now()]);
    if (request.url !== '/robots.txt') response.end();
    else if (typeof robots === 'string') response.end(robots);
    else response.writeHead(robots).end();
  });
  return { origin, asked };
}
const pathsOf = ({ asked }) => asked.map(([path]) => path);

test('what robots.txt forbids is not asked for, and is a failure that says so', async (t) => {
  const site = await startSite(t, 'User-agent: *\nDisallow: /private\nAllow: /private/but\n');
  const urls = ['/a', '/private/x', '/private/but', '/private'].map((path) => site.origin + path);
  const { code, stdout, stderr } = await runCommand(['-q', '--robots', '--jsonl', ...urls]);
  assert.equal(code, 1);
  assert.deepEqual(pathsOf(site).sort(), ['/a', '/private/but', '/robots.txt']);
  assert.equal(pathsOf(site)[0], '/robots.txt');
  const forbidden = records(stdout).filter(({ exitcode }) => exitcode !== 0);
  assert.deepEqual(forbidden.map(({ url }) => url).sort(), [urls[3], urls[1]].sort());
  for (const { url, exitcode, errormsg, response_code } of forbidden) {
    assert.deepEqual([exitcode, errormsg, response_code], [9, `${url}: robots.txt forbids it`, 0]);
  }
  assert.match(stderr, /failed: 2 × robots\.txt forbids it \(ROBOTS\)/);
});

test('the rules are those for fetchloop, or for what -A calls it', async (t) => {
  const site = await startSite(t, 'User-agent: fetchloop\nDisallow: /\n\nUser-agent: own\nAllow: /\n');
  const [ours, theirs] = [
    await runCommand(['-q', '-s', '--robots', `${site.origin}/a`]),
    await runCommand(['-q', '-s', '--robots', '-A', 'own/1.0 (me)', `${site.origin}/b`]),
  ];
  assert.deepEqual([ours.code, theirs.code], [1, 0]);
  assert.deepEqual(pathsOf(site), ['/robots.txt', '/robots.txt', '/b']);
});

for (const [what, robots, code] of [
  ['is not there: all is allowed', 404, 0],
  ['answers 503: all is forbidden', 503, 1],
]) {
  test(`a robots.txt that ${what}`, async (t) => {
    const site = await startSite(t, robots);
    const ended = await runCommand(['-q', '-s', '--retry', '0', '--robots', ...urlsOf(site.origin, 3)]);
    assert.equal(ended.code, code);
    assert.equal(site.asked.length, code === 0 ? 4 : 1);
  });
}

test(
  'a host whose robots.txt does not come holds up no other; its URLs fail as it does',
  async (t) => {
    const mute = await startHttp(t, () => {});
    const site = await startSite(t, 404);
    const args = [
      '--robots',
      '--jsonl',
      '-m',
      '5',
      '--retry',
      '0',
      ...urlsOf(mute.origin, 3),
      ...urlsOf(site.origin, 3),
    ];
    const command = startCommand(t, ['-q', ...args]);
    const early = records((await command.until('stdout', /(.*\n){3}/)).replace(/[^\n]*$/, ''));
    assert.ok(early.every(({ url }) => url.startsWith(site.origin)));
    const { stdout } = await command.ended;
    const late = records(stdout).filter(({ url }) => url.startsWith(mute.origin));
    assert.deepEqual(
      late.map(({ exitcode }) => exitcode),
      [28, 28, 28],
    );
    assert.match(late[0].errormsg, /no robots\.txt: /);
  },
  { timeout: 30_000 },
);

test('a list that is still being written: what has come is fetched meanwhile', async (t) => {
  const site = await startSite(t, 404);
  const command = startCommand(t, ['-q', '--robots', '-'], { input: null });
  command.child.stdin.write(`${site.origin}/first\n`);
  await command.until('stdout', /\/first\n/);
  command.child.stdin.end(`${site.origin}/second\n`);
  const { code, stdout } = await command.ended;
  assert.equal(code, 0);
  assert.match(stdout, /\/second\n$/);
});

test('Crawl-delay keeps so much time between two requests', async (t) => {
  const site = await startSite(t, 'User-agent: *\nCrawl-delay: 0.4\n');
  await runCommand(['-q', '-s', '--robots', ...urlsOf(site.origin, 3)]);
  const times = site.asked.slice(1).map(([, when]) => when);
  assert.ok(times[2] - times[0] >= 700, `${times[2] - times[0]} ms for two pauses`);
});

test('many hosts, a list of each in its order', async (t) => {
  const sites = await Promise.all(Array.from({ length: 20 }, () => startSite(t, 'User-agent: *\nDisallow: /3\n')));
  const urls = [0, 1, 2, 3, 4].flatMap((i) => sites.map(({ origin }) => `${origin}/${i}`));
  const { stdout } = await runCommand(['-q', '-s', '--jsonl', '--robots', '--parallel-max-host', '1', '-'], {
    input: urls.join('\n'),
  });
  assert.equal(records(stdout).length, 100);
  for (const site of sites) assert.deepEqual(pathsOf(site), ['/robots.txt', '/0', '/1', '/2', '/4']);
});

// ---- --dry-run

const never = await startSite({ after }, 404);

test('--dry-run: prints each request, hides secrets, and sends nothing', async () => {
  const args = ['-q', '--dry-run', '--robots', '-H', 'X-Api-Key: secret', '-H', 'X-Other: shown', '-b', 'a=secret'];
  const url = never.origin.replace('//', '//user:secret@');
  const { code, stdout, stderr } = await runCommand([
    ...args,
    '-d',
    'a=secret',
    `${url}/{1,2}`,
    '--sitemap',
    `${never.origin}/map`,
  ]);
  assert.deepEqual([code, stderr, never.asked], [0, '', []]);
  assert.doesNotMatch(stdout, /secret/);
  assert.equal(stdout.match(/^POST http:\/\/127\.0\.0\.1:\d+\/[12]$/gm).length, 2);
  assert.match(stdout, /^POST http.*\/map$/m);
  for (const line of ['x-api-key: …', 'x-other: shown', 'cookie: …', 'authorization: …', 'a body of 8 bytes']) {
    assert.ok(stdout.includes(`  ${line}\n`), line);
  }
});

test('--dry-run --jsonl: an object a request; what cannot be asked for is a failure', async () => {
  const { code, stdout } = await runCommand(['-q', '--dry-run', '--jsonl', `${never.origin}/`, 'no-scheme']);
  assert.equal(code, 1);
  const [good, bad] = records(stdout);
  assert.deepEqual(
    [good.method, good.url, good.body_bytes, good.headers.accept],
    ['GET', `${never.origin}/`, null, '*/*'],
  );
  assert.deepEqual([bad.url, bad.error], ['no-scheme', 'not a URL']);
});

test('a port that nobody listens on: its URLs fail with what its robots.txt did', async () => {
  const { stdout } = await runCommand([
    '-q',
    '-s',
    '--jsonl',
    '--retry',
    '0',
    '--robots',
    `http://127.0.0.1:${await freePort()}/`,
  ]);
  assert.equal(records(stdout)[0].exitcode, 7);
});

test('Ctrl-C ends it while robots.txt does not come, and while a list for --dry-run does not', async (t) => {
  let asked = () => {};
  const isAsked = new Promise((resolve) => {
    asked = resolve;
  });
  const mute = await startHttp(t, () => asked());
  const waiting = startCommand(t, ['-q', '--robots', ...urlsOf(mute.origin, 3)]);
  await isAsked;
  const dry = startCommand(t, ['-q', '--dry-run', '-'], { input: null });
  dry.child.stdin.write('http://h/\n');
  await dry.until('stdout', /h\//);
  for (const command of [waiting, dry]) {
    command.child.kill('SIGINT');
    assert.equal((await command.ended).code, 130);
  }
});
