import { ClientSession } from 'fetchloop';
import { concurrency, measure } from './measure.mjs';

const session = await ClientSession.open({ limit: concurrency, limitPerHost: concurrency });
await measure(async (urls, onBody) => {
  for await (const { status, response, error } of session.fetchAll(urls)) {
    if (error) throw error;
    onBody(status, await response.arrayBuffer());
  }
});
await session.close();
