/** With what costs something for each request switched on: cookies, a rate (never reached), defaults, middleware, a trace. */
import { ClientSession } from 'fetchloop';
import { concurrency, measure, work } from './measure.mjs';

const steps = new Map();
const session = await ClientSession.open({
  limit: concurrency,
  limitPerHost: concurrency,
  retry: 3,
  cookies: true,
  headers: { 'X-Bench': 'fetchloop' },
  ratePerHost: { requests: 1_000_000, per: 1, burst: 1000 },
  timeout: { total: 60, attempt: 30, read: 10 },
  middleware: [(request, next) => next(request)],
  trace: ({ step }) => steps.set(step, (steps.get(step) ?? 0) + 1),
});
await measure((urls, onBody) =>
  work(urls, async (url) => {
    const response = await session.get(url);
    onBody(response.status, await response.arrayBuffer());
  }),
);
await session.close();
