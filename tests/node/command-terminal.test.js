/** What a person sees at a terminal: the view, its waterfall, and that nothing of them is left behind. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLI, runCommand, startCommand } from './support/command.js';
import { startHttp } from './support/odd-servers.js';
import { openTerminal } from './support/terminal.js';
import { test, urlsOf } from './support/test.js';

const PATIENCE = { timeout: 40_000 };
const STATUS = /\d+ in flight /;
const isStatus = (line) => STATUS.test(line);
const DONE = /^\d+ URLs? in .* fetched/m;

/** A slow server, and a list of its URLs in a file. */
async function makeList(t, { count = 60 } = {}) {
  const server = await startHttp(t, (request, response) => {
    const n = Number(request.url.match(/\d+$/)?.[0] ?? 1);
    if (n % 10 === 7) response.writeHead(404).end();
    else setTimeout(() => response.end('x'.repeat(1000)), 300 + 100 * (n % 8)).unref();
  });
  const folder = await mkdtemp(join(tmpdir(), 'fetchloop-terminal-'));
  t.after(() => rm(folder, { recursive: true }));
  const urls = urlsOf(server.origin, count);
  const list = join(folder, 'list');
  await writeFile(list, `${urls.join('\n')}\n`);
  return { server, urls, folder, list };
}

/** And a terminal where `fetchloop` is a word. */
async function setUp(t, { count, ...options } = {}) {
  const made = await makeList(t, { count });
  const terminal = await openTerminal(t, { ...options, cwd: made.folder });
  await terminal.type(`fetchloop() { "${process.execPath}" "${CLI}" "$@"; }; clear`);
  await terminal.until(/^\$$/);
  return { ...made, terminal };
}

/** Of a change that comes sooner after the last, tmux tells the program late, which meanwhile draws for another window. */
const TMUX_MS = 300;

/** As wide as the bars. */
const isScale = (line) => /now ┘$/.test(line);

/** What the view consists of, besides bars. */
const isOfView = (line) => STATUS.test(line) || /now ┘|·· queued|\d of \d+ done|▒/.test(line);

function assertRecordsWhole(lines, urls) {
  const told = lines.filter((line) => /^(200|404|fail) /.test(line)).map((line) => line.split('  ').at(-1).trim());
  assert.deepEqual(told.sort(), [...urls].sort());
}

for (const [columns, rows] of [
  [80, 24],
  [200, 50],
]) {
  test(
    `at ${columns}x${rows} the view stands below the records, and nothing is left of it`,
    async (t) => {
      const { terminal, urls } = await setUp(t, { columns, rows });
      await terminal.type('fetchloop --waterfall -i list');
      await terminal.until(/^200 [\s\S]*▒[\s\S]*now ┘[\s\S]* of 60 done[\s\S]*in flight/m);
      const lines = await terminal.lines();
      assert.ok(lines.every((line) => line.length <= columns - 3 || /^(200|404)/.test(line)));
      const begins = lines.findIndex(isOfView);
      assert.ok(
        lines.slice(begins).every((line) => !/^(200|404) /.test(line)),
        lines.join('\n'),
      );
      assert.match(lines.at(-1), STATUS);
      assert.equal(await terminal.hasCursor(), false);
      await terminal.until(DONE);
      const all = await terminal.history();
      assert.deepEqual(all.filter(isOfView), []);
      assertRecordsWhole(all, urls);
      assert.equal(await terminal.hasCursor(), true);
    },
    PATIENCE,
  );
}

