import { Pool } from 'undici';
import { concurrency, measure, origin, work } from './measure.mjs';

const pool = new Pool(origin, { connections: concurrency });
await measure((urls, onBody) =>
  work(urls, async (url) => {
    const { statusCode, body } = await pool.request({ method: 'GET', path: url.slice(origin.length) });
    onBody(statusCode, await body.arrayBuffer());
  }),
);
await pool.close();
