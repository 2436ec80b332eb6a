/** Requests of every kind through the session: defaults, middleware, joining, cookies, caching, tracing, cancelling. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ClientSession, Cookies } from 'fetchloop';
import { runCommand } from './support/command.js';
import { startHttp, startMute } from './support/odd-servers.js';
import { collect, eventually, openSession, test } from './support/test.js';

/** Answers with what came, as JSON; `asked` has the paths. */
async function startEcho(t, headers = {}) {
  const asked = [];
  const server = await startHttp(t, (request, response) => {
    const { method, url, rawHeaders } = request;
    asked.push(url);
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const told = JSON.stringify({ method, url, headers: request.headers, rawHeaders, body });
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(method === 'HEAD' ? '' : told);
    });
  });
  return { ...server, asked };
}

for (const method of ['get', 'post', 'put', 'patch', 'delete', 'options']) {
  test(`${method}() sends ${method.toUpperCase()}`, async (t) => {
    const server = await startEcho(t);
    const session = await openSession(t);
    assert.equal((await (await session[method](server.origin)).json()).method, method.toUpperCase());
  });
}

test('head() has headers and no body', async (t) => {
  const server = await startEcho(t, { 'x-a': 'b' });
  const session = await openSession(t);
  const response = await session.head(server.origin);
  assert.deepEqual([response.status, response.headers.get('x-a'), await response.text()], [200, 'b', '']);
});

test("a method of one's own", async (t) => {
  const server = await startHttp(t, (request, response) => response.end(request.method));
  const session = await openSession(t);
  assert.equal(await (await session.request('PROPFIND', server.origin)).text(), 'PROPFIND');
  await assert.rejects(session.request('CONNECT', server.origin), { code: 'FL_EMETHOD' });
});

test('headers: their order is kept, several of a name are sent, defaults give way', async (t) => {
  const server = await startEcho(t);
  const session = await openSession(t, { headers: { 'X-Default': 'd', 'X-Own': 'default' } });
  const { rawHeaders } = await (
    await session.get(server.origin, {
      headers: [
        ['X-B', '1'],
        ['X-A', '2'],
        ['X-B', '3'],
        ['x-own', 'own'],
      ],
    })
  ).json();
  const own = rawHeaders.filter((_, i) => /^x-/i.test(rawHeaders[i - (i % 2)]));
  assert.deepEqual(own, ['X-Default', 'd', 'X-B', '1', 'X-A', '2', 'X-B', '3', 'x-own', 'own']);
});

