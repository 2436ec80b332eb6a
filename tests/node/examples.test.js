/** The examples in C, as `make examples` builds them: as WebAssembly in Node, and natively those that need no HTTP. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { runCommand, startCommand } from './support/command.js';
import { startCounting, startHttp, startMute } from './support/odd-servers.js';
import { eventually, test } from './support/test.js';

const inRoot = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const inNode = (name) => ({ program: [process.execPath, inRoot('examples/run.mjs'), name] });
const natively = (name) => ({ program: [inRoot(`build/examples/${name}`)] });
const REFUSED = 'http://127.0.0.1:1/';

const linesOf = ({ stdout }) => stdout.trimEnd().split('\n');

/** Run it, in Node and natively, and compare all that it says. */
function testBoth(name, behaviour, expected) {
  for (const [where, program] of [
    ['in Node', inNode(name)],
    ['natively', natively(name)],
  ]) {
    test(`${name}: ${behaviour}, ${where}`, async () => {
      const { code, stdout, stderr } = await runCommand([], program);
      assert.equal(stderr, '');
      if (typeof expected === 'string') assert.equal(stdout, expected);
      else expected(stdout);
      assert.equal(code, 0);
    });
  }
}

// ---- Without HTTP

testBoth('compute', "prints what the document's program prints", 'Compute 1 + 2 ...\n1 + 2 = 3\n');

testBoth('print_sum', "tells the document's eight steps, with a second before the sixth", (stdout) => {
  const times = [...stdout.matchAll(/^(\d+\.\d\d) s {2}(\d)\./gm)].map(([, seconds]) => Number(seconds));
  assert.equal(
    stdout.replaceAll(/^\d+\.\d\d s/gm, 'TIME'),
    `TIME  1. Put coroutine to event loop
TIME  2. Run event loop
TIME  3. Start print_sum(1, 2)
TIME  4. Call compute(1, 2)
Compute 1 + 2 ...
TIME  5. Wait 1 second: a timer is set, and the loop goes on
TIME  6. Return 3: the timer has come
TIME  7. Print "1 + 2 = 3"
1 + 2 = 3
TIME  8. Close loop
`,
  );
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  const waited = times[5] - times[4];
  assert.ok(waited > 0.985, `waited ${waited} s, as rounded`);
});

testBoth(
  'producer_consumer',
  'producers wait for room, consumers for items, and go home when all is done',
  `producer 1 has put item 1
producer 1 has put item 2
producer 1 has put item 3
producer 2 has put item 1
producer 2 has put item 2
consumer 1 has done item 1 of producer 1
producer 2 has put item 3
all has been put
consumer 2 has done item 2 of producer 1
consumer 1 has done item 1 of producer 2
consumer 3 has done item 3 of producer 1
consumer 1 has done item 3 of producer 2
consumer 2 has done item 2 of producer 2
all has been done
consumer 3 goes home
consumer 1 goes home
consumer 2 goes home
`,
);

testBoth(
  'group_failure',
  'one that fails ends its siblings, whose clean-ups run, and every error is told',
  `quick: begun
slow: begun
unlucky: begun
stuck: begun
quick: copied
unlucky: cleaning up
unlucky: removed
slow: cleaning up
stuck: cleaning up
slow: removed
in short: unlucky: the disk is full; stuck: what there is of it can't be removed
failed: unlucky: -1001, the disk is full
failed: stuck: -1002, what there is of it can't be removed
`,
);

// ---- fetch_urls

test('fetch_urls: all at once, told in the order in which they come', async (t) => {
  const count = 8;
  const waiting = new Map();
  const { origin } = await startHttp(t, (request, response) => waiting.set(Number(request.url.slice(1)), response));
  const urls = Array.from({ length: count }, (_, i) => `${origin}/${i}`);
  const command = startCommand(t, urls, inNode('fetch_urls'));
  await eventually(() => waiting.size === count);
  for (let i = count - 1; i >= 0; i--) {
    waiting
      .get(i)
      .writeHead(200 + i)
      .end('hello');
    await command.until('stdout', new RegExp(`/${i} / `));
  }
  const result = await command.ended;
  assert.equal(result.stderr, '');
  assert.equal(result.code, 0);
  const lines = linesOf(result);
  const times = lines.map((line) => Number(line.match(/(\d+\.\d\d) s$/)[1]));
  assert.deepEqual(
    lines.map((line) => line.replace(/\d+\.\d\d s$/, 'TIME')),
    [...urls.map((url, i) => `${url} / ${200 + i}  TIME`).reverse(), 'end: TIME'],
  );
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
    'each took as long as it was waited for, and all as long as the last',
  );
});

test('fetch_urls: one that is refused, and one that is no URL, stop no other; the exit code says so', async (t) => {
  const { origin } = await startCounting(t);
  const result = await runCommand([`${origin}/1`, REFUSED, 'example.com'], inNode('fetch_urls'));
  const { code, stderr } = result;
  const lines = linesOf(result).map((line) => line.replace(/\d+\.\d\d s$/, 'TIME'));
  assert.equal(lines.pop(), 'end: TIME');
  assert.deepEqual(
    lines.sort(),
    [
      'example.com / no scheme, write http:// or https:// before it',
      `${REFUSED} / could not connect`,
      `${origin}/1 / 200  TIME`,
    ].sort(),
  );
  assert.equal(stderr, 'Unhandled exception: Task-1: FL_ENETWORK: not all could be fetched\n');
  assert.equal(code, 1);
});

