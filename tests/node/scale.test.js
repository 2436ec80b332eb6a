/** Many, and for long: nothing lost, nothing twice, and memory that does not grow with what has been done. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { CLI, memoryOf, records, runCommand, startCommand } from './support/command.js';
import { freePort, startNginx } from './support/nginx.js';
import { startMute } from './support/odd-servers.js';
import { collect, eventually, openSession, test, urlsOf } from './support/test.js';

const PATIENCE = { timeout: 60_000 };
const SIZES = [0, 1, 99, 1460, 20_000];

/** /n is one of five files of noise, or, for five of ten, a text of its own. */
const nginx = await startNginx(
  { after },
  {
    files: Object.fromEntries(SIZES.map((size, i) => [`noise${i}`, randomBytes(size)])),
    locations: SIZES.map((_, i) => `location ~ "^/\\d*${2 * i + 1}$" { try_files /noise${i} =404; }`).join('\n'),
  },
);

async function curl(args) {
  const child = spawn('curl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks = await child.stdout.toArray();
  return Buffer.concat(chunks);
}

test(
  "20,000 URLs, 64 at once: each is a result, once, and the bodies are curl's",
  async (t) => {
    const count = 20_000;
    const theirs = await curl(['-sS', `${nginx.origin}/[0-${count - 1}]`]);
    const askedBefore = (await nginx.requests()).length;

    const session = await openSession(t, { limit: 64, limitPerHost: 64 });
    const bodies = Array(count).fill(null);
    for await (const { index, url, status, response } of session.fetchAll(urlsOf(nginx.origin, count))) {
      assert.equal(status, 200, url);
      assert.equal(url, `${nginx.origin}/${index}`);
      assert.equal(bodies[index], null, `${url} twice`);
      bodies[index] = new Uint8Array(await response.arrayBuffer());
    }
    assert.equal(bodies.indexOf(null), -1);
    assert.ok(Buffer.concat(bodies).equals(theirs), 'not the bodies that curl has');

    const asked = (await nginx.requests()).slice(askedBefore);
    assert.equal(asked.length, count);
    assert.equal(new Set(asked).size, count);
  },
  PATIENCE,
);

test(
  '20,000 URLs by the command: 20,000 records, each URL once, the sizes as curl has them',
  async () => {
    const count = 20_000;
    const input = urlsOf(nginx.origin, count).join('\n');
    const { code, stdout, stderr } = await runCommand(
      ['--jsonl', '--parallel-max', '64', '--parallel-max-host', '64', '-'],
      { input },
    );
    assert.equal(code, 0);
    const all = records(stdout).sort((a, b) => a.urlnum - b.urlnum);
    assert.equal(all.length, count);
    for (const [i, { urlnum, url, response_code }] of all.entries()) {
      assert.deepEqual([urlnum, url, response_code], [i, `${nginx.origin}/${i}`, 200]);
    }
    assert.match(stderr, /^20000 URLs .* 20000 fetched, 0 failed$/m);

    const theirs = await curl(['-sS', '-o', '/dev/null', '-w', '%{size_download}\\n', `${nginx.origin}/[0-999]`]);
    assert.deepEqual(
      all.slice(0, 1000).map((record) => record.size_download),
      theirs.toString().trim().split('\n').map(Number),
    );
  },
  PATIENCE,
);

test(
  'memory does not grow with the number done',
  async () => {
    const source = `
    import { ClientSession } from 'fetchloop';
    const session = await ClientSession.open({ limit: 64, limitPerHost: 64 });
    const fetchSome = async (count, origin) => {
      const urls = function* () { for (let i = 0; i < count; i++) yield origin + i; };
      for await (const { response } of session.fetchAll(urls())) await response?.text();
      gc();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return { heapUsed, arrayBuffers };
    };
    const result = {};
    for (const [name, origin] of Object.entries({ fetched: '${nginx.origin}/', refused: 'http://127.0.0.1:${await freePort()}/', wrong: 'no-scheme' })) {
      await fetchSome(2000, origin);
      const measured = [];
      for (let i = 0; i < 12; i++) measured.push(await fetchSome(750, origin));
      // The least of six: sockets' buffers come and go, what leaks stays.
      const least = (six, name) => Math.min(...six.map((measure) => measure[name]));
      const growth = (name) => least(measured.slice(6), name) - least(measured.slice(0, 6), name);
      result[name] = { heap: growth('heapUsed'), bodies: growth('arrayBuffers') };
    }
    console.log(JSON.stringify(result));
  `;
    const program = [process.execPath, '--expose-gc', '--input-type=module', '-e', source];
    const { stdout, stderr } = await runCommand([], { program, cwd: new URL('.', import.meta.url) });
    assert.equal(stderr, '');
    for (const [name, { heap, bodies }] of Object.entries(JSON.parse(stdout))) {
      assert.ok(heap < 4500 * 80, `${heap} bytes more after 4,500 more that were ${name}`);
      assert.ok(bodies < 4500 * 400, `${bodies} bytes of bodies more after 4,500 more that were ${name}`);
    }
  },
  PATIENCE,
);

test(
  'memory and connections do not grow with the number of hosts',
  async (t) => {
    const hosts = Array.from({ length: 500 }, (_, i) => `127.0.${1 + (i >> 8)}.${i & 255}`);
    const many = await startNginx(t, { addresses: ['127.0.0.1', ...hosts] });
    const source = `
    import { ClientSession } from 'fetchloop';
    import { readdirSync } from 'node:fs';
    const session = await ClientSession.open();
    const hosts = ${JSON.stringify(hosts)};
    const fetchSome = async (from, to) => {
      for await (const { status } of session.fetchAll(hosts.slice(from, to).map((host) => 'http://' + host + ':${many.port}/'))) {
        if (status !== 200) throw new Error('status ' + status);
      }
    };
    const measure = () => {
      gc();
      const { heapUsed, external } = process.memoryUsage();
      return { bytes: heapUsed + external, files: readdirSync('/proc/self/fd').length };
    };
    const { files } = measure();
    await fetchSome(0, 100);
    const { bytes } = measure();
    await fetchSome(100, 500);
    await new Promise((resolve) => setTimeout(resolve, 5000)); // undici keeps an idle connection for 4 s
    const later = measure();
    console.log(JSON.stringify({ bytes: later.bytes - bytes, files: later.files - files }));
  `;
    const program = [process.execPath, '--expose-gc', '--input-type=module', '-e', source];
    const { stdout, stderr } = await runCommand([], { program, cwd: new URL('.', import.meta.url) });
    assert.equal(stderr, '');
    const { bytes, files } = JSON.parse(stdout);
    assert.ok(files < 20, `${files} more files open`);
    assert.ok(bytes < 400 * 500, `${bytes} bytes more after 400 more hosts`);
  },
  PATIENCE,
);

test('400 hosts are fetched by a process that may open 256 files', async (t) => {
  const hosts = Array.from({ length: 400 }, (_, i) => `127.0.${1 + (i >> 8)}.${i & 255}`);
  const many = await startNginx(t, { addresses: ['127.0.0.1', ...hosts] });
  const input = hosts.map((host) => `http://${host}:${many.port}/`).join('\n');
  const program = ['bash', '-c', `ulimit -n 256; exec "${process.execPath}" "${CLI}" "$@"`, 'fetchloop'];
  const { code, stdout } = await runCommand(['--jsonl', '-s', '-'], { input, program });
  const failed = records(stdout).filter((record) => record.exitcode !== 0);
  assert.equal(failed.length, 0, failed[0]?.errormsg);
  assert.equal(code, 0);
});

/** The command, fed with lines without end, `lineOf(n)`; `given()` tells how many it has taken. */
function startEndless(t, args, lineOf) {
  const child = spawn(process.execPath, [CLI, ...args, '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let given = 0;
  child.stdin.on('error', () => {}); // it is stopped
  const feed = () => {
    do {
      let lines = '';
      for (let i = 0; i < 1000; i++) lines += `${lineOf(given++)}\n`;
      if (!child.stdin.write(lines)) {
        child.stdin.once('drain', feed);
        return;
      }
    } while (child.stdin.writable);
  };
  feed();
  return { child, given: () => given };
}

test(
  'a million lines on stdin begin at once, and stay below 300 MB',
  async (t) => {
    const { child, given } = startEndless(
      t,
      ['--jsonl', '-s', '--parallel-max', '64', '--parallel-max-host', '64'],
      (n) => `${nginx.origin}/${n}`,
    );
    const ended = once(child, 'exit');
    let taken = 0;
    let givenAtFirst = 0;
    for await (const line of createInterface(child.stdout)) {
      const { response_code } = JSON.parse(line);
      assert.equal(response_code, 200);
      if (taken === 0) givenAtFirst = given();
      if (++taken === 10_000) break;
    }
    assert.ok(givenAtFirst < 20_000, `${givenAtFirst} lines were taken before the first result`);
    assert.ok(given() < taken + 20_000, `${given()} lines were taken for ${taken} results`);
    const peak = await memoryOf(child.pid, 'VmHWM');
    assert.ok(peak < 300e6, `${peak} bytes`);
    child.kill('SIGKILL');
    await ended;
  },
  PATIENCE,
);

test(
  'a file of a million URLs: begun at once, below 400 MB, ended within a second by Ctrl-C or SIGTERM, and told truly',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'fetchloop-scale-'));
    t.after(() => rm(folder, { recursive: true }));
    const list = join(folder, 'list');
    await writeFile(list, urlsOf(`${nginx.origin}/million`, 1_000_000).join('\n'));
    const firstOf = async (args) => {
      const begun = performance.now();
      const command = startCommand(t, ['--jsonl', ...args]);
      await command.until('stdout', /\n/);
      return { command, first: performance.now() - begun };
    };
    const alone = await firstOf([`${nginx.origin}/alone`]);
    await alone.command.ended;
    for (const [signal, exitCode] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ]) {
      const { command, first } = await firstOf(['--parallel-max', '64', '--parallel-max-host', '64', '-i', list]);
      assert.ok(first < alone.first + 500, `the first result after ${first} ms, of one URL alone ${alone.first} ms`);
      await command.until('stdout', /"urlnum":10000,/);
      const peak = await memoryOf(command.child.pid, 'VmHWM');
      assert.ok(peak < 400e6, `${peak} bytes`);
      const asked = performance.now();
      command.child.kill(signal);
      const { code, stdout, stderr } = await command.ended;
      assert.ok(performance.now() - asked < 1000, `ended ${performance.now() - asked} ms after ${signal}`);
      assert.equal(code, exitCode);
      const [, count, fetched, failed] = stderr.match(/^(\d+) URLs in .*: (\d+) fetched, (\d+) failed$/m).map(Number);
      const told = records(stdout);
      assert.equal(new Set(told.map(({ urlnum }) => urlnum)).size, count);
      assert.equal(told.filter(({ exitcode }) => exitcode === 0).length, fetched);
      assert.equal(told.filter(({ exitcode }) => exitcode === 42).length, failed);
    }
  },
  PATIENCE,
);

