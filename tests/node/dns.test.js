/** Names: asked for once, kept for a while, their addresses taken in turn, and a dead one passed over. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { Resolver } from 'node:dns';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { dial } from '../../node/wire/dial.js';
import { Names, readDns } from '../../node/wire/dns.js';
import { startHttp } from './support/odd-servers.js';
import { collect, openSession, test, urlsOf } from './support/test.js';

/** In place of dns.lookup: answers by name, after `latency`; `asked` has the names. */
function makeLookup(answers, latency = 0) {
  const lookup = (name, options, callback) => {
    lookup.asked.push(name);
    lookup.options = options;
    setTimeout(() => {
      const found = typeof answers === 'function' ? answers(name) : answers;
      if (found instanceof Error) callback(found);
      else
        callback(
          null,
          found.map((address) => ({ address, family: net.isIP(address) })),
        );
    }, latency);
  };
  return Object.assign(lookup, { asked: [] });
}

const addresses = (list) => list.map(({ address }) => address);

test('a name is asked for once, however many ask at one time', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('ok'));
  const lookup = makeLookup(['127.0.0.1'], 30);
  const session = await openSession(t, { dns: { lookup }, limitPerHost: 10 });
  await collect(session.fetchAll(urlsOf(`http://name.test:${server.port}`, 50)));
  assert.deepEqual(lookup.asked, ['name.test']);
});

test('nor again until its time is over', async () => {
  const lookup = makeLookup(['192.0.2.1']);
  const names = new Names({ lookup, ttl: 0.2 });
  await names.resolve('name.test');
  assert.deepEqual(addresses(names.known('name.test')), ['192.0.2.1']);
  await sleep(250);
  assert.equal(names.known('name.test'), null);
});

test('ttl: 0 keeps nothing, but still joins those who ask at one time', async () => {
  const lookup = makeLookup(['192.0.2.1'], 5);
  const names = new Names({ lookup, ttl: 0 });
  await Promise.all([names.resolve('name.test'), names.resolve('name.test')]);
  assert.equal(names.known('name.test'), null);
  await names.resolve('name.test');
  assert.equal(lookup.asked.length, 2);
});

test('a lookup that throws has not resolved the name', async (t) => {
  const lookup = () => {
    throw new Error('no names here');
  };
  const session = await openSession(t, { dns: { lookup }, retry: 0 });
  await assert.rejects(session.get('http://name.test/'), { code: 'FL_ERESOLVE', message: /no names here/ });
});

test('a failure is not kept', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('ok'));
  let fails = true;
  const failure = Object.assign(new Error('getaddrinfo EAI_AGAIN name.test'), {
    code: 'EAI_AGAIN',
    syscall: 'getaddrinfo',
  });
  const lookup = makeLookup(() => (fails ? failure : ['127.0.0.1']));
  const session = await openSession(t, { dns: { lookup }, retry: 0 });
  const url = `http://name.test:${server.port}/`;
  await assert.rejects(session.get(url), { code: 'FL_ERESOLVELATER' });
  fails = false;
  assert.equal((await session.get(url)).status, 200);
});

test('no more names are kept than `size`; the oldest goes', async () => {
  const names = new Names({ lookup: makeLookup(['192.0.2.1']), size: 3 });
  for (let i = 0; i < 5; i++) await names.resolve(`${i}.test`);
  assert.deepEqual(
    [0, 1, 2, 3, 4].filter((i) => names.known(`${i}.test`)),
    [2, 3, 4],
  );
});

test('a name’s addresses take turns, each family its own', async () => {
  const names = new Names({
    lookup: makeLookup(['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2', '192.0.2.3']),
  });
  const first = addresses(await names.resolve('name.test'));
  assert.deepEqual(first, ['2001:db8::1', '2001:db8::2', '192.0.2.1', '192.0.2.2', '192.0.2.3']);
  assert.deepEqual(addresses(names.known('name.test')), [
    '2001:db8::2',
    '2001:db8::1',
    '192.0.2.2',
    '192.0.2.3',
    '192.0.2.1',
  ]);
  assert.equal(addresses(names.known('name.test'))[2], '192.0.2.3');
});

