/**
 * Usage: node tools/capture-view.js FILE
 *
 * What the command's view with a waterfall looks like in the middle of a run, in a terminal of 100 columns, with its
 * escape sequences: for a picture of it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI } from '../tests/node/support/command.js';
import { openTerminal } from '../tests/node/support/terminal.js';

const PAGES = [
  'about',
  'archive/2024',
  'docs/install',
  'docs/limits',
  'img/photo-1.jpg',
  'search?q=wasm',
  'team',
  '天気',
];
const HOSTS = ['localhost', '127.0.0.1', '127.0.0.2'];

/** Answers slowly, some only the second time: as sites do, and the same each time that this is run. */
function startSites() {
  let asked = 0;
  const server = http.createServer((_, response) => {
    const seed = ((asked++ * 2654435761) % 1000) / 1000;
    if (asked % 11 === 5) return void response.writeHead(503).end();
    setTimeout(
      () => {
        let pieces = Math.ceil(12 * seed);
        const timer = setInterval(() => {
          if (pieces-- > 0 && !response.destroyed) return void response.write('x'.repeat(9000));
          clearInterval(timer);
          response.end();
        }, 90);
      },
      150 + 1300 * seed,
    );
  });
  return new Promise((resolve) => server.listen(0, '0.0.0.0', () => resolve(server)));
}

const [file] = process.argv.slice(2);
if (!file) throw new Error('usage: node tools/capture-view.js FILE');
const stops = [];
const server = await startSites();
const folder = await mkdtemp(join(tmpdir(), 'fetchloop-view-'));
try {
  const { port } = server.address();
  const urls = Array.from({ length: 240 }, (_, i) => `http://${HOSTS[i % 3]}:${port}/${PAGES[(i * 5) % PAGES.length]}`);
  await writeFile(join(folder, 'urls.txt'), `${urls.join('\n')}\n`);
  const env = { LANG: 'C.UTF-8' };
  const terminal = await openTerminal(
    { after: (stop) => stops.push(stop) },
    { columns: 100, rows: 30, env, cwd: folder },
  );
  await terminal.type(`fetchloop() { "${process.execPath}" "${CLI}" "$@"; }; clear`);
  await terminal.until(/^\$$/);
  await terminal.type('fetchloop -i urls.txt --waterfall');
  await terminal.until(/ {2}[3-9]\d of 240 done[\s\S]*in flight/);
  await writeFile(file, await terminal.ansi());
} finally {
  for (const stop of stops) await stop();
  await rm(folder, { recursive: true });
  server.closeAllConnections();
  server.close();
}
