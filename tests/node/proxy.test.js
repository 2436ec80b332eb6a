/** Proxies: tinyproxy and squid as they are, and ones of our own that show what reaches them. */
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { after } from 'node:test';
import { inspect } from 'node:util';
import { fromEnvironment } from '../../node/wire/proxy.js';
import { freePort, startNginx } from './support/nginx.js';
import { startHttp, startHttps, startMute } from './support/odd-servers.js';
import { makePki } from './support/pki.js';
import { startMicrosocks, startSquid, startTinyproxy } from './support/proxies.js';
import { collect, eventually, openSession, test, urlsOf } from './support/test.js';

const pki = makePki({ after });
const identity = pki.issue('loopback', 'IP:127.0.0.1,DNS:host.test');
const tls = { ca: pki.ca.cert };

/**
 * A proxy that shows what it is sent: `connects` and `requests` have the heads. It tunnels to 127.0.0.1, whatever the name.
 * @param {import('node:test').TestContext} t
 */
async function startProxy(t, { secure = false, refuse } = {}) {
  const seen = { connects: [], requests: [], sockets: new Set() };
  const server = secure ? https.createServer(identity) : http.createServer();
  server.on('request', (request, response) => {
    seen.requests.push({ url: request.url, headers: request.headers });
    if (refuse) return response.writeHead(refuse).end('no');
    const { port, pathname } = new URL(request.url);
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = http.request({ host: '127.0.0.1', port, path: pathname, method: request.method, headers });
    onward.on('response', (answer) => answer.pipe(response.writeHead(answer.statusCode, answer.headers))).end();
  });
  server.on('connect', (request, socket) => {
    seen.connects.push({ url: request.url, headers: request.headers });
    socket.on('error', () => {});
    if (refuse) return socket.end(`HTTP/1.1 ${refuse} Refused\r\nContent-Length: 0\r\n\r\n`);
    const onward = net.connect(Number(request.url.split(':').pop()), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  server.on('connection', (socket) => {
    seen.sockets.add(socket);
    socket.on('close', () => seen.sockets.delete(socket));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of seen.sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address();
  return Object.assign(seen, { port, host: `127.0.0.1:${port}`, scheme: secure ? 'https' : 'http' });
}

// ---- Real ones

for (const [name, start] of [
  ['tinyproxy', startTinyproxy],
  ['squid', startSquid],
]) {
  test(`${name}: http and https go through it`, async (t) => {
    const [plain, secure] = [await startNginx(t), await startNginx(t, { identity, http2: true })];
    const proxy = await start(t);
    const session = await openSession(t, { tls, proxy: `http://${proxy.host}` });
    for (const origin of [plain.origin, plain.origin]) {
      assert.equal(await (await session.get(`${origin}/a`)).text(), 'This is /a.\n');
    }
    if (name === 'tinyproxy') {
      // squid's own rules tunnel to port 443 alone.
      const [{ status, httpVersion, remoteAddress }] = await collect(session.fetchAll([`${secure.origin}/a`]));
      assert.deepEqual([status, httpVersion, remoteAddress], [200, '2', '127.0.0.1']);
    }
    await eventually(async () => (await plain.requests()).join() === '/a,/a'); // it logs what it has answered
    await eventually(async () => (await proxy.log()).includes(`${plain.port}`));
  });
}

test('squid over TLS: an https:// proxy, by its own CA', async (t) => {
  const plain = await startNginx(t);
  const proxy = await startSquid(t, { identity });
  const url = `https://${proxy.host}`;
  const session = await openSession(t, { proxy: { url, tls } });
  assert.equal((await session.get(plain.origin)).status, 200);
  const distrusting = await openSession(t, { proxy: url });
  await assert.rejects(distrusting.get(plain.origin), { code: 'FL_ECERTIFICATE' });
});

test('squid: what it doesn’t tunnel to is FL_EPROXY', async (t) => {
  const secure = await startNginx(t, { identity });
  const proxy = await startSquid(t);
  const session = await openSession(t, { tls, proxy: `http://${proxy.host}` });
  await assert.rejects(session.get(secure.origin), (error) => {
    assert.deepEqual([error.code, error.exitCode], ['FL_EPROXY', 97]);
    assert.match(error.message, /403 Forbidden/);
    return true;
  });
});

test('tinyproxy: a user and password, which a wrong one isn’t let in with', async (t) => {
  const [plain, secure] = [await startNginx(t), await startNginx(t, { identity })];
  const proxy = await startTinyproxy(t, { user: 'me', password: 'sesame' });
  const session = await openSession(t, { tls, proxy: `http://me:sesame@${proxy.host}` });
  for (const { origin } of [plain, secure]) assert.equal((await session.get(origin)).status, 200);
  const stranger = await openSession(t, { tls, proxy: `http://${proxy.host}` });
  for (const { origin } of [plain, secure]) {
    await assert.rejects(stranger.get(origin), { code: 'FL_EPROXY', message: /407/ });
  }
  const mistaken = await openSession(t, { tls, proxy: `http://me:wrong-one@${proxy.host}` });
  await assert.rejects(mistaken.get(secure.origin), (error) => {
    assert.equal(error.code, 'FL_EPROXY');
    assert.doesNotMatch(error.message, /wrong-one/);
    return true;
  });
  // tinyproxy says 401 here, as the host itself might.
  assert.equal((await mistaken.get(plain.origin)).status, 401);
  assert.equal((await plain.requests()).length, 1);
});

test('a user name or password that SOCKS has no room for is refused when the session is opened', async (t) => {
  for (const [what, url] of [
    ['username', `socks5://${'u'.repeat(256)}:p@127.0.0.1:1`],
    ['password', `socks5h://u:${'%C3%BC'.repeat(128)}@127.0.0.1:1`],
  ]) {
    const message = `proxy: a SOCKS proxy's ${what} has 255 bytes at most, not 256`;
    await assert.rejects(openSession(t, { proxy: url }), { name: 'TypeError', message });
  }
});

for (const scheme of ['socks5', 'socks5h']) {
  test(`microsocks: http and https go through ${scheme}://`, async (t) => {
    const [plain, secure] = [await startNginx(t), await startNginx(t, { identity, http2: true })];
    const proxy = await startMicrosocks(t, { user: 'me', password: 'sesame' });
    let asked = 0;
    const lookup = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }], asked++);
    const session = await openSession(t, { tls, proxy: `${scheme}://me:sesame@${proxy.host}`, dns: { lookup } });
    for (const { origin } of [plain, secure]) {
      assert.equal(await (await session.get(`${origin}/a`)).text(), 'This is /a.\n');
    }
    assert.equal((await session.get(plain.origin.replace('127.0.0.1', 'localhost'))).status, 200);
    assert.equal(asked, scheme === 'socks5' ? 1 : 0, 'who resolves names');
    const stranger = await openSession(t, { proxy: `${scheme}://me:wrong-one@${proxy.host}` });
    await assert.rejects(stranger.get(plain.origin), (error) => {
      assert.equal(error.code, 'FL_EPROXY');
      assert.doesNotMatch(inspect(error, { depth: 9 }), /wrong-one/);
      return true;
    });
  });
}

test('publicOnly, where we resolve names for a SOCKS proxy: the address that was looked at is the one it gets', async (t) => {
  const proxy = await startMute(t);
  const lookup = (_name, _options, callback) => callback(null, [{ address: '10.0.0.1', family: 4 }]);
  const options = { publicOnly: true, proxy: proxy.origin.replace('http', 'socks5'), dns: { lookup } };
  const session = await openSession(t, options);
  await assert.rejects(session.get('http://host.test/'), { code: 'FL_EADDRESS' });
  assert.equal(proxy.sockets.size + proxy.closed.size, 0);
});

// ---- What is sent to whom

test('Proxy-Authorization goes to the proxy, and never to the host behind it', async (t) => {
  const seen = [];
  const answer = (request, response) => {
    seen.push(request.rawHeaders.join('\n').toLowerCase());
    response.end('ok');
  };
  const [plain, secure] = [await startHttp(t, answer), await startHttps(t, identity, answer)];
  const proxy = await startProxy(t);
  const session = await openSession(t, { tls, proxy: `http://us%40er:p%3Ass@${proxy.host}` });
  for (const { origin } of [plain, secure]) await session.get(origin);
  const expected = `Basic ${Buffer.from('us@er:p:ss').toString('base64')}`;
  assert.equal(proxy.requests[0].headers['proxy-authorization'], expected);
  assert.equal(proxy.connects[0].headers['proxy-authorization'], expected);
  assert.equal(seen.length, 2);
  for (const head of seen) assert.doesNotMatch(head, /proxy-authorization/);
});

test('http is sent in absolute form, with the host’s name; https through a tunnel that shows the host alone', async (t) => {
  const [plain, secure] = [
    await startHttp(t, (_, r) => r.end('a')),
    await startHttps(t, identity, (_, r) => r.end('b')),
  ];
  const proxy = await startProxy(t);
  const session = await openSession(t, { tls, proxy: `http://${proxy.host}` });
  await session.get(`http://host.test:${plain.port}/path`, { headers: { authorization: 'Basic x' } });
  await session.get(`https://host.test:${secure.port}/secret`, { headers: { authorization: 'Basic x' } });
  assert.equal(proxy.requests[0].url, `http://host.test:${plain.port}/path`);
  assert.equal(proxy.requests[0].headers.host, `host.test:${plain.port}`);
  assert.equal(proxy.connects[0].url, `host.test:${secure.port}`);
  assert.deepEqual(Object.keys(proxy.connects[0].headers).sort(), ['connection', 'host']);
});

test('an own Host is sent in place of ours', async (t) => {
  const proxy = await startProxy(t);
  const server = await startHttp(t, (request, response) => response.end(request.headers.host));
  const session = await openSession(t, { proxy: `http://user:secret@${proxy.host}` });
  assert.equal(await (await session.get(server.origin, { headers: { HOST: 'other.test' } })).text(), 'other.test');
  assert.equal(proxy.requests[0].headers.host, 'other.test');
});

test('connections to a proxy are shared by the hosts behind it; limits are the hosts’ own', async (t) => {
  const now = { one: 0, two: 0 };
  const most = { one: 0, two: 0 };
  const answer = (name) => (_request, response) => {
    most[name] = Math.max(most[name], ++now[name]);
    setTimeout(() => {
      now[name]--;
      response.end('ok');
    }, 20);
  };
  const [one, two] = [await startHttp(t, answer('one')), await startHttp(t, answer('two'))];
  const proxy = await startProxy(t);
  const session = await openSession(t, { proxy: `http://${proxy.host}`, limitPerHost: 2 });
  const results = await collect(session.fetchAll([...urlsOf(one.origin, 20), ...urlsOf(two.origin, 20)]));
  assert.deepEqual(new Set(results.map(({ status }) => status)), new Set([200]));
  assert.deepEqual(most, { one: 2, two: 2 });
  assert.ok(proxy.sockets.size <= 4, `${proxy.sockets.size}`);
});

test('an https:// proxy: TLS within TLS', async (t) => {
  const secure = await startHttps(t, identity, (_, response) => response.end('within'));
  const proxy = await startProxy(t, { secure: true });
  const session = await openSession(t, { tls, proxy: { url: `https://${proxy.host}`, tls } });
  assert.equal(await (await session.get(secure.origin)).text(), 'within');
  assert.equal(proxy.connects.length, 1);
});

for (const status of [403, 407, 502]) {
  test(`CONNECT that is answered with ${status} is FL_EPROXY, once, and closes its connection`, async (t) => {
    const proxy = await startProxy(t, { refuse: status });
    const session = await openSession(t, { proxy: `http://me:sesame@${proxy.host}` });
    await assert.rejects(session.get('https://host.test/'), (error) => {
      assert.equal(error.code, 'FL_EPROXY');
      assert.match(error.message, new RegExp(`${status}`));
      assert.doesNotMatch(error.message, /sesame|c2VzYW1l/);
      return true;
    });
    assert.equal(proxy.connects.length, 1);
    await eventually(() => proxy.sockets.size === 0);
  });
}

test('a proxy that isn’t there is what could not be connected to, and named', async (t) => {
  const port = await freePort();
  const session = await openSession(t, { proxy: `http://me:sesame@127.0.0.1:${port}`, retry: 0 });
  for (const url of ['http://host.test/', 'https://host.test/']) {
    await assert.rejects(session.get(url), (error) => {
      assert.equal(error.code, 'FL_ECONNECT');
      assert.match(error.message, new RegExp(`the proxy http://127.0.0.1:${port}`));
      assert.doesNotMatch(error.message, /sesame/);
      return true;
    });
  }
});

test('a proxy that says nothing: cancelling closes the connection', async (t) => {
  const proxy = await startMute(t);
  for (const url of [proxy.origin, proxy.origin.replace('http', 'socks5h')]) {
    const session = await openSession(t, { proxy: url, retry: 0, timeout: { connect: 0.2 } });
    await assert.rejects(session.get('https://host.test/'), { code: 'FL_ECONNECTTIMEOUT' });
    await eventually(() => proxy.sockets.size === 0);
  }
  assert.equal(proxy.closed.size, 2);
});

// ---- For whom

/** Whether a session of this option would go through the proxy. */
const takes = (proxies, url) => {
  const { protocol, hostname, port } = new URL(url);
  return proxies.for({ protocol, hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) }) !== null;
};
const without = (noProxy) => fromEnvironment({ all_proxy: 'http://proxy.test', no_proxy: noProxy });

for (const [noProxy, direct, proxied] of [
  ['*', ['http://a.test/', 'https://[::1]/'], []],
  [
    'a.test',
    ['http://a.test/', 'http://A.TEST/', 'http://b.a.test/', 'http://a.test./'],
    ['http://ba.test/', 'http://a.test.b/'],
  ],
  ['.a.test', ['http://a.test/', 'http://b.a.test/'], ['http://ba.test/']],
  ['*.a.test', ['http://b.a.test/'], ['http://ba.test/']],
  ['a.test.', ['http://a.test/', 'http://a.test./'], []],
  ['b.test, a.test  c.test', ['http://a.test/', 'http://b.test/', 'http://c.test/'], ['http://d.test/']],
  ['a.test:8080', ['http://a.test:8080/'], ['http://a.test/', 'https://a.test/']],
  ['a.test:443', ['https://a.test/'], ['http://a.test/']],
  ['bücher.test', ['http://bücher.test/', 'http://xn--bcher-kva.test/'], []],
  [
    '10.0.0.0/8',
    ['http://10.1.2.3/', 'http://[::ffff:10.1.2.3]/', 'http://0x0a010203/'],
    ['http://11.0.0.1/', 'http://10.test/'],
  ],
  ['10.1.2.3', ['http://10.1.2.3:81/', 'http://[::ffff:a01:203]/'], ['http://10.1.2.4/']],
  ['::ffff:10.1.2.3', ['http://10.1.2.3/'], []],
  ['fd00::/8', ['http://[fd12::1]/'], ['http://[fe80::1]/', 'http://fd12.test/']],
  ['[::1]:8080', ['http://[::1]:8080/'], ['http://[::1]/']],
  ['0.1', [], ['http://10.0.0.1/']],
  ['/, :, [, 10.0.0.0/99', [], ['http://10.0.0.1/']],
  ['', [], ['http://a.test/', 'http://localhost/']],
]) {
  test(`NO_PROXY='${noProxy}'`, () => {
    const proxies = without(noProxy);
    for (const url of direct) assert.ok(!takes(proxies, url), `${url} goes directly`);
    for (const url of proxied) assert.ok(takes(proxies, url), `${url} goes through the proxy`);
  });
}

test('NO_PROXY=localhost,127.0.0.1,::1 holds for localhost. and [::1] (axios CVE-2025-62718)', () => {
  const proxies = without('localhost,127.0.0.1,::1');
  const urls = ['http://localhost./', 'http://localhost/', 'http://[::1]/', 'http://[0:0::1]:81/', 'http://127.1/'];
  for (const url of [...urls, 'http://[::ffff:127.0.0.1]/', 'http://2130706433/']) assert.ok(!takes(proxies, url), url);
});

test('the environment: lower case first, a scheme isn’t needed, all_proxy for what has none', () => {
  const takesOf = (env, url) => {
    const { protocol, hostname } = new URL(url);
    return fromEnvironment(env)?.for({ protocol, hostname, port: 1 })?.origin ?? null;
  };
  const [http, https] = ['http://a.test/', 'https://a.test/'];
  assert.equal(takesOf({}, http), null);
  assert.equal(takesOf({ http_proxy: 'p.test:3128' }, http), 'http://p.test:3128');
  assert.equal(takesOf({ http_proxy: 'p.test:3128' }, https), null);
  assert.equal(takesOf({ https_proxy: 'https://one.test', HTTPS_PROXY: 'two.test' }, https), 'https://one.test:443');
  assert.equal(takesOf({ HTTPS_PROXY: 'two.test' }, https), 'http://two.test:80');
  assert.equal(takesOf({ ALL_PROXY: 'all.test', http_proxy: '' }, http), 'http://all.test:80');
  assert.equal(takesOf({ http_proxy: 'p.test', NO_PROXY: 'a.test' }, http), null);
});

test('HTTP_PROXY isn’t read: it may be a header, "Proxy:", of who asks a CGI script (httpoxy, CVE-2016-5385)', () => {
  assert.equal(fromEnvironment({ HTTP_PROXY: 'http://evil.test' }), undefined);
});

test("proxy: 'env' is read when the session is opened", async (t) => {
  const proxy = await startProxy(t);
  const plain = await startHttp(t, (_request, response) => response.end('ok'));
  const kept = { ...process.env };
  t.after(() => {
    process.env = kept;
  });
  process.env = { ...kept, http_proxy: `http://${proxy.host}`, no_proxy: 'direct.test' };
  const dns = { lookup: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]) };
  const session = await openSession(t, { proxy: 'env', dns });
  process.env = kept;
  await session.get(`http://host.test:${plain.port}/`);
  await session.get(`http://direct.test:${plain.port}/`);
  assert.equal(proxy.requests.length, 1);
});

for (const [value, message] of [
  ['not a url:sesame@', /^proxy is not a valid URL$/],
  [
    'socks4://me:sesame@proxy.test',
    /proxy must be an http:\/\/, https:\/\/, socks5:\/\/ or socks5h:\/\/ URL, not socks4:/,
  ],
  ['localhost:3128', /^proxy must be a URL: write http:\/\/ before it$/],
  ['sesame@127.0.0.1:3128', /^proxy must be a URL: write http:\/\/ before it$/],
  [{}, /proxy\.url is missing/],
  [{ url: 'http://proxy.test', noproxy: '' }, /unknown option proxy\.noproxy/],
  [{ url: 'http://proxy.test', noProxy: ['a.test', '10.0.0.0/99'] }, /proxy\.noProxy: '10\.0\.0\.0\/99' is no host/],
  [true, /proxy must be/],
]) {
  test(`proxy: ${JSON.stringify(value)} is refused when the session is opened`, async (t) => {
    await assert.rejects(openSession(t, { proxy: value }), (error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /sesame/);
      return true;
    });
  });
}
