/** A data set: 2,000 files of 1 KB to 10 MB, from nginx into a folder. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { records, runCommand, startCommand } from './support/command.js';
import { startNginx } from './support/nginx.js';
import { eventually, test } from './support/test.js';

const LONG = { timeout: 240_000 };
const COUNT = 2000;
const execute = promisify(execFile);

const nginx = await startNginx({ after }, { locations: 'location /files/ { alias files/; }' });
const source = join(nginx.folder, 'files');
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));

/** Most are small, a few large: 190 MB in all. */
const sizeOf = (i) => Math.round(1000 * 10 ** (4 * ((i + 1) / COUNT) ** 14));
const bytes = randomBytes(sizeOf(COUNT - 1) + COUNT);
const names = Array.from({ length: COUNT }, (_, i) => `file-${String(i).padStart(4, '0')}.bin`);
for (const [i, name] of names.entries()) writeFileSync(join(source, name), bytes.subarray(i, i + sizeOf(i)));
const list = join(folder, 'list');
await writeFile(list, names.map((name) => `${nginx.origin}/files/${name}\n`).join(''));

const into = (name) => [
  '-s',
  '-i',
  list,
  '--output-dir',
  join(folder, name),
  '--output-name',
  '{name}',
  '--create-dirs',
];
const diff = (one, other) => execute('diff', ['-r', one, other]).catch(({ stdout }) => assert.fail(stdout));
const finished = (name) => readdirSync(join(folder, name)).filter((file) => !file.startsWith('.'));

test(
  'they are those that curl has',
  async () => {
    await mkdir(join(folder, 'theirs'));
    const config = names.map((name) => `url = ${nginx.origin}/files/${name}\noutput = ${name}\n`).join('');
    await writeFile(join(folder, 'config'), config);
    await execute('curl', ['-s', '-Z', '-K', join(folder, 'config')], { cwd: join(folder, 'theirs') });
    const { code, stdout } = await runCommand(['--jsonl', ...into('ours')]);
    assert.equal(code, 0);
    const told = records(stdout);
    assert.equal(new Set(told.map(({ filename_effective: name }) => name)).size, COUNT);
    for (const { urlnum, size_download: size } of told) assert.equal(size, sizeOf(urlnum));
    await diff(join(folder, 'theirs'), join(folder, 'ours'));
  },
  LONG,
);

test(
  'killed with -9 five times, none is half; in the end all are there, and nothing else',
  async (t) => {
    await mkdir(join(folder, 'killed'));
    for (let i = 1; i <= 5; i++) {
      const before = finished('killed').length;
      const more = Math.floor(Math.random() * (COUNT / 6));
      const command = startCommand(t, [...into('killed'), '--skip-existing']);
      await eventually(() => finished('killed').length > before + more);
      command.child.kill('SIGKILL');
      assert.equal((await command.ended).signal, 'SIGKILL');
      for (const name of finished('killed')) {
        assert.ok(readFileSync(join(source, name)).equals(readFileSync(join(folder, 'killed', name))), name);
      }
    }
    const { code } = await runCommand([...into('killed'), '--skip-existing']);
    assert.equal(code, 0);
    await diff(source, join(folder, 'killed'));
  },
  LONG,
);
