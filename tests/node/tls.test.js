import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { records, runCommand } from './support/command.js';
import { startFixed, startHttp, startHttps } from './support/odd-servers.js';
import { openSession, test } from './support/test.js';

const folder = mkdtempSync(join(tmpdir(), 'fetchloop-tls-'));
after(() => rmSync(folder, { recursive: true }));

/** A certificate that signs itself, made for this run. */
function makeIdentity(name, subjectAltName) {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
    ].concat(['-subj', `/CN=${name}`, '-addext', `subjectAltName=${subjectAltName}`]),
    { stdio: 'pipe' },
  );
  return { key: readFileSync(key), cert: readFileSync(cert), path: cert };
}

const identity = makeIdentity('loopback', 'IP:127.0.0.1');

test('a certificate that nobody vouches for is refused', async (t) => {
  const server = await startHttps(t, identity, (_request, response) => response.end('secret'));
  const session = await openSession(t);
  await assert.rejects(session.get(server.origin), { code: 'FL_ECERTIFICATE', exitCode: 60 });
});

test('one that is vouched for is not', async (t) => {
  const server = await startHttps(t, identity, (_request, response) => response.end('hello'));
  const env = { NODE_EXTRA_CA_CERTS: identity.path };
  const { stdout } = await runCommand(['--jsonl', server.origin], { env });
  const [{ response_code, size_download }] = records(stdout);
  assert.deepEqual([response_code, size_download], [200, 5]);
});

test('one for another host is refused', async (t) => {
  const other = makeIdentity('other', 'DNS:other.invalid');
  const server = await startHttps(t, other, (_request, response) => response.end('secret'));
  const { stdout } = await runCommand(['--jsonl', server.origin], { env: { NODE_EXTRA_CA_CERTS: other.path } });
  assert.equal(records(stdout)[0].exitcode, 60);
});

test('https to a server of plain HTTP is a failed handshake', async (t) => {
  const server = await startFixed(t, 'HTTP/1.1 400 Bad Request\r\n\r\n');
  server.onConnection((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  const session = await openSession(t);
  await assert.rejects(session.get(`https://127.0.0.1:${server.port}/`), {
    code: 'FL_ETLS',
    exitCode: 35,
    message: /the TLS handshake failed \([a-z ]+\)$/, // which words, each OpenSSL has its own
  });
});

test('http to a server of TLS is an answer that is not HTTP, or none', async (t) => {
  const server = await startHttps(t, identity, (_request, response) => response.end());
  const session = await openSession(t);
  await assert.rejects(session.get(`http://127.0.0.1:${server.port}/`), (error) =>
    /^FL_E(RESPONSE|EMPTY)$/.test(error.code),
  );
});

test('a redirect from https to http is followed, without the credentials', async (t) => {
  // As curl does. Another scheme is another origin.
  let authorization = 'not asked';
  const plain = await startHttp(t, (request, response) => {
    authorization = request.headers.authorization;
    response.end('plain');
  });
  const server = await startHttps(t, identity, (_request, response) =>
    response.writeHead(302, { location: plain.origin }).end(),
  );
  const url = server.origin.replace('//', '//user:secret@');
  const { stdout } = await runCommand(['--jsonl', url], { env: { NODE_EXTRA_CA_CERTS: identity.path } });
  assert.equal(records(stdout)[0].response_code, 200);
  assert.equal(authorization, undefined);
});