for (const [what, headers, message] of [
  ['CR LF in a value', { a: 'b\r\nc: d' }, /^the header a can't have '\\x0d'$/],
  ['LF in a name', { 'a\nb': 'c' }, /^the header a\\x0ab can't have '\\x0a'$/],
  ['a space in a name', { 'a b': 'c' }, /^the header a b can't have ' '$/],
  ['NUL', { a: '\0' }, /^the header a can't have '\\x00'$/],
  ['what is not Latin-1', { a: '€' }, /^the header a can't have '€'$/],
  ['no name', { '': 'c' }, /not a valid header/],
  ['Content-Length', { 'content-length': '3' }, /belongs to the connection/],
  ['Transfer-Encoding', { 'Transfer-Encoding': 'chunked' }, /belongs to the connection/],
  ['Connection', { connection: 'close' }, /belongs to the connection/],
]) {
  test(`${what} is refused before anything is sent`, async (t) => {
    const server = await startEcho(t);
    const session = await openSession(t);
    await assert.rejects(session.get(server.origin, { headers }), { message });
    assert.deepEqual(server.asked, []);
    await assert.rejects(ClientSession.open({ headers }), { message });
  });
}

test('baseUrl, params, headers and auth are merged, in fetchAll() too', async (t) => {
  const server = await startEcho(t);
  const session = await openSession(t, {
    baseUrl: `${server.origin}/api/`,
    params: { key: 'k' },
    auth: { bearer: 'token' },
  });
  const one = await (await session.get('users', { params: { page: 2 } })).json();
  assert.deepEqual([one.url, one.headers.authorization], ['/api/users?key=k&page=2', 'Bearer token']);
  const [{ response }, ...rest] = await collect(session.fetchAll(['a']));
  const two = await response.json();
  assert.deepEqual([two.url, two.headers.authorization, rest.length], ['/api/a?key=k', 'Bearer token', 0]);
  const [refused] = await collect(session.fetchAll(['https://elsewhere.example/']));
  assert.match(refused.error.message, /not beneath the baseUrl/);
});

test('raiseForStatus: 400 and more are errors, which have the response', async (t) => {
  const server = await startHttp(t, (_request, response) => response.writeHead(404).end('none here'));
  const session = await openSession(t, { raiseForStatus: true });
  const error = await session.get(server.origin).catch((reason) => reason);
  assert.deepEqual([error.code, error.exitCode, error.status], ['FL_ESTATUS', 22, 404]);
  assert.equal(await error.response.text(), 'none here');
  assert.equal((await session.get(server.origin, { raiseForStatus: false })).status, 404);
  const [result] = await collect(session.fetchAll([server.origin]));
  assert.deepEqual([result.status, result.error.code], [404, 'FL_ESTATUS']);
});

test('history has each redirect: status, method, URL', async (t) => {
  const server = await startHttp(t, (request, response) => {
    const next = { '/a': [301, '/b'], '/b': [307, '/c'] }[request.url];
    if (next) response.writeHead(next[0], { location: next[1] }).end();
    else response.end(request.method);
  });
  const session = await openSession(t);
  const response = await session.post(`${server.origin}/a`, { body: 'x' });
  assert.deepEqual(response.history, [
    { status: 301, method: 'POST', url: `${server.origin}/a` },
    { status: 307, method: 'GET', url: `${server.origin}/b` },
  ]);
  assert.deepEqual([response.url, response.redirected, await response.text()], [`${server.origin}/c`, true, 'GET']);
});

test('maxRedirects: false gives the redirect itself', async (t) => {
  const server = await startHttp(t, (_request, response) => response.writeHead(302, { location: '/x' }).end());
  const session = await openSession(t);
  const response = await session.get(server.origin, { maxRedirects: false });
  assert.deepEqual([response.status, response.headers.get('location')], [302, '/x']);
});

test('maxRedirects: Infinity follows as many as come', async (t) => {
  const server = await startHttp(t, ({ url }, response) => {
    const hop = Number(url.slice(1));
    response.writeHead(hop < 20 ? 302 : 200, { location: `/${hop + 1}` }).end();
  });
  const session = await openSession(t, { maxRedirects: Infinity });
  assert.equal((await session.get(`${server.origin}/0`)).history.length, 20);
  await assert.rejects(session.get(`${server.origin}/0`, { maxRedirects: 19 }), { code: 'FL_EREDIRECTS' });
});

// ---- Middleware

test('middleware goes around a request: the first is the outermost', async (t) => {
  const server = await startEcho(t);
  const order = [];
  const layer = (name) => async (request, next) => {
    order.push(`${name} before`);
    const response = await next({ ...request, headers: { ...request.headers, [`x-${name}`]: '1' } });
    order.push(`${name} after`);
    return response;
  };
  const session = await openSession(t, { middleware: [layer('one'), layer('two')] });
  const { headers } = await (await session.get(server.origin)).json();
  assert.deepEqual([headers['x-one'], headers['x-two']], ['1', '1']);
  assert.deepEqual(order, ['one before', 'two before', 'two after', 'one after']);
});

test('middleware may answer by itself, and ask again', async (t) => {
  let token = 'old';
  const server = await startHttp(t, (request, response) => {
    response.writeHead(request.headers.authorization === 'Bearer new' ? 200 : 401).end();
  });
  const refresh = async (request, next) => {
    const withToken = () => next({ ...request, auth: { bearer: token } });
    const response = await withToken();
    if (response.status !== 401) return response;
    token = 'new';
    return withToken();
  };
  const stub = async (request, next) => (request.url === 'stub:' ? new Response('stubbed') : next(request));
  const session = await openSession(t, { middleware: [stub, refresh] });
  assert.equal((await session.get(server.origin)).status, 200);
  assert.equal(await (await session.get('stub:')).text(), 'stubbed');
});

test('middleware that asks again with a body that has been read is told so: nothing is sent without it', async (t) => {
  const bodies = [];
  const server = await startHttp(t, async (request, response) => {
    bodies.push(await text(request));
    response.writeHead(401).end();
  });
  const again = async (request, next) => ((await next(request)).status === 401 ? next(request) : null);
  const session = await openSession(t, { middleware: [again] });
  for (const body of [Readable.from(['a', 'b']), ['a', 'b'].values(), new Blob(['ab']).stream()]) {
    await assert.rejects(session.post(server.origin, { body }), TypeError);
  }
  assert.deepEqual(bodies.splice(0), ['ab', 'ab', 'ab']);
  await session.post(server.origin, { body: ['a', 'b'] });
  assert.deepEqual(bodies, ['ab', 'ab']);
});

test('an abort, and close(), reach a request that is within middleware', async (t) => {
  const server = await startMute(t);
  const waiting = () => new Promise(() => {});
  const afterwards = (request, next) => next(request).catch(waiting);
  for (const layer of [waiting, afterwards]) {
    const session = await ClientSession.open({ middleware: [layer] });
    const signal = AbortSignal.timeout(20);
    await assert.rejects(session.get(server.origin, { signal }), { name: 'TimeoutError' });
    await assert.rejects(session.get(server.origin, { signal }), { name: 'TimeoutError' });
    const left = session.get(server.origin);
    await Promise.all([assert.rejects(left, /the session is closed/), session.close()]);
  }
});

test('close(): middleware tells by itself how its requests ended', async (t) => {
  const server = await startMute(t);
  const session = await ClientSession.open({ middleware: [async (request, next) => await next(request)] });
  const asked = session.get(server.origin);
  await eventually(() => server.sockets.size === 1);
  await Promise.all([assert.rejects(asked, { code: 'FL_ECANCELLED' }), session.close()]);
});

// ---- Join, cookies, cache

test('join: equal GETs in flight are sent once, and each has its own body', async (t) => {
  let asked = 0;
  const server = await startHttp(t, (_request, response) => {
    asked++;
    setTimeout(() => response.end('shared'), 50);
  });
  const session = await openSession(t, { join: true });
  const bodies = await Promise.all(Array.from({ length: 5 }, async () => (await session.get(server.origin)).text()));
  assert.deepEqual([bodies, asked], [Array(5).fill('shared'), 1]);
  await session.get(server.origin);
  assert.equal(asked, 2, 'what has ended is not joined');
});

test('join: one that leaves takes nothing from the others; when all leave it is cancelled', async (t) => {
  const server = await startMute(t);
  const session = await openSession(t, { join: true });
  const controllers = [new AbortController(), new AbortController()];
  const requests = controllers.map(({ signal }) => session.get(server.origin, { signal }));
  controllers[0].abort(new Error('first'));
  await assert.rejects(requests[0], /first/);
  await eventually(() => server.sockets.size === 1);
  assert.equal(session.stats().inFlight, 1);
  controllers[1].abort(new Error('second'));
  await assert.rejects(requests[1], /second/);
  await eventually(() => session.stats().inFlight === 0);
});

test('cookies: kept, sent back, across redirects; shared by sessions that are given the same', async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/login')
      response.writeHead(302, { location: '/home', 'set-cookie': ['a=1', 'b=2; Path=/x'] }).end();
    else response.end(request.headers.cookie ?? 'none');
  });
  const cookies = new Cookies();
  const session = await openSession(t, { cookies });
  assert.equal(await (await session.get(`${server.origin}/login`)).text(), 'a=1');
  const other = await openSession(t, { cookies });
  assert.equal(await (await other.get(`${server.origin}/x`)).text(), 'b=2; a=1');
  const without = await openSession(t);
  assert.equal(await (await without.get(server.origin)).text(), 'none');
});

test('cache: what is fresh is not asked for again', async (t) => {
  let asked = 0;
  const server = await startHttp(t, (_request, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=60', 'content-type': 'text/plain' }).end(`answer ${++asked}`);
  });
  const session = await openSession(t, { cache: true });
  assert.equal(await (await session.get(server.origin)).text(), 'answer 1');
  assert.equal(await (await session.get(server.origin)).text(), 'answer 1');
  assert.equal(asked, 1);
});

// ---- Trace

test('join with raiseForStatus: each has an error of its own, whose response it can read', async (t) => {
  let asked = 0;
  const server = await startHttp(t, (_request, response) => {
    asked++;
    setTimeout(() => response.writeHead(404).end('not here'), 30);
  });
  const session = await openSession(t, { join: true, raiseForStatus: true });
  const ended = await Promise.allSettled([1, 2, 3].map(() => session.get(server.origin)));
  assert.equal(asked, 1);
  for (const { reason } of ended) {
    assert.deepEqual(
      [reason.code, reason.exitCode, reason.status, reason.name],
      ['FL_ESTATUS', 22, 404, 'ClientError'],
    );
    assert.equal(reason.message, ended[0].reason.message);
    assert.equal(await reason.response.text(), 'not here');
  }
});

test('trace: each step of a request, in order, on one clock', async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/from') response.writeHead(302, { location: '/to' }).end();
    else response.end('body');
  });
  const events = [];
  const session = await openSession(t, { trace: (event) => events.push(event) });
  const begun = performance.now();
  await session.get(`${server.origin}/from`);
  assert.deepEqual(
    events.map(({ step }) => step),
    [
      'queued',
      'started',
      'connected',
      'headers',
      'redirect',
      'queued',
      'started',
      'connected',
      'headers',
      'chunk',
      'end',
    ],
  );
  const times = events.map(({ time }) => time);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.ok(times[0] >= begun - 1 && times.at(-1) <= performance.now());
  for (const event of events) assert.equal(event.url, `${server.origin}/from`);
  assert.deepEqual([events.at(-2).bytes, events.at(-1).status, events.at(-1).error], [4, 200, null]);
});

