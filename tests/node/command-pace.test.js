/** The command against servers that limit how often they are asked. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { records, runCommand } from './support/command.js';
import { startNginx } from './support/nginx.js';
import { startHttp } from './support/odd-servers.js';
import { test, urlsOf } from './support/test.js';

/** nginx's own limiter: ten a second, and two that came a little early. */
const nginx = await startNginx(
  { after },
  {
    files: { well: 'well' },
    http: 'limit_req_zone $binary_remote_addr zone=ten:1m rate=10r/s; limit_req_status 429;',
    locations: 'location /limited/ { limit_req zone=ten burst=2 nodelay; try_files /well =404; }',
  },
);

test(
  '--rate 10/s gets no 429 from nginx that allows 10 a second; without it, most are refused',
  async () => {
    const urls = urlsOf(`${nginx.origin}/limited`, 40);
    const paced = records((await runCommand(['--jsonl', '-s', '--retry', '0', '--rate', '10/s', ...urls])).stdout);
    assert.deepEqual([...new Set(paced.map(({ response_code }) => response_code))], [200]);
    assert.equal(paced.length, 40);
    const hasty = records((await runCommand(['--jsonl', '-s', '--retry', '0', ...urls])).stdout);
    assert.ok(hasty.filter(({ response_code }) => response_code === 429).length > 20);
  },
  { timeout: 30_000 },
);

test(
  'without --rate, all is done in the end, and nobody is asked again before the Retry-After is over',
  async (t) => {
    const SECOND = 1000;
    const early = [];
    let answered = [];
    let shutUntil = 0;
    let refused = 0;
    const { origin } = await startHttp(t, (_request, response) => {
      const now = performance.now();
      if (now < shutUntil) early.push(shutUntil - now);
      answered = answered.filter((time) => time > now - SECOND);
      if (answered.length < 10) {
        answered.push(now);
        return response.end('well');
      }
      refused++;
      shutUntil = Math.max(shutUntil, now + SECOND);
      return response.writeHead(429, { 'retry-after': 1 }).end();
    });
    const args = ['--jsonl', '-s', '--retry', '10', '--parallel-max-host', '4'];
    const { code, stdout } = await runCommand([...args, ...urlsOf(origin, 40)]);
    const told = records(stdout);
    assert.equal(code, 0);
    assert.deepEqual([told.length, new Set(told.map(({ response_code }) => response_code))], [40, new Set([200])]);
    assert.ok(refused >= 3, `${refused} were refused`);
    // Those that were on their way when the first refusal was: no more than the others in flight, each within moments.
    const meanwhile = early.filter((left) => left > SECOND - 100);
    assert.deepEqual(early.length - meanwhile.length, 0, `asked again ${early.map(Math.round)} ms too early`);
  },
  { timeout: 40_000 },
);
