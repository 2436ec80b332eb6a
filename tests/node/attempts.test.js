import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attempts, phasesOf } from '../../node/command/attempts.js';
import { maskHeaders, maskUrl } from '../../node/command/secrets.js';

const reused = { reused: true };

/** Steps as [step, time, more]. */
function attemptsOf(...steps) {
  const attempts = new Attempts();
  for (const [step, time, more] of steps) attempts.onTrace({ index: 0, step, time, status: 0, error: null, ...more });
  return attempts.take(0);
}

test('a new connection: queued, DNS, connect, TLS, waiting, download', () => {
  const connection = { reused: false, dnsStart: 12, dnsEnd: 15, connectStart: 15, connectEnd: 20, tlsEnd: 30 };
  const [attempt] = attemptsOf(
    ['queued', 0],
    ['started', 10],
    ['connected', 31, { connection }],
    ['headers', 50],
    ['end', 60],
  );
  assert.deepEqual(phasesOf(attempt), [
    ['queue', 12],
    ['dns', 3],
    ['connect', 5],
    ['tls', 10],
    ['queue', 1],
    ['wait', 19],
    ['download', 10],
  ]);
});

test('what a connection took before its request began is none of its time', () => {
  const connection = { reused: false, dnsStart: 1, dnsEnd: 2, connectStart: 2, connectEnd: 12, tlsEnd: null };
  const [attempt] = attemptsOf(
    ['queued', 5],
    ['started', 10],
    ['connected', 12, { connection }],
    ['headers', 20],
    ['end', 20],
  );
  assert.deepEqual(phasesOf(attempt), [
    ['queue', 5],
    ['connect', 2],
    ['wait', 8],
  ]);
});

test('what fails before it is sent has spent its time on connecting; what never starts, in the queue', () => {
  const [failed] = attemptsOf(['queued', 0], ['started', 1], ['end', 9, { error: 'FL_ECONNECT' }]);
  assert.deepEqual(phasesOf(failed), [
    ['queue', 1],
    ['connect', 8],
  ]);
  const [cancelled] = attemptsOf(['queued', 0], ['end', 9]);
  assert.deepEqual(phasesOf(cancelled), [['queue', 9]]);
});

test('one that is sent again in its place is an attempt of its own', () => {
  const sent = (at) => [
    ['started', at],
    ['connected', at, { connection: reused }],
  ];
  const attempts = attemptsOf(['queued', 0], ...sent(1), ...sent(5), ['headers', 8], ['end', 9]);
  assert.deepEqual(
    attempts.map(({ outcome, endedAt }) => [outcome, endedAt]),
    [
      ['retry', 5],
      ['end', 9],
    ],
  );
  assert.deepEqual(phasesOf(attempts[1]), [
    ['wait', 3],
    ['download', 1],
  ]);
});

test('what was taken is forgotten', () => {
  const attempts = new Attempts();
  attempts.onTrace({ index: 3, step: 'queued', time: 0 });
  assert.equal(attempts.take(3).length, 1);
  assert.equal(attempts.take(3).length, 0);
});

test('secrets are masked in headers, whoever invented them; names and schemes stay', () => {
  const masked = Object.fromEntries(
    maskHeaders([
      ['Authorization', 'Bearer abc def'],
      ['proxy-authorization', 'abc'],
      ['Cookie', 'a=1; b=2'],
      ['set-cookie', 'a=1; Path=/; HttpOnly'],
      ['X-Api-Key', 'abc'],
      ['Location', 'https://me:pw@h/?sig=1&x_token=2'],
      ['accept', '*/*'],
    ]),
  );
  assert.deepEqual(masked, {
    Authorization: 'Bearer ***',
    'proxy-authorization': '***',
    Cookie: 'a=***; b=***',
    'set-cookie': 'a=***; Path=/; HttpOnly',
    'X-Api-Key': '***',
    Location: 'https://h/?sig=1&x_token=***',
    accept: '*/*',
  });
});

test('a URL without secrets is left as it is', () => {
  for (const url of ['http://h/a?b=c#d', 'no-scheme', 'http://h/@a:b', 'http://[::1]/?x'])
    assert.equal(maskUrl(url), url);
});