test('trace: a retry tells why, and how long it waits', async (t) => {
  let asked = 0;
  const server = await startHttp(t, (_request, response) => response.writeHead(asked++ ? 200 : 503).end());
  const events = [];
  const session = await openSession(t, { trace: (event) => events.push(event), retry: { backoff: 0.05 } });
  await collect(session.fetchAll([server.origin]));
  const retry = events.find(({ step }) => step === 'retry');
  assert.ok(retry.status === 503 && retry.wait >= 0 && retry.wait <= 50);
});

test('trace: of a list, which of its requests, whether it is a URL or more; what is no URL has no steps', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end());
  const ends = [];
  const session = await openSession(t, { trace: (event) => event.step === 'end' && ends.push(event) });
  const list = ['no-scheme', `${server.origin}/1`, { method: 'POST', url: `${server.origin}/2` }, 'neither'];
  await collect(session.fetchAll(list));
  await session.get(`${server.origin}/alone`);
  const told = ends.map(({ index, url, error }) => [index, url, error]);
  assert.deepEqual(told.pop(), [null, `${server.origin}/alone`, null]);
  assert.deepEqual(
    told.sort(([a], [b]) => a - b),
    [
      [1, `${server.origin}/1`, null],
      [2, `${server.origin}/2`, null],
    ],
  );
});

