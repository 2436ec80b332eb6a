/** What serves the demo page, and answers its requests as their URLs say; and the command that starts it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { makeAnswers } from '../../node/demo/answer.js';
import { serveDemo } from '../../node/demo/server.js';
import { runCommand, startCommand } from './support/command.js';
import { test } from './support/test.js';

/** @returns {Promise<(query: string, init?: RequestInit) => Promise<Response>>} */
async function startAnswers(t) {
  const server = createServer(makeAnswers()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (query, init) => fetch(`http://127.0.0.1:${server.address().port}/answer/it?${query}`, init);
}

/** @returns {Promise<[number, any]>} milliseconds, and what came */
async function timed(promise) {
  const began = performance.now();
  const value = await promise;
  return [performance.now() - began, value];
}

test('an answer has the latency, the status, the bytes and the Retry-After that its URL asks for', async (t) => {
  const ask = await startAnswers(t);
  const [took, response] = await timed(ask('latency=120&status=503&bytes=70000&retryAfter=7'));
  assert.ok(took >= 119, `${took} ms`);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '7');
  assert.equal(response.headers.get('content-length'), '70000');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal((await response.arrayBuffer()).byteLength, 70_000);
});

test('without a word it is a 200 at once', async (t) => {
  const response = await (await startAnswers(t))('');
  assert.equal(response.status, 200);
  assert.ok((await response.text()).length > 0);
});

test('a body takes its time, and comes in pieces', async (t) => {
  const ask = await startAnswers(t);
  const response = await ask('bytes=5000&time=200');
  let [pieces, bytes] = [0, 0];
  const began = performance.now();
  for await (const piece of response.body) {
    pieces++;
    bytes += piece.length;
  }
  assert.ok(performance.now() - began >= 150, 'after its head');
  assert.equal(bytes, 5000);
  assert.ok(pieces > 3, `${pieces} pieces`);
});

test('a reset breaks the connection; what is bad once is well the second time', async (t) => {
  const ask = await startAnswers(t);
  await assert.rejects(ask('reset=true'), TypeError);
  await assert.rejects(ask('reset=true'), TypeError);
  await assert.rejects(ask('reset=true&once=true'), TypeError);
  assert.equal((await ask('reset=true&once=true')).status, 200);
  assert.equal((await ask('status=500&once=true')).status, 500);
  assert.equal((await ask('status=500&once=true')).status, 200);
  assert.equal((await ask('status=500&once=true&run=2')).status, 500, 'another URL');
});

test('as many fail, or are busy, as the URL says', async (t) => {
  const ask = await startAnswers(t);
  const asked = Array.from({ length: 400 }, () => ask('failRate=0.2&busyRate=0.3').catch(() => null));
  const answers = await Promise.all(asked);
  const count = (is) => answers.filter(is).length;
  const busy = count((answer) => answer?.status === 429);
  // Seven standard deviations off would be no chance.
  assert.ok(Math.abs(count((answer) => answer === null) - 80) < 56 && Math.abs(busy - 120) < 64, `${busy} busy`);
  assert.equal(busy + count((answer) => answer === null) + count((answer) => answer?.status === 200), 400);
  assert.equal(answers.find((answer) => answer?.status === 429).headers.get('retry-after'), '1');
});

test('204, 304 and HEAD have no body', async (t) => {
  const ask = await startAnswers(t);
  assert.equal(await (await ask('status=204&bytes=10')).text(), '');
  assert.equal((await ask('status=304')).status, 304);
  const head = await ask('bytes=12', { method: 'HEAD' });
  assert.deepEqual([head.headers.get('content-length'), await head.text()], ['12', '']);
});

test('numbers that are none, or too large, break nothing', async (t) => {
  const ask = await startAnswers(t);
  for (const query of [
    'latency=-5',
    'latency=x',
    'status=9999',
    'status=-1',
    'status=42',
    'bytes=NaN',
    'time=x',
    'latency=%',
  ]) {
    const response = await ask(query, { signal: AbortSignal.timeout(5000) });
    assert.ok(response.status >= 200 && response.status <= 599, query);
    await response.arrayBuffer();
  }
});

test('a path that is no URL is answered like any other', async (t) => {
  const server = createServer(makeAnswers()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const request = get({ port: server.address().port, path: '//?status=404', agent: false });
  const [response] = await once(request, 'response');
  assert.equal(response.statusCode, 404);
  response.resume();
});

test('the page is served with a strict policy, compressed, and kept only where its name tells its content', async (t) => {
  const served = await serveDemo();
  t.after(() => served.close());
  const ask = (path, encoding) => fetch(new URL(path, served.url), { headers: { 'accept-encoding': encoding } });
  const page = await ask('/', 'gzip');
  assert.equal(page.headers.get('content-encoding'), 'gzip');
  assert.match(page.headers.get('content-security-policy'), /default-src 'self'/);
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  assert.match(await page.text(), /<title>fetchloop/);
  const script = await (await ask('/main.js', 'br')).text();
  const [, chunk] = /"\.\/([\w-]+-[A-Z\d]{8}\.js)"/.exec(script);
  assert.match((await ask(chunk, 'identity')).headers.get('cache-control'), /immutable/);
  assert.equal((await ask('/nothing-here', 'gzip')).status, 404);
  assert.equal((await ask('/..%2f..%2fpackage.json', 'gzip')).status, 404);
});

test('of its two other origins one allows CORS', async (t) => {
  const served = await serveDemo();
  t.after(() => served.close());
  const origins = await (await fetch(new URL('origins.json', served.url))).json();
  const allows = async (origin) => (await fetch(`${origin}/answer/it`)).headers.get('access-control-allow-origin');
  assert.equal(await allows(origins.cors), '*');
  assert.equal(await allows(origins.noCors), null);
});

test('fetchloop demo says where the page is, and ends by Ctrl-C, whatever is being waited for', async (t) => {
  const command = startCommand(t, ['demo', '--port', '0']);
  const told = await command.until('stdout', /Ctrl-C/);
  const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(told);
  assert.equal((await fetch(url)).status, 200);
  const waiting = fetch(`${url}answer/slow?latency=50000`).catch((error) => error);
  await fetch(`${url}answer/quick`); // it has read the slow one, too
  command.child.kill('SIGINT');
  const { code, stderr } = await command.ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.ok((await waiting) instanceof TypeError);
});

test('a port that is taken, and a word too much: it says what to do', async (t) => {
  const served = await serveDemo();
  t.after(() => served.close());
  const { port } = new URL(served.url);
  const taken = await runCommand(['demo', '--port', port]);
  assert.equal(taken.code, 2);
  assert.match(taken.stderr, new RegExp(`^fetchloop: port ${port} is taken: choose another`));
  const worded = await runCommand(['demo', 'now']);
  assert.equal(worded.code, 2);
  assert.match(worded.stderr, /demo takes no now/);
  const odd = await runCommand(['demo', '--port', '70000']);
  assert.equal(odd.code, 2);
  assert.match(odd.stderr, /70000/);
});
