import pLimit from 'p-limit';
import { concurrency, measure } from './measure.mjs';

const limit = pLimit(concurrency);
await measure((urls, onBody) =>
  limit.map(urls, async (url) => {
    const response = await fetch(url);
    onBody(response.status, await response.arrayBuffer());
  }),
);