test('trace: a URL without its user name and password, however it was given', async (t) => {
  const { origin } = await startEcho(t);
  const traced = [];
  const session = await openSession(t, { trace: ({ step, url }) => traced.push([step, url]) });
  const sent = `${origin}/`;
  const given = sent.replace('://', '://me:secret@');
  await session.get(given);
  for await (const { url } of session.fetchAll([given, { url: given, headers: { a: 'b' } }])) assert.equal(url, given);
  assert.deepEqual([...new Set(traced.map(([, url]) => url))], [sent]);
  assert.equal(traced.filter(([step]) => step === 'end').length, 3);
});

test('trace: what is sent and received, of each hop, and over which connection', async (t) => {
  const server = await startHttp(t, (request, response) => {
    if (request.url === '/from') response.writeHead(302, { location: '/to', 'x-hop': '1' }).end();
    else response.end('body');
  });
  const events = [];
  const session = await openSession(t, { trace: (event) => events.push(event), headers: { 'x-own': 'a' } });
  await session.get(`${server.origin}/from`);
  const [first, second] = events.filter(({ step }) => step === 'connected');
  assert.deepEqual([first.request.method, first.request.url], ['GET', `${server.origin}/from`]);
  assert.equal(second.request.url, `${server.origin}/to`);
  assert.ok(first.request.headers.some(([name, value]) => name === 'x-own' && value === 'a'));
  assert.deepEqual([first.connection.reused, second.connection.reused], [false, true]);
  const [hop, end] = events.filter(({ step }) => step === 'headers').map(({ response }) => response);
  assert.deepEqual([hop.status, end.status, end.statusText], [302, 200, 'OK']);
  assert.ok(hop.headers.some(([name, value]) => name === 'x-hop' && value === '1'));
  for (const { step, request, response } of events) {
    assert.equal(request !== undefined, step === 'connected');
    assert.equal(response !== undefined, step === 'headers');
  }
});

// ---- Cancelling

