/** What a request's URL becomes under the session's base URL. */
import assert from 'node:assert/strict';
import { absoluteUrl } from '../../web/request/absolute-url.js';
import { BaseUrl } from '../../web/request/base-url.js';
import { test } from './support/test.js';

/** As the request goes out: what the URL's parser makes of it. */
const sent = (base, url, options) => new URL(new BaseUrl(base, options).resolve(url)).href;

for (const base of ['https://host/api', 'https://host/api/', new URL('https://host/api')]) {
  test(`the path of the base ${base} (${typeof base}) is kept`, () => {
    for (const [url, expected] of [
      ['users', 'https://host/api/users'],
      ['/users', 'https://host/api/users'],
      ['users/1?q=1#f', 'https://host/api/users/1?q=1#f'],
      ['/users:search', 'https://host/api/users:search'],
      ['./users:search', 'https://host/api/users:search'],
      ['a/../b', 'https://host/api/b'],
      ['.', 'https://host/api/'],
      ['?to=https://elsewhere/', `${String(base)}?to=https://elsewhere/`],
      ['a?to=//elsewhere/../..', 'https://host/api/a?to=//elsewhere/../..'],
      ['#f', `${String(base)}#f`],
      ['', String(base)],
      ['é', 'https://host/api/%C3%A9'],
    ]) {
      assert.equal(sent(base, url), expected, url);
    }
  });
}

test('a base URL without a path is the origin', () => {
  assert.equal(sent('http://host:8080', 'a'), 'http://host:8080/a');
  assert.equal(sent('http://host:8080', ''), 'http://host:8080/');
  assert.equal(sent('http://host:8080', '/'), 'http://host:8080/');
  assert.equal(new BaseUrl('http://HOST:80/x').origin, 'http://host');
});

const ELSEWHERE = [
  'https://elsewhere/',
  'HTTPS://elsewhere/',
  'http://host/api/a',
  'https://host:8443/api/a',
  'https://host@elsewhere/api/',
  'https://host.elsewhere/api/a',
  'https:elsewhere',
  'https:/elsewhere',
  ' https://elsewhere/',
  '\u0001https://elsewhere/',
  '//elsewhere/api/',
  ' //elsewhere/',
  '\\\\elsewhere/',
  '/\\elsewhere/',
  '\\/elsewhere/',
  '/\t/elsewhere/',
  '///elsewhere/',
  'localhost:3000/a',
  'ftp://host/api/a',
  'javascript:alert(1)',
  new URL('https://elsewhere/api/a'),
  'https://host/apix',
  'https://host/',
];

test('an absolute URL does not override the base URL (axios CVE-2025-27152)', () => {
  const base = new BaseUrl('https://host/api');
  for (const url of ELSEWHERE) {
    assert.throws(() => base.resolve(url), {
      name: 'TypeError',
      message: /^the URL .* is not beneath the baseUrl https:\/\/host\/api: .*absoluteUrls/,
    });
  }
  assert.throws(() => base.resolve('https://elsewhere/x'), { message: /the URL https:\/\/elsewhere\/x is/ });
  assert.throws(() => base.resolve('users:search'), { message: /write \.\/users:search/ });
});

test('whatever a URL looks like, it stays with the base or is refused', () => {
  const pieces = [
    '/',
    '\\',
    '.',
    '..',
    '%2e',
    '%2E',
    ':',
    '@',
    'h',
    'https',
    '//',
    '\t',
    '\n',
    ' ',
    '?',
    '#',
    'api',
    'x',
    '\0',
  ];
  const base = new BaseUrl('https://host/api/v1');
  let seed = 1;
  const random = (below) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 16) % below;
  };
  let kept = 0;
  for (let i = 0; i < 50_000; i++) {
    const url = Array.from({ length: 1 + random(7) }, () => pieces[random(pieces.length)]).join('');
    let resolved;
    try {
      resolved = base.resolve(url);
    } catch (error) {
      assert.ok(error instanceof TypeError, error);
      continue;
    }
    kept++;
    const { origin, pathname } = new URL(resolved);
    assert.equal(origin, 'https://host', JSON.stringify(url));
    assert.match(pathname, /^\/api\/v1(\/|$)/, JSON.stringify(url));
  }
  assert.ok(kept > 10_000 && kept < 49_000, `${kept}`);
});

test('an absolute URL beneath the base is taken as it is', () => {
  const base = new BaseUrl('https://host/api');
  for (const url of ['https://host/api', 'https://host/api/a?b', 'https://host:443/api/', '//host/api/a']) {
    assert.equal(new URL(base.resolve(url)).origin, 'https://host');
  }
  assert.equal(base.resolve('https://host/api/a?b'), 'https://host/api/a?b');
  assert.equal(base.resolve(new URL('https://host/api/a')), 'https://host/api/a');
});

test('with absoluteUrls a URL that is written out goes where it says', () => {
  const base = new BaseUrl('https://host/api', { absoluteUrls: true });
  assert.equal(base.resolve('http://elsewhere/x'), 'http://elsewhere/x');
  assert.equal(base.resolve('//elsewhere/x'), 'https://elsewhere/x');
  assert.equal(base.resolve('a'), 'https://host/api/a');
  assert.throws(() => base.resolve('../a'), TypeError);
});

test('dot segments do not climb above the base path', () => {
  for (const url of [
    '..',
    '../',
    '../apix',
    'a/../../b',
    '%2e%2e/b',
    '.%2E/b',
    '..\\b',
    '/../b',
    '.\t./b',
    '../api/../b',
  ]) {
    assert.throws(() => new BaseUrl('https://host/api').resolve(url), {
      name: 'TypeError',
      message: /'\.\.' leads out/,
    });
  }
  assert.equal(sent('https://host/api', '../api/a'), 'https://host/api/a');
  assert.equal(sent('https://host/', '../a'), 'https://host/a');
});

test('a base URL that can be none is refused, without its password', () => {
  for (const base of [
    '',
    '/api',
    'host/api',
    'ftp://host/',
    'https://host/?q',
    'https://host/#f',
    'https://host/?',
    'http://',
  ]) {
    assert.throws(() => new BaseUrl(base), { name: 'TypeError', message: /^baseUrl must be/ });
  }
  const keepsQuiet = (error) => error instanceof TypeError && !error.message.includes('secret');
  assert.throws(() => new BaseUrl('ftp://me:secret@host/'), keepsQuiet);
  assert.throws(() => new BaseUrl('https://me:secret@host/').resolve('//x'), keepsQuiet);
  for (const url of ['https://me:secret@x', ' https://me:secret@x', '//me:secret@x', '\\\\me:secret@x']) {
    assert.throws(() => new BaseUrl('https://host/').resolve(url), keepsQuiet);
  }
});

test('without a base URL, a URL is left as it was given', () => {
  for (const url of ['http://host', ' x ', '', '//a', 'http://h/ü']) assert.equal(absoluteUrl(url), url);
  assert.equal(absoluteUrl(new URL('http://host')), 'http://host/');
});
