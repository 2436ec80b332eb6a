/** publicOnly: which addresses may be connected to, and that no other is. */
import assert from 'node:assert/strict';
import { canonicalAddress, isPublic } from '../../node/wire/addresses.js';
import { startHttp } from './support/odd-servers.js';
import { openSession, test } from './support/test.js';

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.216.34',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
].concat(
  [
    '192.0.1.1',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00:1450::1',
    '2001:4860::8888',
  ],
  ['::ffff:8.8.8.8', '64:ff9b::8.8.8.8'],
);

const NOT_PUBLIC = {
  unspecified: ['0.0.0.0', '0.1.2.3', '::'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fdff::1'],
  'link-local': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
  'shared (CGNAT)': ['100.64.0.1', '100.127.255.255'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  reserved: [
    '192.0.0.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '100::1',
    '3ffe::1',
  ],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  'IPv4 as IPv6': ['::ffff:127.0.0.1', '::ffff:a00:1', '0:0:0:0:0:ffff:169.254.169.254', '::127.0.0.1'],
  NAT64: ['64:ff9b::127.0.0.1', '64:ff9b::10.0.0.1', '64:ff9b:1::8.8.8.8'],
  '6to4': ['2002:7f00:1::', '2002:a00:1::1', '2002:808:808::'],
  Teredo: ['2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  'site-local': ['fec0::1'],
};

test('addresses of the public Internet are public', () => {
  for (const address of PUBLIC) assert.ok(isPublic(address), address);
});

for (const [kind, addresses] of Object.entries(NOT_PUBLIC)) {
  test(`${kind} addresses are not`, () => {
    for (const address of addresses) assert.ok(!isPublic(address), address);
  });
}

test('an address has one way to be written', () => {
  assert.equal(canonicalAddress('2001:DB8:0:0::1'), '2001:db8::1');
  assert.equal(canonicalAddress('::ffff:10.0.0.1'), '10.0.0.1');
  assert.equal(canonicalAddress('fe80::1%eth0'), 'fe80::1');
});

for (const host of [
  '127.0.0.1',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '0x7f000001',
  '0177.0.0.1',
  '2130706433',
  '127.1',
  '0',
  'localhost',
]) {
  test(`publicOnly: http://${host}/ is refused, and not connected to`, async (t) => {
    const server = await startHttp(t, (_request, response) => response.end('secret'));
    const session = await openSession(t, { publicOnly: true });
    const url = `http://${host}:${server.port}/`;
    await assert.rejects(session.get(url), { code: 'FL_EADDRESS', exitCode: 7 });
    assert.equal(server.sockets.size + server.closed.size, 0);
  });
}

/** A lookup that gives a host's answers in turn, and counts. */
function answering(...answers) {
  const lookup = (_name, _options, callback) => {
    const addresses = answers[Math.min(lookup.asked++, answers.length - 1)];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return Object.assign(lookup, { asked: 0 });
}

test('publicOnly: a name that resolves to a private address is refused', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('secret'));
  const session = await openSession(t, { publicOnly: true, dns: { lookup: answering(['127.0.0.1', '::1']) } });
  await assert.rejects(session.get(`http://public.test:${server.port}/`), (error) => {
    assert.equal(error.code, 'FL_EADDRESS');
    assert.match(error.message, /public\.test is 127\.0\.0\.1, ::1/);
    return true;
  });
  assert.equal(server.sockets.size + server.closed.size, 0);
});

test('publicOnly: of a name with both, only the public addresses are connected to', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('secret'));
  // 192.0.1.1 leads nowhere.
  const lookup = answering(['127.0.0.1', '192.0.1.1']);
  const session = await openSession(t, { publicOnly: true, retry: 0, timeout: { connect: 0.7 }, dns: { lookup } });
  await assert.rejects(session.get(`http://both.test:${server.port}/`), ({ code }) =>
    /^FL_E(CONNECTTIMEOUT|CONNECT)$/.test(code),
  );
  assert.equal(server.sockets.size + server.closed.size, 0);
});

test('publicOnly: DNS rebinding: the address that was looked at is the one that is connected to', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('secret'));
  const lookup = answering(['192.0.1.1'], ['127.0.0.1']);
  const options = { publicOnly: true, retry: 0, timeout: { connect: 0.3 }, dns: { lookup, ttl: 0 } };
  const session = await openSession(t, options);
  const url = `http://rebinds.test:${server.port}/`;
  await assert.rejects(session.get(url), ({ code }) => /^FL_E(CONNECTTIMEOUT|CONNECT)$/.test(code));
  assert.equal(lookup.asked, 1, 'a connection asks once');
  await assert.rejects(session.get(url), { code: 'FL_EADDRESS' });
  assert.equal(server.sockets.size + server.closed.size, 0);
});

test('publicOnly: on every hop: a redirect to a private address is refused', async (t) => {
  let asked = 0;
  const inner = await startHttp(t, (_request, response) => response.end(`secret ${asked++}`));
  const outer = await startHttp(t, (_request, response) =>
    response.writeHead(302, { location: `http://[::ffff:7f00:1]:${inner.port}/` }).end(),
  );
  // The first hop is let through as a proxy's, which is chosen by who set the session up.
  const session = await openSession(t, { publicOnly: true, proxy: outer.origin });
  await assert.rejects(session.get('http://8.8.8.8/'), { code: 'FL_EADDRESS' });
  assert.equal(asked, 0);
});

for (const url of ['http://127.0.0.1/', 'http://[::1]/', 'https://10.0.0.1/']) {
  test(`publicOnly: ${url} is not asked of a proxy either`, async (t) => {
    let asked = 0;
    const proxy = await startHttp(t, (_request, response) => response.end(`${asked++}`));
    proxy.onConnection(() => asked++);
    const session = await openSession(t, { publicOnly: true, proxy: proxy.origin });
    await assert.rejects(session.get(url), { code: 'FL_EADDRESS' });
    assert.equal(asked, 0);
  });
}

test('without publicOnly, private addresses are as good as others', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('mine'));
  const session = await openSession(t);
  assert.equal(await (await session.get(server.origin)).text(), 'mine');
});
