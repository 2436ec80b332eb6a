import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { runCommand, startCommand } from './support/command.js';
import { freePort } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { eventually, test, urlsOf } from './support/test.js';

const folder = await mkdtemp(join(tmpdir(), 'fetchloop-'));
after(() => rm(folder, { recursive: true }));
let made = 0;
const newFile = () => join(folder, `${++made}.har`);

const require = createRequire(import.meta.url);
const schemas = require('har-schema');
const ajv = new Ajv({ strict: false });
addFormats(ajv);
ajv.addMetaSchema(require('ajv/dist/refs/json-schema-draft-06.json'));
ajv.addSchema(Object.values(schemas));
const isValid = ajv.compile(schemas.har);

/** Valid by the schema, and by what DevTools' importer asks for. */
async function readHar(file) {
  const har = JSON.parse(await readFile(file, 'utf8'));
  assert.ok(isValid(har), JSON.stringify(isValid.errors));
  assert.equal(har.log.version, '1.2');
  assert.equal(har.log.creator.name, 'fetchloop');
  for (const { startedDateTime, time, timings, request, response, cache } of har.log.entries) {
    assert.ok(!Number.isNaN(Date.parse(startedDateTime)), startedDateTime);
    assert.ok(request && response && cache);
    const { ssl, ...added } = timings; // it is within connect
    const sum = Object.values(added).reduce((total, ms) => total + Math.max(ms, 0), 0);
    assert.ok(Math.abs(time - sum) < 0.01, `${time} is not ${sum}`);
    assert.ok(ssl <= timings.connect, JSON.stringify(timings));
  }
  return har.log.entries;
}

test('--har: an entry for each redirect and each attempt, with its times, sizes and heads', async (t) => {
  let asked = 0;
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/moved') return response.writeHead(302, { location: '/here' }).end();
    if (request.url === '/busy' && asked++ === 0) return response.writeHead(503).end();
    response.setHeader('content-type', 'text/plain');
    return setTimeout(() => response.end('hello'), 50);
  });
  const file = newFile();
  const refused = `http://127.0.0.1:${await freePort()}/`;
  const { code } = await runCommand([
    ...['--har', file, '--retry', '1', '-s'],
    ...[`${server.origin}/moved`, `${server.origin}/busy`, refused, 'no-scheme'],
  ]);
  assert.equal(code, 1);
  const entries = await readHar(file);
  const of = (n) => entries.filter(({ _urlnum }) => _urlnum === n);

  const [hop, target] = of(0);
  assert.deepEqual([hop.response.status, hop.response.redirectURL], [302, `${server.origin}/here`]);
  assert.deepEqual([target.request.url, target.response.status], [`${server.origin}/here`, 200]);
  assert.deepEqual([target.response.content.size, target.response.content.mimeType], [5, 'text/plain']);
  assert.ok(hop.timings.connect > 0 && hop.timings.ssl === -1 && hop.timings.dns === -1);
  assert.ok(target.timings.wait >= 49, `${target.timings.wait} ms`);
  assert.ok(target.request.headers.some(({ name, value }) => name === 'user-agent' && value.startsWith('fetchloop/')));
  assert.ok(target.request.headers.some(({ name, value }) => name === 'Host' && value === new URL(server.origin).host));

  assert.deepEqual(
    of(1).map(({ response }) => response.status),
    [503, 200],
  );
  assert.match(of(1)[0].comment, /tried again/);
  assert.deepEqual(
    of(2).map(({ response }) => response.status),
    [0, 0],
  );
  assert.match(of(2)[1]._error, /could not connect/);
  assert.equal(of(3).length, 0, 'what is no URL has no place in a HAR');
});

test('--har has no secrets: of URLs, headers and cookies', async (t) => {
  const server = await startHttp(t, (_request, response) =>
    response
      .writeHead(302, { 'set-cookie': 'sid=S3CRET; Path=/', location: '/?token=S3CRET', 'x-api-key': 'S3CRET' })
      .end(),
  );
  const { host } = new URL(server.origin);
  const file = newFile();
  await runCommand(['--har', file, '-s', `http://user:S3CRET@${host}/?access_token=S3CRET&page=2#key=S3CRET`]);
  const text = await readFile(file, 'utf8');
  assert.ok((await readHar(file)).length > 1);
  assert.doesNotMatch(text, /S3CRET/);
  assert.match(text, /Basic \*\*\*/);
  assert.match(text, /page=2/);
});

test('--har is whole after Ctrl-C, and after kill -9', async (t) => {
  for (const signal of ['SIGINT', 'SIGKILL']) {
    let answered = 0;
    const server = await startHttp(t, (_request, response) => answered++ < 40 && response.end('x'));
    const file = newFile();
    const command = startCommand(t, ['--har', file, '--jsonl', ...urlsOf(server.origin, 100)]);
    await command.until('stdout', { test: (text) => text.split('\n').length > 40 });
    await eventually(async () => (await readHar(file).catch(() => [])).length >= 30); // it is never far behind
    command.child.kill(signal);
    await command.ended;
    assert.ok((await readHar(file)).length >= 30, signal);
  }
});

test('--har where it cannot be written: what is wrong, before anything is fetched', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end());
  const { code, stdout, stderr } = await runCommand(['--har', join(folder, 'no', 'such.har'), server.origin]);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /^fetchloop: --har: can't write .*such\.har: there is no such folder\n$/);
});
