/** tls: who is trusted, who we are, what is asked for; tried against nginx, and servers of our own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { createRequire } from 'node:module';
import { after } from 'node:test';
import nodeTls from 'node:tls';
import { promisify } from 'node:util';
import { startNginx } from './support/nginx.js';
import { startHttps } from './support/odd-servers.js';
import { makePki } from './support/pki.js';
import { collect, openSession, test } from './support/test.js';

const pki = makePki({ after });
const identity = pki.issue('loopback', 'IP:127.0.0.1');
const client = pki.issue('client', 'DNS:client.test');
const ca = pki.ca.cert;
const local = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);

const MUTUAL = `
  ssl_client_certificate ${pki.ca.paths.cert};
  ssl_verify_client on;
  location /who { return 200 "$ssl_client_s_dn"; }
  location /how { return 200 "$ssl_protocol $ssl_server_name $ssl_session_reused"; }
`;

async function startHttp2OrHttp1(t, options) {
  const server = http2.createSecureServer({ ...options, allowHTTP1: true }, (_request, response) => response.end('ok'));
  let connections = 0;
  server.on('connection', () => connections++).on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { origin: `https://127.0.0.1:${server.address().port}`, connections: () => connections };
}

test('ca: who vouches for a server, in place of the usual', async (t) => {
  const server = await startNginx(t, { identity });
  const session = await openSession(t, { tls: { ca } });
  assert.equal((await session.get(server.origin)).status, 200);
  const other = await openSession(t, { tls: { ca: [identity.cert.toString()] } });
  await assert.rejects(other.get(server.origin), { code: 'FL_ECERTIFICATE' });
});

test('cert and key: a client certificate, that nginx asks for', async (t) => {
  const server = await startNginx(t, { identity, locations: MUTUAL });
  const { cert, key } = client;
  const session = await openSession(t, { tls: { ca, cert, key } });
  assert.equal(await (await session.get(`${server.origin}/who`)).text(), 'CN=client');
  const stranger = await openSession(t, { tls: { ca } });
  assert.equal((await stranger.get(server.origin)).status, 400);
});

for (const offersHttp2 of [true, false]) {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    test(`a server that insists on one: FL_ETLS in its words, once, ${maxVersion}, http2: ${offersHttp2}`, async (t) => {
      const asking = { ...identity, ca, requestCert: true, rejectUnauthorized: true, maxVersion };
      const server = await startHttp2OrHttp1(t, asking);
      const session = await openSession(t, { tls: { ca }, http2: offersHttp2, retry: { limit: 2, backoff: 0 } });
      await assert.rejects(session.get(server.origin), (error) => {
        assert.equal(error.code, 'FL_ETLS', error.message);
        assert.match(error.message, /\([a-z0-9/ ]+ (certificate required|handshake failure)\)$/);
        return true;
      });
      assert.equal(server.connections(), 1);
    });
  }
}

for (const [what, extension] of [
  ['for another purpose', 'extendedKeyUsage=clientAuth'],
  ['with a constraint that nobody knows', '1.2.3.4=critical,ASN1:UTF8String:x'],
]) {
  test(`a certificate ${what} is refused as such, once`, async (t) => {
    const odd = pki.issue('odd', `IP:127.0.0.1\n${extension}`);
    let connections = 0;
    const server = await startHttps(t, odd, (_request, response) => response.end('secret'));
    server.onConnection(() => connections++);
    const session = await openSession(t, { tls: { ca }, retry: { limit: 2, backoff: 0 } });
    await assert.rejects(session.get(server.origin), { code: 'FL_ECERTIFICATE' });
    assert.equal(connections, 1);
  });
}

test('pfx and passphrase: both in one', async (t) => {
  const pfx = readFileSync(pki.bundle('client', 'open'));
  const server = await startNginx(t, { identity, locations: MUTUAL });
  const session = await openSession(t, { tls: { ca, pfx, passphrase: 'open' } });
  assert.equal(await (await session.get(`${server.origin}/who`)).text(), 'CN=client');
});

test('a passphrase opens a key; a wrong one is told of, and is not in the message', async (t) => {
  pki.openssl('pkcs8', '-topk8', '-in', 'client.key', '-out', 'locked.key', '-passout', 'pass:open');
  const key = readFileSync(`${pki.folder}/locked.key`);
  await openSession(t, { tls: { ca, cert: client.cert, key, passphrase: 'open' } });
  await assert.rejects(openSession(t, { tls: { cert: client.cert, key, passphrase: 'sesame' } }), (error) => {
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /^tls: /);
    assert.doesNotMatch(error.message, /sesame|BEGIN/);
    return true;
  });
});

test('a server is asked for by its name (SNI), and must be it', async (t) => {
  const [one, two] = [pki.issue('one.test', 'DNS:one.test'), pki.issue('two.test', 'DNS:two.test')];
  const contexts = { 'one.test': nodeTls.createSecureContext(one), 'two.test': nodeTls.createSecureContext(two) };
  const SNICallback = (name, callback) => callback(null, contexts[name] ?? contexts['one.test']);
  const server = await startHttps(t, { ...identity, SNICallback }, (request, response) =>
    response.end(`${request.socket.servername}`),
  );
  const session = await openSession(t, { tls: { ca }, dns: { lookup: local } });
  for (const name of ['one.test', 'two.test']) {
    assert.equal(await (await session.get(`https://${name}:${server.port}/`)).text(), name);
  }
  await assert.rejects(session.get(`https://three.test:${server.port}/`), { code: 'FL_ECERTIFICATE' });
});

test('servername: what is asked for in place of the URL’s host', async (t) => {
  const one = pki.issue('named', 'DNS:named.test');
  const server = await startHttps(t, one, (request, response) => response.end(request.socket.servername));
  const session = await openSession(t, { tls: { ca, servername: 'named.test' } });
  assert.equal(await (await session.get(server.origin)).text(), 'named.test');
  const other = await openSession(t, { tls: { ca, servername: 'other.test' } });
  await assert.rejects(other.get(server.origin), { code: 'FL_ECERTIFICATE' });
});

test('an address is not asked for by name, and its certificate must have it', async (t) => {
  const server = await startHttps(t, identity, (request, response) => response.end(`${request.socket.servername}`));
  const session = await openSession(t, { tls: { ca } });
  assert.equal(await (await session.get(server.origin)).text(), 'false');
});

test('minVersion: an older protocol is refused', async (t) => {
  const server = await startHttps(t, { ...identity, maxVersion: 'TLSv1.2' }, (_request, response) => response.end());
  const session = await openSession(t, { tls: { ca, minVersion: 'TLSv1.3' } });
  await assert.rejects(session.get(server.origin), { code: 'FL_ETLS' });
  const lenient = await openSession(t, { tls: { ca } });
  assert.equal((await lenient.get(server.origin)).status, 200);
});

for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
  test(`a host's ${maxVersion} session is resumed by its next connection`, async (t) => {
    const resumed = [];
    const server = await startHttps(t, { ...identity, maxVersion }, (request, response) => {
      resumed.push(request.socket.isSessionReused());
      response.setHeader('connection', 'close').end('ok');
    });
    const session = await openSession(t, { tls: { ca }, http2: false, limit: 1 });
    await collect(session.fetchAll([server.origin, server.origin, server.origin]));
    assert.deepEqual(resumed, [false, true, true]);
  });
}

test('sessions are not resumed across sessions of ours', async (t) => {
  const resumed = [];
  const server = await startHttps(t, identity, (request, response) => {
    resumed.push(request.socket.isSessionReused());
    response.end('ok');
  });
  for (let i = 0; i < 2; i++) await (await openSession(t, { tls: { ca } })).get(server.origin);
  assert.deepEqual(resumed, [false, false]);
});

// ---- insecure

test('insecure: any certificate will do', async (t) => {
  const server = await startHttps(t, identity, (_request, response) => response.end('ok'));
  const warned = new Promise((resolve) => process.once('warning', resolve));
  const session = await openSession(t, { tls: { insecure: true } });
  assert.equal((await session.get(server.origin)).status, 200);
  assert.equal((await warned).code, 'FETCHLOOP_INSECURE');
  const careful = await openSession(t);
  await assert.rejects(careful.get(server.origin), { code: 'FL_ECERTIFICATE' });
});

test('insecure: a connection that breaks later did not break by its certificate', async (t) => {
  const server = await startHttps(t, pki.issue('other', 'DNS:other.test'), (_request, response) => {
    response.write('half');
    setTimeout(() => [...server.sockets][0].resetAndDestroy(), 20);
  });
  const session = await openSession(t, { tls: { insecure: true }, http2: false, retry: false });
  await assert.rejects(session.get(server.origin), { code: 'FL_ENETWORK' });
});

test('insecure: the process is warned once a session, and only then', async () => {
  const module = createRequire(import.meta.url).resolve('fetchloop');
  const script = `
    import { ClientSession } from ${JSON.stringify(module)};
    process.on('warning', ({ code }) => console.log(code));
    for (const tls of [{ insecure: true }, { insecure: false }, { insecure: true }, {}]) {
      const session = await ClientSession.open({ tls });
      await session.get('https://127.0.0.1:1/', { retry: 0 }).catch(() => {});
      await session.get('https://127.0.0.1:1/', { retry: 0 }).catch(() => {});
      await session.close();
    }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(stdout, 'FETCHLOOP_INSECURE\nFETCHLOOP_INSECURE\n');
});

// ---- What is refused when the session is opened

const other = pki.issue('other', 'DNS:other.test');
for (const [what, tls, message] of [
  ['a path in place of a certificate', { ca: '/etc/ssl/ca.pem' }, /tls\.ca must be PEM.*not its path/],
  [
    'what is no certificate',
    { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
    /tls\.ca has a certificate that can't be read/,
  ],
  ['a key in place of a CA', { ca: client.key }, /tls\.ca has no certificate/],
  ['a certificate without a key', { cert: client.cert }, /tls\.cert and tls\.key go together/],
  ['another one’s key', { cert: client.cert, key: other.key }, /^tls: .*mismatch/],
  ['a pfx that is none', { pfx: Buffer.from('none') }, /^tls: /],
  ['an unknown protocol', { minVersion: 'SSLv3' }, /tls\.minVersion must be 'TLSv1\.2' or 'TLSv1\.3'/],
  ['no such ciphers', { ciphers: 'NONE-SUCH' }, /^tls: no cipher match/],
  ['an unknown option', { rejectUnauthorized: false }, /unknown option tls\.rejectUnauthorized/],
  ['what is no object', true, /tls must be an object/],
  ['insecure by the way', { insecure: 1 }, /tls\.insecure must be true or false/],
]) {
  test(`refused: ${what}`, async (t) => {
    await assert.rejects(openSession(t, { tls }), (error) => {
      assert.ok(error instanceof TypeError || error instanceof RangeError, error.stack);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /BEGIN [A-Z ]*PRIVATE/);
      return true;
    });
  });
}