test(
  'in a window that is made smaller and larger no line of the view is left',
  async (t) => {
    const { terminal, urls } = await setUp(t, { columns: 120, rows: 40, count: 80 });
    // Full, as terminals are. On an empty one tmux moves what is at its top out of reach when it wraps lines.
    await terminal.type('seq 100');
    await terminal.until(/^100\n\$$/m);
    await terminal.type('fetchloop --waterfall -i list');
    await terminal.untilLines((lines) => lines.filter(isOfView).length > 8 && lines.some(isScale));
    const margin = 120 - (await terminal.lines()).find(isScale).length;
    for (const [columns, rows] of [
      [70, 40],
      [110, 40],
      [110, 25],
      [60, 25],
      [100, 30],
    ]) {
      await terminal.resize(columns, rows);
      await terminal.untilLines((lines) => {
        const isDrawn = lines.some((line) => isScale(line) && line.length === columns - margin);
        return isDrawn && lines.length === rows && lines.filter(isStatus).length === 1 && isStatus(lines.at(-1));
      }, `the view below a full screen, at ${columns}x${rows}`);
      await sleep(TMUX_MS);
    }
    await terminal.until(DONE);
    const all = await terminal.history();
    assert.deepEqual(all.filter(isOfView), []);
    assert.equal(all.filter((line) => /^(200|404) /.test(line)).length, urls.length);
  },
  PATIENCE,
);

test(
  'Ctrl-Z leaves a clean terminal, bg draws nothing on it, fg brings the view back',
  async (t) => {
    const { terminal, urls } = await setUp(t, { count: 90 });
    await terminal.type('fetchloop --waterfall -i list >records');
    await terminal.until(STATUS);
    await terminal.press('C-z');
    await terminal.until(/Stopped[\s\S]*\n\$$/);
    assert.deepEqual((await terminal.lines()).filter(isOfView), []);
    assert.equal(await terminal.hasCursor(), true);
    await terminal.type('bg');
    await terminal.type('for i in 1 2 3 4; do sleep 0.2; done; echo over');
    await terminal.until(/^over$/m);
    assert.deepEqual((await terminal.lines()).filter(isOfView), []);
    await terminal.type('fg');
    await terminal.until(STATUS);
    await terminal.until(DONE);
    assert.deepEqual((await terminal.history()).filter(isOfView), []);
    assert.match((await terminal.lines()).join('\n'), new RegExp(`^${urls.length} URLs`, 'm'));
  },
  PATIENCE,
);

test(
  'however it ends, the cursor is there again',
  async (t) => {
    for (const [key, message] of [
      ['C-c', /^interrupted/m],
      ['C-\\', /Quit/],
    ]) {
      const { terminal } = await setUp(t, { count: 500 });
      await terminal.type('fetchloop --waterfall -i list >records');
      await terminal.until(STATUS);
      assert.equal(await terminal.hasCursor(), false);
      await terminal.press(key);
      await terminal.until(message);
      assert.equal(await terminal.hasCursor(), true);
      assert.deepEqual((await terminal.lines()).filter(isOfView), []);
    }
  },
  PATIENCE,
);

