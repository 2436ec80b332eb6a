/** What a request is made of: headers, params, auth, a session's defaults, options. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { REQUEST_OPTIONS, readOptions, SESSION_OPTIONS } from '../../web/options.js';
import { RequestDefaults } from '../../web/request/request-init.js';
import { appendParams } from '../../web/request/search-params.js';
import './support/more.js';
import { openSession, test } from './support/test.js';

const make = (init, method = 'GET', url = 'http://host/') => new RequestDefaults({}).make(method, url, init);
const headersOf = (headers) => make({ headers }).headers;
const refuses = (call, message, name = 'TypeError') => assert.throws(call, { name, message });

/** Random, and the same in each run. */
function makeRandom(seed) {
  return (below) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor(((seed >>> 8) / 2 ** 24) * below);
  };
}

/** As node:http sends and receives it. @returns {Promise<http.IncomingMessage>} what the server saw */
async function seenByServer(t, { url, headers }) {
  const server = http.createServer((_request, response) => response.end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { pathname, search } = new URL(url);
  const at = { port: server.address().port, path: pathname + search, agent: false };
  http.get({ ...at, headers: ['Host', 'host', ...headers] }, (response) => response.resume());
  return (await once(server, 'request'))[0];
}

// Headers

test('headers keep their order, case and repetitions, however they are given', () => {
  assert.deepEqual(headersOf({ 'X-B': 'b', 'x-a': ['1', '2'], n: 5 }), ['X-B', 'b', 'x-a', '1', 'x-a', '2', 'n', '5']);
  const pairs = [
    ['X-B', 'b'],
    ['x-a', '1'],
    ['X-A', 2],
  ];
  assert.deepEqual(headersOf(pairs), ['X-B', 'b', 'x-a', '1', 'X-A', '2']);
  assert.deepEqual(headersOf(new Map([['X-B', 'b']])), ['X-B', 'b']);
  const headers = new Headers({ 'X-B': 'b', a: '1' });
  headers.append('a', '2');
  assert.deepEqual(headersOf(headers), ['a', '1, 2', 'x-b', 'b']);
  assert.deepEqual(headersOf(null), []);
});

test("a header of null leaves out the session's, one of undefined is not there", () => {
  assert.deepEqual(headersOf({ 'X-A': null, 'x-b': undefined, c: [] }), ['X-A', null]);
  refuses(() => new RequestDefaults({ headers: { a: null } }), /nothing to leave out/);
});

test('a header whose value is neither text nor number is an error that names it', () => {
  for (const value of [{}, true, NaN, Symbol('x'), () => {}, [null], [['a']], new Date(0), 1n]) {
    refuses(() => headersOf({ 'X-Odd': value }), /^the header X-Odd must be a text or a number, not /);
  }
  refuses(() => headersOf([['x', null, 1]]), /^headers must be pairs/);
  refuses(() => headersOf([['x-only']]), /^headers must be pairs/);
  refuses(() => headersOf(['ab', 'cd']), /^headers must be pairs/);
  for (const headers of ['a: b', 5, Promise.resolve({}), new Date(0), new Blob([])]) {
    refuses(() => headersOf(headers), /^headers must be an object or name and value pairs|^headers must be pairs/);
  }
});

test('a header beyond Latin-1, or with a NUL, is refused', () => {
  refuses(() => headersOf({ 'X-Name': 'naïve → 5 €' }), /the header X-Name can't have '→'/);
  refuses(() => headersOf({ x: '\u{1f600}' }), /can't have '\u{1f600}'/u);
  refuses(() => headersOf({ x: '\ud800' }), /can't have '\ud800'/);
  refuses(() => headersOf({ x: 'a\0b' }), /can't have '\\x00'/);
  refuses(() => headersOf({ 'x\0': 'a' }), /the header x\\x00 can't have '\\x00'/);
  assert.deepEqual(headersOf({ x: 'naïve ÿ' }), ['x', 'naïve ÿ']);
});

test('any headers come to a server as they were given', async (t) => {
  const random = makeRandom(7);
  const pick = (from) => from[random(from.length)];
  const name = () => Array.from({ length: 1 + random(8) }, () => pick("abzAZ09-_.!#$%&'*+^`|~")).join('');
  const value = () =>
    Array.from({ length: 1 + random(12) }, () => pick('aZ09",;= :/\t\u00e9\u00ff\u0080{}'))
      .join('')
      .trim();
  for (let round = 0; round < 20; round++) {
    const pairs = Array.from({ length: 1 + random(30) }, () => [`x-${name()}`, value()]);
    const { rawHeaders } = await seenByServer(t, make({ headers: pairs }));
    const seen = rawHeaders.slice(2, 2 + pairs.length * 2);
    assert.deepEqual(
      seen.map((text, i) => (i % 2 ? text.trim() : text)),
      pairs.flat(),
    );
  }
});

// Params

test('params are added to the query, before the fragment', () => {
  for (const [url, expected] of [
    ['http://h', 'http://h?a=1&b=x+y'],
    ['http://h/p', 'http://h/p?a=1&b=x+y'],
    ['http://h/p?', 'http://h/p?a=1&b=x+y'],
    ['http://h/p?z', 'http://h/p?z&a=1&b=x+y'],
    ['http://h/p?z&', 'http://h/p?z&a=1&b=x+y'],
    ['http://h/p#f?g', 'http://h/p?a=1&b=x+y#f?g'],
    ['http://h/p?z=%20#f', 'http://h/p?z=%20&a=1&b=x+y#f'],
  ]) {
    assert.equal(appendParams(url, { a: 1, b: 'x y' }), expected);
  }
});

test('params are given as in URLSearchParams, pairs or an object', () => {
  const query = (params) => appendParams('', params);
  assert.equal(query(new URLSearchParams('b=1&a=2&b=3')), '?b=1&a=2&b=3');
  assert.equal(query('?b=1&a=%20'), '?b=1&a=+');
  assert.equal(query([['b', 1], ['a', true], ['b', 'ü&=']]), '?b=1&a=true&b=%C3%BC%26%3D'); // biome-ignore format: short
  assert.equal(query(new Map([['a', [1, 2n]]])), '?a=1&a=2');
  assert.equal(query({ a: ['x', 'y'], b: false, c: 0, d: '' }), '?a=x&a=y&b=false&c=0&d=');
  for (const none of [null, undefined, {}, [], '', new URLSearchParams()])
    assert.equal(appendParams('u#f', none), 'u#f');
});

test('params of null and undefined are left out', () => {
  assert.equal(appendParams('u', { a: null, b: undefined, c: [null, 1, undefined] }), 'u?c=1');
  assert.equal(appendParams('u', [['a', undefined], ['b', 1]]), 'u?b=1'); // biome-ignore format: short
});

test('a param that has no text is an error that names it', () => {
  for (const value of [{}, NaN, Infinity, new Date(0), [[1]], () => {}, Symbol('x')]) {
    refuses(() => appendParams('u', { when: value }), /^params: when must be a text, a number or a boolean, not /);
  }
  for (const params of [5, true, () => {}, new Date(0), Promise.resolve(), new Uint8Array(2), [['a']], ['ab']]) {
    refuses(() => appendParams('u', params), /^params must be /);
  }
});

test('any params come to a server as they were given', async (t) => {
  const random = makeRandom(11);
  const text = () =>
    Array.from({ length: random(9) }, () => String.fromCodePoint(random(4) ? random(0x250) : 0x1f600)).join('');
  for (let round = 0; round < 20; round++) {
    const params = Array.from({ length: 1 + random(20) }, () => [text(), text()]);
    const { url } = await seenByServer(t, make({ params }, 'GET', 'http://host/p?first=1#f'));
    assert.deepEqual([...new URL(url, 'http://host').searchParams], [['first', '1'], ...params]);
  }
});

// Auth

const authorization = (auth) => {
  const { headers } = make({ auth });
  assert.equal(headers[0], 'Authorization');
  return headers[1];
};

test('a user name and password are sent as basic, in UTF-8', () => {
  assert.equal(authorization({ username: 'Aladdin', password: 'open sesame' }), 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
  assert.equal(authorization({ username: 'test', password: '123£' }), 'Basic dGVzdDoxMjPCow=='); // RFC 7617, 2.1
  assert.equal(authorization({ username: 'key' }), 'Basic a2V5Og==');
  assert.equal(authorization({ username: '', password: 'a:b' }), `Basic ${btoa(':a:b')}`);
});

test('a bearer token and a whole value are sent as they are', () => {
  assert.equal(authorization({ bearer: 'a.b-c_d~e+f/g=' }), 'Bearer a.b-c_d~e+f/g=');
  assert.equal(authorization('Token abc def'), 'Token abc def');
});

test('an auth that is none is refused, without being shown', () => {
  for (const [auth, message] of [
    [{ username: 'a:secret' }, /no colon/],
    [{ username: 'a', password: 'secret\n' }, /password has a control character/],
    [{ username: 'a', password: 5 }, /password must be a text, not 5/],
    [{ bearer: 'secret secret' }, /no spaces/],
    [{ bearer: 'secret\r\nx: y' }, /control character/],
    [{ bearer: '' }, /bearer/],
    [{ bearer: 'secret', username: 'a' }, /one of them/],
    [{ bearer: 'secret', password: 'a' }, /needs a username/],
    [{ password: 'secret' }, /one of them/],
    [{ user: 'a', password: 'secret' }, /unknown user/],
    [{ username: 'a', origin: 'http://host' }, /unknown origin/],
    ['me:secret', /as a text is a scheme/],
    ['secret', /as a text is a scheme/],
    [5, /auth must be/],
    [{}, /one of them/],
  ]) {
    assert.throws(
      () => authorization(auth),
      (error) => error instanceof TypeError && message.test(error.message) && !error.message.includes('secret'),
      JSON.stringify(auth),
    );
  }
});

test('auth and an Authorization header together are refused', () => {
  refuses(() => make({ auth: { bearer: 'a' }, headers: { AUTHORIZATION: 'b' } }), /not both/);
  const baseUrl = 'http://host';
  refuses(() => new RequestDefaults({ baseUrl, auth: { bearer: 'a' }, headers: { authorization: 'b' } }), /not both/);
});

test("a session's auth must name whom it is for", () => {
  refuses(() => new RequestDefaults({ auth: { bearer: 'a' } }), /must name whom it is for: give baseUrl, or auth/);
  refuses(() => new RequestDefaults({ auth: 'Token a' }), /must name whom/);
  for (const origin of ['host', 'ftp://host', '', 'about:blank']) {
    refuses(() => new RequestDefaults({ auth: { bearer: 'a', origin } }), /not an origin/);
  }
  refuses(() => new RequestDefaults({ auth: { bearer: 'a', origin: 'http://a', origins: ['http://b'] } }), /not both/);
});

test("a session's auth goes to its origins, and to nobody else", () => {
  const sent = (options, url, init) => new RequestDefaults(options).make('GET', url, init).headers;
  const auth = { bearer: 'a', origins: ['https://one/x', 'http://two:8080'] };
  const authorized = ['Authorization', 'Bearer a'];
  for (const url of ['https://one/', 'https://ONE:443/y?z', 'http://two:8080', new URL('https://one')]) {
    assert.deepEqual(sent({ auth }, url), authorized, String(url));
  }
  for (const url of ['http://one/', 'https://one:8443/', 'http://two/', 'https://one.evil/', 'one', '']) {
    assert.deepEqual(sent({ auth }, url), [], url);
  }
  assert.deepEqual(sent({ auth }, 'https://one@evil/'), ['Authorization', `Basic ${btoa('one:')}`]);
  const base = { baseUrl: 'https://one/api', auth: { bearer: 'a' }, absoluteUrls: true };
  assert.deepEqual(sent(base, 'users'), authorized);
  assert.deepEqual(sent(base, 'https://evil/'), []);
  assert.deepEqual(sent({ ...base, auth: { bearer: 'a', origin: 'https://evil' } }, 'users'), []);
});

test("a request's own auth or Authorization comes before the session's", () => {
  const session = new RequestDefaults({ baseUrl: 'http://host', auth: { bearer: 'a' } });
  const sent = (init) => session.make('GET', '/', init).headers;
  assert.deepEqual(sent({}), ['Authorization', 'Bearer a']);
  assert.deepEqual(sent({ auth: { bearer: 'b' } }), ['Authorization', 'Bearer b']);
  assert.deepEqual(sent({ headers: { authorization: 'c' } }), ['authorization', 'c']);
  assert.deepEqual(sent({ headers: { authorization: null } }), ['authorization', null]);
  assert.deepEqual(sent({ auth: null }), ['Authorization', null]);
});

test("a URL's user name and password are a header, unless there is one, and are not in its URL", () => {
  const url = 'http://us%65r:p%ff@host:1/a?b@c#d';
  const made = (options, init) => new RequestDefaults(options).make('GET', url, init);
  const basic = ['Authorization', `Basic ${btoa('user:p\xff')}`];
  assert.deepEqual(made({}), { method: 'GET', url: 'http://host:1/a?b@c#d', headers: basic, body: null });
  assert.equal(made({}, { params: { e: 'f' } }).url, 'http://host:1/a?b@c&e=f#d');
  assert.deepEqual(made({}, { headers: { authorization: 'own' } }).headers, ['authorization', 'own']);
  assert.deepEqual(made({}, { auth: { bearer: 'a' } }).headers, ['Authorization', 'Bearer a']);
  assert.deepEqual(made({ headers: { authorization: 'all' } }).headers, []);
  const none = { headers: { authorization: null } };
  assert.deepEqual(made({ headers: { authorization: 'all' } }, none).headers, ['authorization', null, ...basic]);
  const refused = (given) => () => new RequestDefaults({}).make('GET', given);
  assert.throws(refused('http://a%3Ab:c@host/'), { name: 'TypeError', message: "the URL's user name has a colon" });
  assert.throws(refused('http://a:b%0Ac@host/'), { name: 'TypeError', message: /has a control character$/ });
});

test('what stands before a backslash is no host for a token and another for a connection', async (t) => {
  const url = 'http://x@api.invalid\\@localhost:1/';
  const defaults = new RequestDefaults({ baseUrl: 'http://api.invalid/', absoluteUrls: true, auth: { bearer: 'a' } });
  assert.equal(defaults.make('GET', url).url, 'http://api.invalid\\@localhost:1/');
  const session = await openSession(t);
  await assert.rejects(session.get(url), { code: 'FL_EURLHOST' });
});

// The session's defaults

test("a session's headers and params are for each request", () => {
  const session = new RequestDefaults({ headers: { a: '1', B: ['2', '3'] }, params: { key: 'k' } });
  assert.deepEqual(session.headers, ['a', '1', 'B', '2', 'B', '3']);
  assert.equal(session.make('get', 'http://host/p').url, 'http://host/p?key=k');
  assert.equal(session.make('get', 'http://host/?q#f', { params: { a: 1 } }).url, 'http://host/?q&key=k&a=1#f');
  assert.equal(session.make('get', 'http://host/').method, 'GET');
});

test("a URL of another origin gets nothing of what is for the base URL's", () => {
  const session = new RequestDefaults({
    baseUrl: 'http://host',
    absoluteUrls: true,
    headers: { 'X-Api-Key': 'secret', Accept: 'a', 'X-Twice': ['1', '2'] },
    params: { key: 'secret' },
    auth: { bearer: 'secret' },
  });
  const made = session.make('GET', 'http://elsewhere/', { headers: { accept: 'own' }, params: { a: 1 } });
  assert.equal(made.url, 'http://elsewhere/?a=1');
  assert.equal(made.headers.join(), 'accept,own,X-Api-Key,,X-Twice,,X-Twice,');
  assert.deepEqual(session.make('GET', 'http://elsewhere/').headers.filter(Boolean), [
    'X-Api-Key',
    'Accept',
    'X-Twice',
    'X-Twice',
  ]);
  assert.deepEqual(session.make('GET', 'http://host/').headers, ['Authorization', 'Bearer secret']);
});

// Method and body

test('a method is sent in upper case', () => {
  assert.equal(make({}, 'patch').method, 'PATCH');
  assert.equal(make({}, 'Purge').method, 'PURGE');
  for (const method of [null, 5, {}]) refuses(() => make({}, method), /^the method must be a text, not /);
});

test('a GET or HEAD has no body unless that is asked for', () => {
  for (const method of ['GET', 'head']) {
    refuses(() => make({ json: {} }, method), /^a (GET|HEAD) has no body \(unless allowGetBody is true\)$/);
    assert.equal(make({ json: {}, allowGetBody: true }, method).body.length, 2);
  }
  refuses(() => make({ body: 'x', allowGetBody: true }, 'TRACE'), /^a TRACE has no body$/);
  assert.equal(make({ body: 'x' }, 'DELETE').body.length, 1);
});

test("a body's Content-Type gives way to the request's own", () => {
  assert.deepEqual(make({ json: 1 }, 'POST').headers, ['Content-Type', 'application/json']);
  assert.deepEqual(make({ json: 1, headers: { 'content-type': 'a/b' } }, 'POST').headers, ['content-type', 'a/b']);
  assert.deepEqual(make({ json: 1, headers: { 'content-type': null } }, 'POST').headers, ['content-type', null]);
  assert.deepEqual(make({ body: new Uint8Array(1) }, 'POST').headers, []);
  refuses(() => make({ multipart: [], headers: { 'content-type': 'multipart/form-data' } }, 'POST'), /boundary/);
});

test("a text's Content-Type gives way to the session's, that of json does not", () => {
  const session = new RequestDefaults({ headers: { 'Content-Type': 'application/xml' } });
  assert.deepEqual(session.make('POST', 'http://host', { body: '<a/>' }).headers, []);
  assert.deepEqual(session.make('POST', 'http://host', { json: 1 }).headers, ['Content-Type', 'application/json']);
});

// Options

const request = (options) => readOptions(REQUEST_OPTIONS, options);
const session = (options) => readOptions(SESSION_OPTIONS, options);

test('an unknown option is an error that names it and lists what there is', () => {
  refuses(() => session({ limits: 1 }), /^unknown option limits: there are headers, .*limit, limitPerHost/);
  refuses(() => request({ data: 1 }), /^unknown option data: there are .*json, form, multipart, body/);
  refuses(() => request({ limit: 1 }), /^unknown option limit/);
  refuses(
    () => session({ timeout: { conect: 1 } }),
    /^unknown option timeout.conect: there are total, attempt, transfer, queue, connect, read$/,
  );
  refuses(() => session({ retry: { retries: 1 } }), /^unknown option retry.retries: there are limit, methods/);
  refuses(() => request({ constructor: 1 }), /^unknown option constructor/);
  refuses(() => request({ ['__proto__']: 1 }), /^unknown option __proto__/);
  refuses(
    () => session({ rate: { requests: 1, per: 1, bursts: 2 } }),
    /^rate: unknown bursts: there are requests, per, burst$/,
  );
  for (const options of [null, 5, 'x']) refuses(() => session(options), /^options must be an object/);
});

test('a timeout in seconds is both total and that of an attempt', () => {
  assert.deepEqual(request({ timeout: 5 }), { timeout: { total: 5, attempt: 5 } });
  assert.deepEqual(request({ timeout: false }), { timeout: { total: Infinity, attempt: Infinity } });
  const timeout = { total: 60, attempt: 10, queue: Infinity, connect: 0.5, read: false };
  assert.deepEqual(session({ timeout }), { timeout: { ...timeout, read: Infinity } });
  assert.deepEqual(session({ timeout: { read: undefined } }), { timeout: {} });
  assert.deepEqual(session({ timeout: undefined }), {});
});

test('retries are a number, false, or said in full', () => {
  assert.deepEqual(request({ retry: 5 }), { retry: { limit: 5 } });
  assert.deepEqual(request({ retry: false }), { retry: { limit: 0 } });
  const retry = {
    limit: 1,
    methods: ['get', 'post'],
    statuses: [503],
    backoff: 0,
    backoffMax: 9,
    retryAfterMax: 0,
    budget: 3,
  };
  assert.deepEqual(session({ retry }), { retry: { ...retry, methods: ['GET', 'POST'] } });
});

test('a rate needs its unit', () => {
  const rate = (given) => session({ rate: given }).rate;
  assert.deepEqual(rate('10/s'), { requests: 10, per: 1 });
  assert.deepEqual(rate('600/m'), { requests: 600, per: 60 });
  assert.deepEqual(rate(' 5 / h '), { requests: 5, per: 3600 });
  assert.deepEqual(rate('1000/d'), { requests: 1000, per: 86400 });
  assert.deepEqual(rate('3/10s'), { requests: 3, per: 10 });
  assert.deepEqual(rate('0.5/s'), { requests: 1, per: 2 });
  assert.deepEqual(rate({ requests: 10, per: 0.5, burst: 3 }), { requests: 10, per: 0.5, burst: 3 });
  assert.equal(rate(false), undefined);
  for (const given of [10, '10', '10/', '10/ms', '10 per second', '/s', '-1/s', '1e3/s', '', 'fast', null, true, []]) {
    assert.throws(
      () => rate(given),
      { message: /^rate( needs its unit: '\d+\/s', '\d+\/m' or |: requests must)/ },
      `${given}`,
    );
  }
  refuses(() => rate(10), /^rate needs its unit: '10\/s', '10\/m' or '10\/h', not 10$/);
  refuses(() => session({ ratePerHost: '7' }), /^ratePerHost needs its unit: '7\/s'/);
  for (const given of [
    '0/s',
    '5/0s',
    { requests: 1, per: 0 },
    { requests: 1, per: 1, burst: 0.5 },
    { requests: 1, per: NaN },
  ]) {
    refuses(() => rate(given), /^rate: /, 'RangeError');
  }
});

test('a value out of range is an error with the name and the value', () => {
  for (const [options, message] of [
    [{ limit: 0 }, /^limit must be a whole number from 1, not 0$/],
    [{ limit: 1.5 }, /^limit .* not 1.5$/],
    [{ limit: '5' }, /^limit .* not '5'$/],
    [{ limitPerHost: 2 ** 32 }, /^limitPerHost .* not 4294967296$/],
    [{ timeout: 0 }, /^timeout must be a number of seconds above 0, Infinity for none, not 0$/],
    [{ timeout: '30' }, /^timeout .* not '30'$/],
    [{ timeout: NaN }, /^timeout .* not NaN$/],
    [{ timeout: { read: -1 } }, /^timeout.read .* not -1$/],
    [{ retry: -1 }, /^retry .* not -1$/],
    [{ retry: { statuses: [99] } }, /^retry.statuses\[0\] must be a whole number from 100 to 999, not 99$/],
    [{ retry: { statuses: Array(17).fill(500) } }, /^retry.statuses may have 16 at most, not 17$/],
    [{ retry: { backoff: Infinity } }, /^retry.backoff /],
    [{ maxRedirects: -1 }, /^maxRedirects .* not -1$/],
    [{ bodyMax: -5 }, /^bodyMax must be a number of bytes, not -5$/],
  ]) {
    refuses(() => session(options), message, 'RangeError');
  }
  refuses(
    () => request({ priority: 128 }),
    /^priority must be a whole number from -128 to 127, not 128$/,
    'RangeError',
  );
  for (const [options, message] of [
    [{ retry: true }, /^retry must be an object/],
    [{ timeout: null }, /^timeout/],
    [{ raiseForStatus: 1 }, /^raiseForStatus must be true or false, not 1$/],
    [{ whenFull: 'wait' }, /^whenFull must be 'refuse' or 'dropOldest', not 'wait'$/],
    [{ retry: { methods: 'GET' } }, /^retry.methods must be an array, not 'GET'$/],
  ]) {
    assert.throws(() => session(options), { message });
  }
  refuses(() => request({ signal: {} }), /^signal must be an AbortSignal/);
});

test('no limit is Infinity, no redirects are 0', () => {
  assert.deepEqual(session({ limitPerHost: Infinity, maxRedirects: 0 }), { limitPerHost: 0xffffffff, maxRedirects: 0 });
  assert.deepEqual(session({ bodyMax: Infinity, maxRedirects: false }), { bodyMax: Infinity, maxRedirects: 0 });
});
