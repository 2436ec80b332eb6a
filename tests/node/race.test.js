import assert from 'node:assert/strict';
import { records, runCommand } from './support/command.js';
import { startCounting, startHttp } from './support/odd-servers.js';
import { test, urlsOf } from './support/test.js';

/** The document's five sites, and its seconds. */
const SITES = { python: 0.71, javascript: 0.9, amazon: 1.12, netflix: 2.14, 'scala-lang': 1.43 };
const SUM = 6.3;
const SLOWEST = 2.14;

const siteOf = ({ url }) => Object.keys(SITES).find((name) => url.includes(name));

test(
  "--race plays the document's five sites: 6.3 s one at a time; at once 1.03 times the slowest, 2.85 times as fast",
  async () => {
    const { code, stdout, stderr } = await runCommand(['--race', '--jsonl']);
    assert.equal(code, 0);
    const lines = records(stdout);
    const { race } = lines.pop();
    assert.deepEqual(Object.keys(race), ['sync_seconds', 'async_seconds', 'ideal_seconds', 'speedup']);
    assert.equal(lines.length, 10);
    for (const { response_code, size_download } of lines) assert.ok(response_code === 200 && size_download > 0);

    assert.deepEqual(lines.slice(0, 5).map(siteOf), ['python', 'javascript', 'amazon', 'netflix', 'scala-lang']);
    assert.deepEqual(lines.slice(5).map(siteOf), ['python', 'javascript', 'amazon', 'scala-lang', 'netflix']);
    for (const record of lines)
      assert.ok(record.time_total >= SITES[siteOf(record)] - 0.001, `${record.url} took ${record.time_total} s`);

    assert.ok(race.sync_seconds >= SUM - 0.01, `one at a time ${race.sync_seconds} s`);
    assert.ok(race.async_seconds >= SLOWEST - 0.01, `all at once ${race.async_seconds} s`);
    assert.ok(race.ideal_seconds >= SLOWEST - 0.01, `ideal ${race.ideal_seconds} s`);
    assert.ok(Math.abs(race.speedup - race.sync_seconds / race.async_seconds) < 0.01);

    const [, one, all, times] = stderr.match(/(\d+\.\d+) s.*?(\d+\.\d+) s.*?(\d+\.\d+) times/).map(Number);
    for (const [told, is] of [
      [one, race.sync_seconds],
      [all, race.async_seconds],
      [times, race.speedup],
    ]) {
      assert.ok(Math.abs(told - is) <= 0.0051, `${told} is told, ${is} recorded`);
    }
    assert.match(stderr, /ideal/i);

    // What else runs on the machine only ever adds time: the best of three is the command's own.
    const races = [race];
    while (!races.some(isFastEnough) && races.length < 3) {
      races.push(records((await runCommand(['--race', '--jsonl'])).stdout).pop().race);
    }
    assert.ok(races.some(isFastEnough), JSON.stringify(races));
  },
  { timeout: 60_000 },
);

function isFastEnough(race) {
  return race.async_seconds <= SLOWEST * 1.03 && race.speedup >= 2.85;
}

test('--race with URLs: each one at a time, in order; then all at once', async (t) => {
  const server = await startCounting(t, { latency: 100 });
  const atOnce = [];
  server.counts.paths.push = function (path) {
    atOnce.push(server.counts.now);
    return Array.prototype.push.call(this, path);
  };
  const { code, stdout, stderr } = await runCommand(['--race', ...urlsOf(server.origin, 6)]);
  assert.equal(code, 0);
  assert.deepEqual(server.counts.paths.slice(0, 6), ['/0', '/1', '/2', '/3', '/4', '/5']);
  assert.deepEqual(server.counts.paths.slice(6).sort(), ['/0', '/1', '/2', '/3', '/4', '/5']);
  assert.deepEqual(atOnce, [0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5]);
  assert.equal(stdout.split('\n').filter((line) => /^200 .* http/.test(line)).length, 12);
  const [, times] = stderr.match(/(\d+\.\d+) times/).map(Number);
  assert.ok(times > 3 && times <= 6.5, `${times} times as fast`);
});

test('--race with a list: it is read once, and limits hold in its second half', async (t) => {
  const server = await startCounting(t, { latency: 20 });
  const { code, stdout } = await runCommand(['--race', '--jsonl', '--parallel-max-host', '3', '-'], {
    input: urlsOf(server.origin, 12).join('\n'),
  });
  assert.equal(code, 0);
  const lines = records(stdout);
  assert.equal(lines.length, 25);
  assert.deepEqual(
    lines.slice(0, 12).map((record) => record.urlnum),
    [...Array(12).keys()],
  );
  assert.deepEqual(
    lines
      .slice(12, 24)
      .map((record) => record.urlnum)
      .sort((a, b) => a - b),
    [...Array(12).keys()],
  );
  assert.ok('race' in lines[24]);
  assert.equal(server.counts.peak, 3);
});

test('--race of what fails: exit code 1, and still a result', async (t) => {
  const server = await startHttp(t, (request, response) =>
    request.url === '/0' ? request.socket.destroy() : response.end(),
  );
  const { code, stdout } = await runCommand(['--race', '--jsonl', ...urlsOf(server.origin, 3), 'no-scheme']);
  assert.equal(code, 1);
  const lines = records(stdout);
  assert.deepEqual(lines.slice(0, 8).filter((record) => record.exitcode !== 0).length, 4);
  for (const value of Object.values(lines[8].race)) assert.ok(Number.isFinite(value), JSON.stringify(lines[8]));
});

test('--race of nothing but what is no URL has no result that is no number', async () => {
  const { code, stdout, stderr } = await runCommand(['--race', '--jsonl', 'no-scheme']);
  assert.equal(code, 1);
  const { race } = records(stdout).at(-1);
  for (const value of Object.values(race)) assert.ok(value === null || Number.isFinite(value), JSON.stringify(race));
  assert.doesNotMatch(stderr, /NaN|Infinity/);
});

test(
  '--race of an empty list does not play the five sites',
  async () => {
    const { code, stdout } = await runCommand(['--race', '--jsonl', '-'], { input: '# nothing\n' });
    assert.deepEqual(
      records(stdout).filter((record) => record.url),
      [],
    );
    assert.ok(code === 0 || code === 2);
  },
  { timeout: 20_000 },
);
