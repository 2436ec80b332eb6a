import assert from 'node:assert/strict';
import { splitUrl } from '../../node/wire/split-url.js';
import { test } from './support/test.js';

function assertAsUrl(url) {
  const { origin, pathname, search } = new URL(url);
  assert.deepEqual(splitUrl(url), { origin, path: pathname + search }, url);
}

test('a URL is split as new URL() does it, when its origin is new and when it is known', () => {
  for (const origin of [
    'http://a',
    'http://A',
    'http://a:80',
    'http://a:8080',
    'https://a:443',
    'http://u:p@a',
    'http://[::1]',
    'http://0x7f.1',
    'http://ä.de',
  ]) {
    for (const rest of [
      '',
      '/',
      '?',
      '?q',
      '#f',
      '/p?q#f',
      '/a b',
      '/ä',
      '/%zz',
      "/p'?q'",
      '/a\\b',
      '/.',
      '/..',
      '/a/./b',
      '/a/../b',
      '/a/.../b',
      '/%2e%2E/b',
      '/a/.%2e',
      '/a.b',
      '/?a=/../b',
      '//b',
      '/a//..',
      '/<>"`{}|^[]',
      '/a;b=c,d:e@f$g&h!i*j(k)~l-m_n+o',
    ]) {
      assertAsUrl(origin + rest);
      assertAsUrl(origin + rest);
    }
  }
});

test('each character of a path and of a query is written as new URL() writes it', () => {
  for (let code = 0x20; code < 0x180; code++) {
    const character = String.fromCharCode(code);
    for (const around of ['/', '/a', '/.', '/%', '/?', '/?a=']) assertAsUrl(`http://a${around}${character}b`);
  }
});