test(
  'with NO_COLOR the view has no colours',
  async (t) => {
    const { terminal } = await setUp(t, { env: { NO_COLOR: '1' } });
    await terminal.type('fetchloop --waterfall -i list');
    await terminal.until(/▒[\s\S]*in flight/);
    assert.doesNotMatch(await terminal.ansi(), /\x1b\[/);
    await terminal.until(DONE);
  },
  PATIENCE,
);

test(
  'TERM=dumb and --plain have lines, not a view',
  async (t) => {
    for (const command of ['TERM=dumb fetchloop -i list', 'fetchloop --plain -i list']) {
      const { terminal } = await setUp(t, { count: 40 });
      await terminal.type(`${command} >records`);
      await terminal.until(/^\d+ URLs of 40 done, \d+ failed, \d+ in flight, /m);
      assert.deepEqual(
        (await terminal.lines()).filter((line) => /█|┘/.test(line)),
        [],
      );
      await terminal.until(DONE);
    }
  },
  PATIENCE,
);

test(
  'a URL with escape sequences, or that is written from right to left, moves nothing',
  async (t) => {
    const { terminal, server, folder } = await setUp(t);
    const odd = ['\x1b[2J\x1b[31m', '\x9b2J', '\u202eabc', '日本語'.repeat(40), 'e\u0301\u0301', '👩‍👩‍👧'];
    const urls = odd.flatMap((text, i) => Array.from({ length: 4 }, (_, j) => `${server.origin}/${text}/${i}${j}`));
    await writeFile(join(folder, 'list'), `${urls.join('\n')}\n`);
    await terminal.type('fetchloop --waterfall -i list >records');
    await terminal.until(/\\u202eabc[\s\S]*▒[\s\S]*in flight/);
    const lines = await terminal.lines();
    assert.equal(lines.filter(isStatus).length, 1);
    assert.doesNotMatch(lines.join('\n'), /[\x1b\x9b\u202e]/);
    await terminal.until(DONE);
    assert.deepEqual((await terminal.history()).filter(isOfView), []);
  },
  PATIENCE,
);

test('-s and --no-progress show nothing at a terminal', async (t) => {
  for (const option of ['-s', '--no-progress']) {
    const { terminal } = await setUp(t, { count: 8 });
    await terminal.type(`fetchloop ${option} -i list >records; echo over`);
    await terminal.until(/^over$/m);
    assert.deepEqual((await terminal.history()).filter(isOfView), []);
  }
});

test('on a pipe nothing is told of progress, unless it is asked for', async (t) => {
  const { list } = await makeList(t, { count: 60 });
  const [silent, asked] = await Promise.all([runCommand(['-i', list]), runCommand(['--progress', '-i', list])]);
  assert.match(silent.stderr, /^60 URLs in /);
  assert.match(asked.stderr, /^\d+ URLs of 60 done, .*\n60 URLs in /);
  assert.doesNotMatch(silent.stderr + asked.stderr, /\x1b/);
});

test('SIGTERM ends a run as Ctrl-C does, with a summary, exit code 143', async (t) => {
  const { list } = await makeList(t, { count: 100 });
  const command = startCommand(t, ['-i', list]);
  await command.until('stdout', /\n/);
  command.child.kill('SIGTERM');
  const { code, stderr } = await command.ended;
  assert.equal(code, 143);
  assert.match(stderr, /^\d+ URLs in /m);
  assert.match(stderr, /^interrupted: /m);
});

test('the summary has percentiles, hosts, and a hint for what failed', async (t) => {
  const { urls, list, server } = await makeList(t, { count: 10 });
  const other = server.origin.replace('127.0.0.1', 'localhost');
  const { stderr } = await runCommand(['-f', '-i', list, `${other}/7`, 'http://127.0.0.1:1/', '--retry', '0']);
  assert.match(stderr, /^a response took p50 .*, p90 .*, p99 .*, at most \d/m);
  assert.match(stderr, /^ +host +URLs +failed +bytes +mean +slowest$/m);
  assert.match(stderr, new RegExp(`^ +${server.origin} +${urls.length} +1 `, 'm'));
  assert.match(stderr, /^failed: 2 × Not Found \(status 404\)\n {2}→ /m);
  assert.match(stderr, /^failed: 1 × could not connect \(FL_ECONNECT\)\n {2}→ /m);
});

test('--host-stats has each host, and one alone, too', async (t) => {
  const { list, server } = await makeList(t, { count: 2 });
  assert.doesNotMatch((await runCommand(['-i', list])).stderr, /slowest/);
  assert.match((await runCommand(['--host-stats', '-i', list])).stderr, new RegExp(`^ +${server.origin} +2 +0 `, 'm'));
  const input = `${server.origin}/1\n${server.origin.replace('127.0.0.1', '127.0.0.2')}/1\n`;
  assert.equal((await runCommand(['-', '--retry', '0'], { input })).stderr.match(/^ +http:/gm).length, 2);
  const hosts = Array.from({ length: 12 }, (_, i) => `http://127.0.1.${i + 1}:1/`);
  const few = await runCommand(['--retry', '0', ...hosts]);
  const all = await runCommand(['--retry', '0', '--host-stats', ...hosts]);
  assert.equal(few.stderr.match(/^ +http:/gm).length, 5);
  assert.match(few.stderr, /and 7 hosts more: --host-stats/);
  assert.equal(all.stderr.match(/^ +http:/gm).length, 12);
});