for (const [when, start] of [
  ['before its connection stands', async (t) => startMute(t)],
  [
    'within its body',
    async (t) =>
      startHttp(t, (_request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half');
      }),
  ],
]) {
  test(`an abort ${when} frees its place at once, and its connection is closed`, async (t) => {
    const server = await start(t);
    const session = await openSession(t, { limit: 1 });
    const controller = new AbortController();
    const request = session.get(server.origin, { signal: controller.signal });
    await eventually(() => server.sockets.size === 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    controller.abort(new Error('enough'));
    assert.equal(session.stats().inFlight, 0);
    await assert.rejects(request, /enough/);
    await eventually(() => server.sockets.size === 0);
  });
}

test('a signal that has aborted already: nothing is sent', async (t) => {
  const server = await startEcho(t);
  const session = await openSession(t);
  await assert.rejects(session.post(server.origin, { body: 'x', signal: AbortSignal.abort(new Error('no')) }), /no/);
  assert.deepEqual(server.asked, []);
});

test('a body that fails to be read ends the request with FL_EBODYREAD', async (t) => {
  const server = await startEcho(t);
  const session = await openSession(t);
  async function* broken() {
    yield 'a';
    throw new Error('disk gone');
  }
  await assert.rejects(session.post(server.origin, { body: broken() }), (error) => {
    assert.equal(error.code, 'FL_EBODYREAD');
    assert.match(error.message, /disk gone/);
    return true;
  });
});

test('secrets of a URL and of headers are in no error message', async (t) => {
  const server = await startMute(t);
  for (const socket of server.sockets) socket.destroy();
  const session = await openSession(t, { retry: false, timeout: { attempt: 0.1 } });
  const url = `http://user:hunter2@127.0.0.1:${server.port}/`;
  const error = await session.get(url, { headers: { 'x-api-key': 'sesame' } }).catch((reason) => reason);
  assert.doesNotMatch(`${error.message} ${error.stack}`, /hunter2|sesame/);
});

test('trace: what it throws is reported, and stops nothing', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end('x'));
  const { stdout, code } = await runCommand([], {
    program: [
      process.execPath,
      '--input-type=module',
      '-e',
      `
        import { ClientSession } from 'fetchloop';
        const said = new Set();
        process.on('uncaughtException', ({ message }) => said.add(message));
        const session = await ClientSession.open({ trace: ({ step }) => { throw new Error(step); } });
        const statuses = [];
        for (let i = 0; i < 2; i++) statuses.push((await session.get('${server.origin}')).status);
        await session.close();
        console.log(...statuses, ...said);
      `,
    ],
    cwd: new URL('.', import.meta.url),
  });
  assert.deepEqual([stdout, code], ['200 200 queued started connected headers chunk end\n', 0]);
});

// ---- join

test('join: who comes after all have left begins anew', async (t) => {
  const server = await startHttp(t, (_request, response) => response.end());
  const session = await openSession(t, { join: true });
  const controller = new AbortController();
  const left = session.get(server.origin, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('mine')));
  await assert.rejects(left, { message: 'mine' });
  assert.equal((await session.get(server.origin)).status, 200);
  const other = new AbortController();
  session.get(server.origin, { signal: other.signal }).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve));
  other.abort();
  for (let i = 0; i < 3; i++) await null;
  assert.equal((await session.get(server.origin)).status, 200);
});

test('join: those with other options are not equal', async (t) => {
  let asked = 0;
  const server = await startHttp(t, (_request, response) => {
    asked++;
    setTimeout(() => response.writeHead(404).end(), 50);
  });
  const mute = await startMute(t);
  const session = await openSession(t, { join: true });
  const raising = session.get(server.origin, { raiseForStatus: true });
  const [plain, again] = [session.get(server.origin), session.get(server.origin)];
  await assert.rejects(raising, { code: 'FL_ESTATUS' });
  assert.deepEqual([(await plain).status, (await again).status, asked], [404, 404, 2]);
  const long = session.get(mute.origin).catch(({ code }) => code);
  await assert.rejects(session.get(mute.origin, { timeout: { total: 0.05 } }), { code: 'FL_ETOTALTIMEOUT' });
  await session.close();
  assert.equal(await long, 'FL_ECANCELLED');
});

// ---- Bodies

test('a body that fails without a reason is a body that fails', async (t) => {
  const server = await startHttp(t, (request, response) => request.resume().on('end', () => response.end()));
  const session = await openSession(t);
  const silent = new ReadableStream({ pull: (controller) => controller.error() });
  async function* nothing() {
    yield 'x';
    throw null;
  }
  for (const body of [silent, nothing()]) {
    await assert.rejects(session.post(server.origin, { body }), { code: 'FL_EBODYREAD' });
  }
});
