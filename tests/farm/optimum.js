import { fateOf, RETRY_AFTER_S } from './fates.js';

/**
 * How long an ideal client takes: one that costs no time, starts what may start at the moment it may, in order, and keeps
 * the same limits, rates, timeouts, waits and retries. Milliseconds. Knows nothing of fetchloop's code.
 *
 * @param {{ seed: number, count: number, hosts: number, limit: number, limitPerHost: number, perSecond: number,
 *   attemptMs: number, backoffMs: number, retries: number }} plan
 * @returns {{ ms: number, ends: ('ok' | 'reset' | '503' | 'stall')[] }}
 */
export function optimum(plan) {
  const { seed, count, hosts, limit, limitPerHost, perSecond, attemptMs, backoffMs, retries } = plan;
  const events = []; // a sorted list would do for a few; a heap is not what this is about
  const hostList = Array.from({ length: hosts }, () => ({ queue: [], inFlight: 0, next: 0, parked: 0 }));
  for (let url = 0; url < count; url++) hostList[url % hosts].queue.push({ url, attempt: 0, counted: 0 });
  const ends = Array(count);
  let inFlight = 0;
  let now = 0;
  let left = count;
  const at = (time, what) => events.push({ time, what });
  const requeue = (host, job) => {
    const place = host.queue.findIndex(({ url }) => url > job.url);
    host.queue.splice(place < 0 ? host.queue.length : place, 0, job);
  };
  const finish = (job, kind) => {
    ends[job.url] = kind;
    left--;
  };
  const retry = (host, job, kind, wait) => {
    if (job.counted >= retries) return finish(job, kind);
    const again = { ...job, attempt: job.attempt + 1, counted: job.counted + 1 };
    at(now + wait, () => requeue(host, again));
  };
  const land = (host, job, { kind, date }) => {
    inFlight--;
    host.inFlight--;
    if (kind === 'ok') return finish(job, kind);
    // The middle of the jitter.
    if (kind !== '503') return retry(host, job, kind, (backoffMs * 2 ** job.counted) / 2);
    host.parked = Math.max(host.parked, now + 1000 * (date ? RETRY_AFTER_S.date : RETRY_AFTER_S.seconds));
    requeue(host, { ...job, attempt: job.attempt + 1 });
  };
  const start = (host) => {
    const job = host.queue.shift();
    const fate = fateOf(seed, job.url, job.attempt);
    inFlight++;
    host.inFlight++;
    host.next = Math.max(host.next, now) + 1000 / perSecond;
    at(now + (fate.kind === 'stall' ? attemptMs : fate.latency), () => land(host, job, fate));
  };
  const mayStart = (host) =>
    host.queue.length > 0 && host.inFlight < limitPerHost && Math.max(host.next, host.parked) <= now + 1e-9;
  while (left > 0) {
    while (inFlight < limit) {
      const ready = hostList.filter(mayStart);
      if (ready.length === 0) break;
      start(ready.reduce((first, host) => (host.queue[0].url < first.queue[0].url ? host : first)));
    }
    const opens = hostList
      .filter(({ queue, inFlight: busy }) => queue.length > 0 && busy < limitPerHost && inFlight < limit)
      .map(({ next, parked }) => Math.max(next, parked));
    const soonest = Math.min(...opens, ...events.map(({ time }) => time));
    now = Math.max(now, soonest);
    const due = events.filter(({ time }) => time <= now).sort((a, b) => a.time - b.time);
    for (const event of due) events.splice(events.indexOf(event), 1);
    for (const { what } of due) what();
  }
  return { ms: now, ends };
}
