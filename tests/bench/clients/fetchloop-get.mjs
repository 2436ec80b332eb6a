/** One by one, as many workers as may be in flight. */
import { ClientSession } from 'fetchloop';
import { concurrency, measure, work } from './measure.mjs';

const session = await ClientSession.open({ limit: concurrency, limitPerHost: concurrency });
await measure((urls, onBody) =>
  work(urls, async (url) => {
    const response = await session.get(url);
    onBody(response.status, await response.arrayBuffer());
  }),
);
await session.close();
