/** The document's two programs, in JavaScript: examples/print_sum.mjs and examples/async.mjs. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { runCommand } from './support/command.js';
import { startHttp } from './support/odd-servers.js';
import { test } from './support/test.js';

const example = (name) => ({
  program: [process.execPath, fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))],
});

test('print_sum.mjs prints what the document’s program prints, and takes its second', async () => {
  const began = performance.now();
  const { stdout, stderr, code } = await runCommand([], example('print_sum.mjs'));
  assert.deepEqual({ stdout, stderr, code }, { stdout: 'Compute 1 + 2 ...\n1 + 2 = 3\n', stderr: '', code: 0 });
  assert.ok(performance.now() - began >= 1000);
});

test('async.mjs tells each URL as it comes, in as long as the slowest takes', async (t) => {
  const delays = { '/a': 300, '/b': 100, '/c': 200 };
  const { origin } = await startHttp(t, (request, response) => {
    setTimeout(() => response.writeHead(request.url === '/c' ? 404 : 200).end(), delays[request.url]);
  });
  const urls = Object.keys(delays).map((path) => origin + path);
  const { stdout, stderr, code } = await runCommand(urls, example('async.mjs'));
  const [start, ...lines] = stdout.trimEnd().split('\n');
  const end = lines.pop();
  assert.deepEqual(lines, [`${origin}/b / 200`, `${origin}/c / 404`, `${origin}/a / 200`]);
  assert.match(start, /^start: \d{10}\.\d+$/);
  assert.ok(Number(end.match(/^end: (\d+\.\d+)$/)[1]) >= 0.3, end);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
});

test('async.mjs: one that fails stops no other, and is reported', async (t) => {
  const { origin } = await startHttp(t, (_request, response) => response.end());
  const { stdout, stderr, code } = await runCommand(['http://127.0.0.1:1/', origin], example('async.mjs'));
  assert.match(stdout, new RegExp(`^start: .*\n${origin} / 200\nend: .*\n$`));
  assert.match(
    stderr,
    /^Task exception was never retrieved: Task-1: ClientError: http:\/\/127.0.0.1:1\/: could not connect/,
  );
  assert.equal(code, 0);
});