test('connections spread over a host’s addresses', async (t) => {
  const came = { '127.0.0.1': 0, '127.0.0.2': 0, '127.0.0.3': 0 };
  const server = net.createServer((socket) => {
    came[socket.localAddress]++;
    socket.on('error', () => {}).on('data', () => setTimeout(() => socket.write('HTTP/1.1 204 No\r\n\r\n'), 20));
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  t.after(() => server.close());
  const session = await openSession(t, { dns: { lookup: makeLookup(Object.keys(came)) }, limitPerHost: 6 });
  await collect(session.fetchAll(urlsOf(`http://name.test:${server.address().port}`, 30)));
  assert.deepEqual(Object.values(came), [2, 2, 2]);
  await session.close();
});

test('family: what the lookup is asked for', async () => {
  const lookup = makeLookup(['192.0.2.1']);
  await new Names({ lookup, family: 4 }).resolve('name.test');
  assert.deepEqual([lookup.options.family, lookup.options.all], [4, true]);
});

test('a lookup that gives one address, as dns.lookup does without `all`, will do', async () => {
  const names = new Names({ lookup: (_name, _options, callback) => callback(null, '192.0.2.1', 4) });
  assert.deepEqual(await names.resolve('name.test'), [{ address: '192.0.2.1', family: 4 }]);
});

test('a lookup that gives no address is a name that does not resolve', async (t) => {
  for (const found of [[], [{ address: 'nonsense', family: 4 }], undefined]) {
    const session = await openSession(t, { dns: { lookup: (_name, _options, callback) => callback(null, found) } });
    await assert.rejects(session.get('http://name.test/'), { code: 'FL_ERESOLVE' });
  }
});

for (const [code, syscall, ends] of [
  ['EAI_AGAIN', 'getaddrinfo', 'FL_ERESOLVELATER'],
  ['ENOTFOUND', 'getaddrinfo', 'FL_ERESOLVE'],
  ['ENOTFOUND', 'queryA', 'FL_ERESOLVE'],
  ['ESERVFAIL', 'queryA', 'FL_ERESOLVELATER'],
  ['ETIMEOUT', 'queryA', 'FL_ERESOLVELATER'],
  ['EREFUSED', 'queryA', 'FL_ERESOLVELATER'],
  ['ECONNREFUSED', 'queryA', 'FL_ERESOLVELATER'],
  ['EBADRESP', 'queryA', 'FL_ERESOLVE'],
]) {
  test(`a lookup that fails with ${code} of ${syscall}: ${ends}`, async (t) => {
    const failure = Object.assign(new Error(`${syscall} ${code} name.test`), { code, syscall });
    const session = await openSession(t, { dns: { lookup: (_name, _options, done) => done(failure) }, retry: 0 });
    await assert.rejects(session.get('http://name.test/'), { code: ends });
  });
}

test('a DNS server of our own, through dns.Resolver', async (t) => {
  const http = await startHttp(t, (request, response) => response.end(request.headers.host));
  const udp = dgram.createSocket('udp4').on('message', (question, { port, address }) => {
    // The question again, flags for an answer, and one A record that points to its name.
    const head = Buffer.from([...question.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const end = question.indexOf(0, 12) + 5;
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    udp.send(Buffer.concat([head, question.subarray(12, end), record]), port, address);
  });
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  t.after(() => udp.close());
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${udp.address().port}`]);
  const lookup = (name, _options, callback) =>
    resolver.resolve4(name, (error, found) =>
      callback(
        error,
        found?.map((address) => ({ address, family: 4 })),
      ),
    );
  const session = await openSession(t, { dns: { lookup } });
  const host = `served.test:${http.port}`;
  assert.equal(await (await session.get(`http://${host}/`)).text(), host);
});

test('localhost, and what the hosts file has, resolve as for other programs', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('ok'));
  const session = await openSession(t);
  assert.equal((await session.get(`http://localhost:${server.port}/`)).status, 200);
});

// ---- Happy Eyeballs

const listed = (...list) => list.map((address) => ({ address, family: net.isIP(address) }));

/** An address that answers nothing, as one behind a firewall: its queue of connections is full, and nobody takes them. */
async function startDead(t, address, port) {
  const script = `
import socket, sys, time
server = socket.socket()
server.bind((sys.argv[1], int(sys.argv[2])))
server.listen(0)
clients = [socket.socket() for _ in range(4)]
for client in clients:
    client.setblocking(False)
    client.connect_ex((sys.argv[1], int(sys.argv[2])))
time.sleep(0.1)
print('ready', flush=True)
time.sleep(60)`;
  const child = spawn('python3', ['-c', script, address, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  await once(child.stdout, 'data');
}

test('Happy Eyeballs: a first address that answers nothing costs a quarter of a second', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('ok'));
  await startDead(t, '127.0.0.5', server.port);
  const lookup = makeLookup(['127.0.0.5', '127.0.0.1']);
  const session = await openSession(t, { dns: { lookup }, timeout: { connect: 5 } });
  const [{ status, timing, remoteAddress }] = await collect(session.fetchAll([`http://name.test:${server.port}/`]));
  assert.deepEqual([status, remoteAddress], [200, '127.0.0.1']);
  assert.ok(timing.connect >= 245 && timing.connect < 3000, `${timing.connect}`);
});

test('Happy Eyeballs: an address that refuses lets the next begin at once', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('ok'));
  const { signal } = new AbortController();
  const startedAt = performance.now();
  const socket = await dial(listed('127.0.0.7', '::1', '127.0.0.8', '127.0.0.1'), { port: server.port, signal });
  assert.equal(socket.remoteAddress, '127.0.0.1');
  assert.ok(performance.now() - startedAt < 250, 'three refusals, and no wait');
  socket.destroy();
});

