import http from 'node:http';
import got from 'got';
import { concurrency, measure, work } from './measure.mjs';

const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency });
const client = got.extend({ agent: { http: agent } });
await measure((urls, onBody) =>
  work(urls, async (url) => {
    const { statusCode, rawBody } = await client(url);
    onBody(statusCode, rawBody);
  }),
);
agent.destroy();
