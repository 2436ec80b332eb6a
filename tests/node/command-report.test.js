import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { runCommand, startCommand } from './support/command.js';
import { startHttp } from './support/odd-servers.js';
import { test, urlsOf } from './support/test.js';

const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));

/** The page's data, as its script reads them. */
async function readData(file) {
  const page = await readFile(file, 'utf8');
  const of = (id) => JSON.parse(page.match(new RegExp(`id="${id}">([^<]*)</script>`))[1]);
  return { page, rows: of('rows'), run: of('run') };
}

test('--report: a row for each URL, and what the run came to', async (t) => {
  const server = await startHttp(t, (request, response) =>
    response.writeHead(request.url === '/1' ? 500 : 200).end('x'),
  );
  const file = join(folder, 'all.html');
  const { code } = await runCommand([
    '--report',
    file,
    '-s',
    '-f',
    '--retry',
    '0',
    ...urlsOf(server.origin, 5),
    'no-scheme',
  ]);
  assert.equal(code, 1);
  const { rows, run } = await readData(file);
  assert.equal(rows.length, 6);
  assert.deepEqual([run.done, run.failed, run.interrupted], [6, 2, false]);
  assert.ok(run.wall > 0 && run.heldBack);
});

test('--report: the file has its name only once it is whole, and what stood there stays until then', async (t) => {
  const server = await startHttp(t, (request, response) => request.url === '/0' && response.end('x'));
  const own = await mkdtemp(join(folder, 'own-'));
  const file = join(own, 'r.html');
  await writeFile(file, 'before');
  const command = startCommand(t, ['--report', file, '--jsonl', ...urlsOf(server.origin, 3)]);
  await command.until('stdout', /\n/);
  assert.equal(await readFile(file, 'utf8'), 'before');
  command.child.kill('SIGINT');
  assert.equal((await command.ended).code, 130);
  const { rows, run } = await readData(file);
  assert.equal(rows.length, 3);
  assert.equal(run.interrupted, true);
  assert.deepEqual(await readdir(own), ['r.html']);
});

test('--report: no secrets, and nothing in the data that is markup', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('x'));
  const { host } = new URL(server.origin);
  const file = join(folder, 'hostile.html');
  const hostile = `http://me:S3CRET@${host}/</script><script>alert(1)</script><!--\u2028?token=S3CRET`;
  await runCommand(['--report', file, '-s', hostile, `${hostile} x`]);
  const { page, rows } = await readData(file);
  assert.equal(rows.length, 2);
  assert.doesNotMatch(page, /S3CRET|alert\(1\)<|\u2028/);
});

test('--report where it cannot be written: what is wrong, before anything is fetched', async () => {
  const { code, stderr, stdout } = await runCommand(['--report', join(folder, 'no', 'r.html'), 'http://localhost:1/']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^fetchloop: --report: can't write .*r\.html: there is no such folder\n$/);
});