test('fetch_urls: Ctrl-C ends it', async (t) => {
  const mute = await startMute(t);
  const { origin } = await startCounting(t);
  const command = startCommand(t, [`${origin}/1`, mute.origin], inNode('fetch_urls'));
  await command.until('stdout', /\/1 \/ 200/);
  command.child.kill('SIGINT');
  assert.equal((await command.ended).code, 130);
});

test('fetch_urls and run.mjs say how they are used', async () => {
  for (const [program, pattern] of [
    [inNode('fetch_urls'), /^Usage: .*fetch_urls URL/],
    [inNode('crawler'), /^Usage: crawler .*URL/],
    [inNode('no_such_example'), /^Usage: make examples/],
  ]) {
    const { code, stdout, stderr } = await runCommand([], program);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, pattern);
  }
});

// ---- crawler

/** A site of these pages, path to body; any other path is a 404. Counts how many requests it had, and at once. */
async function startSite(t, pages, { latency = 0 } = {}) {
  const counts = { now: 0, peak: 0, paths: [] };
  const server = await startHttp(t, (request, response) => {
    counts.paths.push(request.url);
    counts.peak = Math.max(counts.peak, ++counts.now);
    response.on('close', () => counts.now--);
    const body = pages[request.url];
    if (body === null) return; // never answered
    response.statusCode = body === undefined ? 404 : 200;
    setTimeout(() => response.end(body), latency);
  });
  return { ...server, counts };
}

const links = (...hrefs) => hrefs.map((href) => `<a href="${href}">there</a>`).join('\n');
const FAST = ['-r', '1000'];

test('crawler: follows the links of the host, each page once, down to the depth, and ends', async (t) => {
  const site = await startSite(t, {
    '/': links('a/', '/b#part', '#top', 'mailto:me@example.com', 'http://other.example/', '//other.example/x'),
    '/a/': `${links('..', '../b', './c?x=1&amp;y=2')} <A HREF = ' missing '> <a data-href="/no"> <a href=/no>`,
    '/b': links('/a/./', '/a/c/../deep'),
    '/a/c?x=1&y=2': 'no links',
    '/a/deep': links('/too-deep'),
    '/too-deep': '',
  });
  const { origin } = site;
  const { code, stdout, stderr } = await runCommand([...FAST, '-p', '1', origin], inNode('crawler'));
  assert.equal(
    stdout,
    `0  200  2 links  ${origin}/
1  200  4 links  ${origin}/a/
1  200  2 links  ${origin}/b
2  200  0 links  ${origin}/a/c?x=1&y=2
2  404  0 links  ${origin}/a/missing
2  200  1 links  ${origin}/a/deep
6 pages, of which 0 failed
`,
  );
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.deepEqual(site.counts.paths, ['/', '/a/', '/b', '/a/c?x=1&y=2', '/a/missing', '/a/deep']);
});

test('crawler: as many at a time as it is told, and no more', async (t) => {
  const paths = Array.from({ length: 12 }, (_, i) => `/${i}`);
  const site = await startSite(t, { '/': links(...paths) }, { latency: 100 });
  const result = await runCommand([...FAST, '-p', '3', site.origin], inNode('crawler'));
  assert.equal(linesOf(result).at(-1), '13 pages, of which 0 failed');
  assert.equal(site.counts.peak, 3);
  assert.deepEqual(site.counts.paths.slice(1).sort(), paths.sort());
});

test('crawler: so many starts a second, and no more', async (t) => {
  const site = await startSite(t, { '/': links('/1', '/2', '/3', '/4', '/5') });
  const began = performance.now();
  const result = await runCommand(['-r', '4', site.origin], inNode('crawler'));
  assert.equal(linesOf(result).at(-1), '6 pages, of which 0 failed');
  assert.ok(performance.now() - began >= 1250, 'six starts, a quarter of a second apart');
});

test('crawler: a page that is late, refused or no URL fails alone, and its place is free again', async (t) => {
  const site = await startSite(t, { '/': links('late', 'a'), '/a': links('b'), '/late': null, '/b': '' });
  const { origin } = site;
  const args = [...FAST, '-p', '1', '-t', '2', origin, REFUSED, 'example.com'];
  const { code, stdout } = await runCommand(args, inNode('crawler'));
  assert.equal(
    stdout,
    `0  200  2 links  ${origin}/
0  could not connect  ${REFUSED}
0  no scheme, write http:// or https:// before it  example.com
1  timed out  ${origin}/late
1  200  1 links  ${origin}/a
2  200  0 links  ${origin}/b
6 pages, of which 3 failed
`,
  );
  assert.equal(code, 0);
});

test('crawler: options that make no sense', async () => {
  for (const args of [['-d', '-1'], ['-p', '0'], ['-r', '0'], ['-r', 'nan'], ['-t', '1s'], ['-x', '1'], ['-d']]) {
    const { code, stdout, stderr } = await runCommand(
      [...args, ...(args.length > 1 ? [REFUSED] : [])],
      inNode('crawler'),
    );
    assert.deepEqual([args, code, stdout], [args, 2, '']);
    assert.match(stderr, /^Usage: crawler/m);
  }
});
