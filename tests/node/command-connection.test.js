/** How the command connects: proxies, certificates, families; curl as the reference. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { records, runCommand } from './support/command.js';
import { startNginx } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { makePki } from './support/pki.js';
import { test } from './support/test.js';

const run = promisify(execFile);
const pki = makePki({ after });
const client = pki.issue('client', 'DNS:client.test');
const p12 = pki.bundle('client', 'open');
const secure = await startNginx(
  { after },
  {
    identity: pki.issue('loopback', 'IP:127.0.0.1,DNS:secure.test'),
    locations: `
      ssl_client_certificate ${pki.ca.paths.cert};
      ssl_verify_client optional;
      location /who { if ($ssl_client_s_dn = "") { return 401; } return 200; }`,
  },
);
const port = new URL(secure.origin).port;

/** A proxy that tells what it was asked, and answers itself. */
const asked = [];
const proxy = await startHttp({ after }, (request, response) => {
  asked.push([request.method, request.url, request.headers['proxy-authorization']]);
  response.end('by the proxy');
});
const NO_ENVIRONMENT = {
  http_proxy: '',
  https_proxy: '',
  HTTPS_PROXY: '',
  all_proxy: '',
  ALL_PROXY: '',
  no_proxy: '',
  NO_PROXY: '',
};

for (const [what, args, env] of [
  ['-x with a URL', ['-x', proxy.origin]],
  ['-x with a host and port', ['-x', proxy.origin.slice(7)]],
  ['-x with a user in it', ['-x', proxy.origin.replace('//', '//a:b%20c@')]],
  ['-U', ['-x', proxy.origin, '-U', 'a:b@:c ä']],
  ['--noproxy of another host', ['-x', proxy.origin, '--noproxy', 'other.test']],
  ['the environment', [], { http_proxy: proxy.origin }],
]) {
  test(`a proxy is asked as curl asks it: ${what}`, async () => {
    await run('curl', ['-s', ...args, 'http://any.test/a?b'], { env: { ...process.env, ...NO_ENVIRONMENT, ...env } });
    const curls = asked.splice(0);
    const { code } = await runCommand(['-q', '-s', ...args, 'http://any.test/a?b'], {
      env: { ...NO_ENVIRONMENT, ...env },
    });
    assert.deepEqual([code, asked.splice(0)], [0, curls]);
  });
}

test("no proxy: -x '', --noproxy", async (t) => {
  const server = await startHttp(t, (_request, response) => response.end());
  const env = { ...NO_ENVIRONMENT, http_proxy: proxy.origin };
  for (const args of [
    ['-x', ''],
    ['--noproxy', '127.0.0.1'],
    ['-x', proxy.origin, '--noproxy', '*'],
  ]) {
    assert.equal((await runCommand(['-q', '-s', ...args, server.origin], { env })).code, 0);
  }
  assert.deepEqual(asked, []);
});

const { cert, key } = client.paths;
const ca = ['--cacert', pki.ca.paths.cert];
for (const [what, args, status, exitcode] of [
  ['an unknown CA', [], 0, 60],
  ['--cacert', ca, 401, 0],
  ['-k', ['-k'], 401, 0],
  ['--cert and --key', [...ca, '--cert', cert, '--key', key], 200, 0],
  ['-E with PKCS #12 and its password', [...ca, '--cert-type', 'P12', '-E', `${p12}:open`], 200, 0],
  ['--http1.1', [...ca, '--http1.1'], 401, 0],
  ['--tlsv1.3, which this nginx does not speak', [...ca, '--tlsv1.3'], 0, 35],
  [
    '--resolve',
    [...ca, '--resolve', `secure.test:${port}:127.0.0.1`, '--url', `https://secure.test:${port}/who`],
    401,
    0,
  ],
  ['--interface', [...ca, '--interface', 'lo', '-4'], 401, 0],
]) {
  test(`https as curl has it: ${what}`, async () => {
    const urls = args.includes('--url') ? [] : [`${secure.origin}/who`];
    const format = ['-s', '-o', '/dev/null', '-w', '%{response_code} %{exitcode}'];
    const curl = await run('curl', [...format, ...args, ...urls]).catch((error) => error);
    assert.equal(curl.stdout, `${String(status).padStart(3, '0')} ${exitcode}`);
    const own = args.filter((arg) => !['--cert-type', 'P12'].includes(arg)); // which is known by its content
    const { stdout } = await runCommand(['-q', '-s', '--jsonl', '--retry', '0', ...own, ...urls]);
    const [record] = records(stdout);
    assert.deepEqual([record.response_code, record.exitcode], [status, exitcode]);
  });
}

test('a wrong password for a certificate is said, and is in no message', async () => {
  const { code, stderr } = await runCommand(['-q', ...ca, '-E', `${p12}:secret`, secure.origin]);
  assert.equal(code, 2);
  assert.match(stderr, /^fetchloop: tls: [^\n]+\n$/);
  assert.doesNotMatch(stderr, /secret/);
});

test('-6 has no way to a host of IPv4 alone', async () => {
  const args = ['-6', '--retry', '0', '--resolve', '*:1:127.0.0.1'];
  const { stdout } = await runCommand(['-q', '-s', '--jsonl', ...args, 'http://localhost.invalid/']);
  assert.equal(records(stdout)[0].exitcode, 6);
});
