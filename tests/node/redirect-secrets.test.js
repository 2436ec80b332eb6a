/** What a redirect carries along, against real origins: each status, each way of being another origin. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { startHttp, startHttps } from './support/odd-servers.js';
import { makePki } from './support/pki.js';
import { openSession, test } from './support/test.js';

/** What each server was sent, the last time. */
const seen = new Map();

const answer = (name) => (request, response) => {
  seen.set(name, { method: request.method, headers: request.headersDistinct });
  const { searchParams } = new URL(request.url, 'http://any');
  const to = searchParams.get('to');
  request.resume();
  if (to) response.writeHead(Number(searchParams.get('status')), { location: to }).end();
  else response.end('there');
};

const pki = makePki({ after });
const home = await startHttp({ after }, answer('home'));
const otherPort = await startHttp({ after }, answer('other port'));
const secure = await startHttps({ after }, pki.issue('secure', 'IP:127.0.0.1'), answer('secure'));

/** Each as a server would have it, in several cases and twice. */
const SECRETS = [
  ['Authorization', 'Bearer hunter2'],
  ['Cookie', 'session=hunter2'],
  ['cookie', 'again=hunter2'],
  ['X-Api-Key', 'hunter2'],
  ['x-api-key', 'hunter2, twice'],
  ['X-Auth-Token', 'hunter2'],
  ['X-Amz-Security-Token', 'hunter2'],
  ['X-Csrf-Token', 'hunter2'],
  ['X-Ours', 'hunter2'], // named as sensitive
];
const HARMLESS = [
  ['X-Request-Id', '1'],
  ['Accept-Language', 'de'],
];

const STATUSES = [301, 302, 303, 307, 308];
const CVES =
  'aiohttp CVE-2026-34518, CVE-2026-47265; follow-redirects CVE-2024-28849, CVE-2026-40895; curl CVE-2022-27774';

async function follow(t, method, status, from, to) {
  const session = await openSession(t, { sensitiveHeaders: ['x-ours'], tls: { ca: pki.ca.cert } });
  const url = `${from}/?status=${status}&to=${encodeURIComponent(to)}`;
  const response = await session.request(method, url, { headers: [...SECRETS, ...HARMLESS] });
  assert.equal(await response.text(), 'there');
}

for (const status of STATUSES) {
  for (const [what, name, target] of [
    ['another port', 'other port', `${otherPort.origin}/`],
    ['another host', 'home', `http://localhost:${home.port}/`],
    ['another scheme', 'secure', `${secure.origin}/`],
  ]) {
    test(`a ${status} to ${what} carries no secret, however often it is there (${CVES})`, async (t) => {
      await follow(t, 'GET', status, home.origin, target);
      const { headers } = seen.get(name);
      assert.ok(!JSON.stringify(headers).includes('hunter2'), JSON.stringify(headers));
      for (const [header, value] of HARMLESS) assert.deepEqual(headers[header.toLowerCase()], [value]);
    });
  }

  test(`a ${status} within its origin carries all of them`, async (t) => {
    await follow(t, 'GET', status, home.origin, '/there');
    const { headers } = seen.get('home');
    for (const name of new Set(SECRETS.map(([header]) => header.toLowerCase()))) assert.ok(headers[name], name);
  });
}

test('a secret does not come back when a redirect away is redirected back', async (t) => {
  const back = `${otherPort.origin}/?status=302&to=${encodeURIComponent(`${home.origin}/back`)}`;
  await follow(t, 'GET', 302, home.origin, back);
  assert.ok(!JSON.stringify(seen.get('home').headers).includes('hunter2'));
});

test('a redirect from https to http carries no Referer', async (t) => {
  const session = await openSession(t, { tls: { ca: pki.ca.cert } });
  const to = encodeURIComponent(`${home.origin}/`);
  await session.get(`${secure.origin}/?status=302&to=${to}`, { headers: { referer: 'https://inside/page?id=1' } });
  assert.equal(seen.get('home').headers.referer, undefined);
});

for (const [method, status, becomes] of [
  ['POST', 301, 'GET'],
  ['POST', 302, 'GET'],
  ['POST', 303, 'GET'],
  ['POST', 307, 'POST'],
  ['POST', 308, 'POST'],
  ['PUT', 301, 'PUT'],
  ['PUT', 302, 'PUT'],
  ['PUT', 303, 'GET'],
  ['DELETE', 303, 'GET'],
  ['HEAD', 303, 'HEAD'],
]) {
  test(`a ${status} makes of ${method} what browsers make of it: ${becomes}`, async (t) => {
    const session = await openSession(t);
    const to = encodeURIComponent('/there');
    const body = ['POST', 'PUT'].includes(method) ? { json: { a: 1 } } : {};
    await session.request(method, `${home.origin}/?status=${status}&to=${to}`, body);
    const { method: sent, headers } = seen.get('home');
    assert.equal(sent, becomes);
    const keepsBody = 'json' in body && becomes === method;
    assert.deepEqual(headers['content-type'], keepsBody ? ['application/json'] : undefined);
    assert.deepEqual(headers['content-length'], keepsBody ? ['7'] : undefined);
  });
}