test('Happy Eyeballs: a slow address goes on while others are tried', async (t) => {
  // Unlike Node's own, which gives it up after 250 ms: here the first connects after the last has been begun.
  const opened = [];
  const connect = net.connect;
  t.after(() => {
    net.connect = connect;
  });
  net.connect = ({ host }) => {
    const socket = new net.Socket();
    opened.push({ host, at: performance.now(), socket });
    if (host === '192.0.2.1') setTimeout(() => socket.emit('connect'), 900);
    return socket;
  };
  const { signal } = new AbortController();
  const list = listed('192.0.2.1', '192.0.2.2', '2001:db8::1');
  const winner = await dial(list, { port: 1, signal });
  assert.deepEqual(
    opened.map(({ host }) => host),
    ['192.0.2.1', '2001:db8::1', '192.0.2.2'],
    'the families take turns',
  );
  assert.equal(winner, opened[0].socket);
  assert.ok(opened[1].at - opened[0].at >= 245 && opened[2].at - opened[1].at >= 245);
  assert.deepEqual(
    opened.map(({ socket }) => socket.destroyed),
    [false, true, true],
    'what lost is closed',
  );
});

test('Happy Eyeballs: when all fail, the error has what each said', async () => {
  const { signal } = new AbortController();
  await assert.rejects(dial(listed('127.0.0.1', '127.0.0.2'), { port: 1, signal }), (error) => {
    assert.equal(error.code, 'ECONNREFUSED');
    assert.match(error.message, /127\.0\.0\.1:1.*127\.0\.0\.2:1/);
    return true;
  });
});

for (const [dns, message] of [
  [{ lookup: 'dns' }, /dns\.lookup must be a function/],
  [{ ttl: -1 }, /dns\.ttl must be a number of seconds/],
  [{ size: 0 }, /dns\.size must be a whole number/],
  [{ hosts: null }, /dns\.hosts has addresses by 'host:port', not null/],
  [{ family: 5 }, /dns\.family must be/],
  [{ server: '127.0.0.1' }, /unknown option dns\.server/],
]) {
  test(`dns: ${JSON.stringify(dns)} is refused when the session is opened`, async (t) => {
    await assert.rejects(openSession(t, { dns }), message);
  });
}

test('hosts: addresses in place of DNS, by host and port; the nearest counts', async () => {
  const hosts = { 'a.test:80': '192.0.2.1', 'a.test:*': ['192.0.2.2', '2001:db8::2'], '*:81': '192.0.2.3' };
  hosts['Bücher.test:80'] = '192.0.2.4';
  const names = new Names(readDns({ hosts, lookup: () => assert.fail('DNS is asked') }, 'dns'));
  assert.deepEqual(addresses(names.known(new URL('http://bücher.test').hostname, 80)), ['192.0.2.4']);
  assert.deepEqual(addresses(names.known('a.test', 80)), ['192.0.2.1']);
  assert.deepEqual(addresses(names.known('a.test', 81)), ['192.0.2.2', '2001:db8::2']);
  assert.deepEqual(addresses(names.known('b.test', 81)), ['192.0.2.3']);
  assert.equal(names.known('b.test', 80), null);
  for (const bad of [{ 'a.test': '192.0.2.1' }, { 'a.test:80': 'b.test' }, { 'a.test:80': [] }]) {
    assert.throws(() => readDns({ hosts: bad }, 'dns'), /^TypeError: dns\.hosts/);
  }
});
