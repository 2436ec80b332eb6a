import { Agent, request } from 'undici';
import { concurrency, measure, work } from './measure.mjs';

const dispatcher = new Agent({ connections: concurrency });
await measure((urls, onBody) =>
  work(urls, async (url) => {
    const { statusCode, body } = await request(url, { dispatcher });
    onBody(statusCode, await body.arrayBuffer());
  }),
);
await dispatcher.close();