test(
  '100,000 lines that are no URLs are told of, in little memory',
  async (t) => {
    const child = spawn('bash', [
      '-c',
      `yes no-scheme | head -100000 | "${process.execPath}" "${CLI}" -s --jsonl - | wc -l; echo "\${PIPESTATUS[2]}"`,
    ]);
    t.after(() => child.kill('SIGKILL'));
    // Its memory, while it runs: found among the children of the shell.
    let peak = 0;
    const watch = setInterval(async () => {
      const children = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').catch(() => ''))
        .trim()
        .split(' ');
      for (const pid of children) peak = Math.max(peak, await memoryOf(pid, 'VmHWM').catch(() => 0));
    }, 100);
    t.after(() => clearInterval(watch));
    const text = (await child.stdout.setEncoding('utf8').toArray()).join('');
    assert.equal(text, '100000\n1\n');
    assert.ok(peak > 0 && peak < 300e6, `${peak} bytes`);
  },
  PATIENCE,
);

test(
  'a million lines of one host that does not answer: no more of them are read than may wait',
  async (t) => {
    const server = await startMute(t);
    const { child, given } = startEndless(t, ['--jsonl', '-s', '-m', '30'], (n) => `${server.origin}/${n}`);
    await eventually(() => server.sockets.size === 6);
    let before = -1;
    while (before !== given()) {
      before = given();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    assert.ok(given() < 30_000, `${given()} lines were taken`);
    assert.ok((await memoryOf(child.pid, 'VmHWM')) < 300e6);
  },
  PATIENCE,
);

test(
  '5,000 get() at once are all answered',
  async (t) => {
    const session = await openSession(t, { limit: 64, limitPerHost: 64 });
    const count = 5000;
    const statuses = await Promise.all(urlsOf(nginx.origin, count).map(async (url) => (await session.get(url)).status));
    assert.equal(statuses.filter((status) => status === 200).length, count);
  },
  PATIENCE,
);

test(
  'twenty fetchAll() of one session at once',
  async (t) => {
    const session = await openSession(t, { limit: 16, limitPerHost: 16 });
    const runs = Array.from({ length: 20 }, () => collect(session.fetchAll(urlsOf(nginx.origin, 200))));
    for (const results of await Promise.all(runs)) {
      assert.deepEqual(
        results.map((result) => result.index).sort((a, b) => a - b),
        [...Array(200).keys()],
      );
    }
  },
  PATIENCE,
);
