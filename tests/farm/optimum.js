import { fateOf, RETRY_AFTER_S } from './fates.js';

/**
 * @typedef {object} Plan
 * @property {number} seed
 * @property {number} count URLs, taking turns among the hosts
 * @property {number} hosts
 * @property {number} limit
 * @property {number} limitPerHost
 * @property {number} perSecond of each host
 * @property {number} attemptMs
 * @property {number} backoffMs
 * @property {number} retries
 */

/**
 * How long an ideal client takes for it: one that costs no time, starts what may start at the moment it may, in order, and
 * keeps the same limits, rates, timeouts, waits and retries. It can't see into the future: knowing which hosts will fail
 * most, one would start with these. Knows nothing of fetchloop's code. Milliseconds.
 * @param {Plan} plan
 */
export function optimumMs(plan) {
  return new Ideal(plan).run();
}

class Ideal {
  #plan;
  #now = 0;
  #inFlight = 0;
  #left;
  #hosts;
  #events = []; // a heap would be faster, and is not what this is about

  constructor(plan) {
    this.#plan = plan;
    this.#left = plan.count;
    this.#hosts = Array.from({ length: plan.hosts }, () => ({ queue: [], inFlight: 0, kept: 0, opensAt: 0 }));
    for (let url = 0; url < plan.count; url++) {
      this.#hosts[url % plan.hosts].queue.push({ url, attempt: 0, retries: 0, resent: false });
    }
  }

  run() {
    while (this.#left > 0) {
      for (let host = this.#next(); host; host = this.#next()) this.#start(host);
      this.#now = Math.min(...this.#events.map(({ at }) => at), ...this.#hosts.filter(hasWork).map(this.#opens));
      const due = this.#events.filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at);
      this.#events = this.#events.filter(({ at }) => at > this.#now);
      for (const { what } of due) what();
    }
    return this.#now;
  }

  #hasPlace = (host) => this.#inFlight < this.#plan.limit && host.inFlight < this.#plan.limitPerHost;
  /** When time alone opens it. */
  #opens = (host) => (this.#hasPlace(host) && host.opensAt > this.#now ? host.opensAt : Infinity);

  /** The host whose first may start now, and was asked for first. */
  #next() {
    return this.#hosts
      .filter((host) => hasWork(host) && this.#hasPlace(host) && host.opensAt <= this.#now)
      .reduce((first, host) => (first && first.queue[0].url < host.queue[0].url ? first : host), null);
  }

  #start(host) {
    const job = host.queue.shift();
    const fate = fateOf(this.#plan.seed, job.url, job.attempt);
    const reused = host.kept > 0;
    if (reused) host.kept--;
    this.#inFlight++;
    host.inFlight++;
    host.opensAt = Math.max(host.opensAt, this.#now) + 1000 / this.#plan.perSecond;
    this.#in(fate.kind === 'stall' ? this.#plan.attemptMs : fate.latency, () => this.#land(host, job, fate, reused));
  }

  #land(host, job, { kind, date, within }, reused) {
    this.#inFlight--;
    host.inFlight--;
    if (kind === 'ok' || kind === '503') host.kept++;
    const again = { ...job, attempt: job.attempt + 1 };
    if (kind === 'ok') {
      this.#left--;
    } else if (kind === '503') {
      const wait = 1000 * (date ? RETRY_AFTER_S.date : RETRY_AFTER_S.seconds);
      host.opensAt = Math.max(host.opensAt, this.#now + wait);
      requeue(host, again);
    } else if (kind === 'reset' && !within && reused && !job.resent) {
      requeue(host, { ...again, resent: true }); // for all that a client can tell, the connection was closed while idle
    } else if (job.retries < this.#plan.retries) {
      const wait = (this.#plan.backoffMs * 2 ** job.retries) / 2; // the middle of the jitter
      this.#in(wait, () => requeue(host, { ...again, retries: job.retries + 1 }));
    } else {
      this.#left--;
    }
  }

  #in(wait, what) {
    this.#events.push({ at: this.#now + wait, what });
  }
}

const hasWork = ({ queue }) => queue.length > 0;

/** In its old place. */
function requeue({ queue }, job) {
  const place = queue.findIndex(({ url }) => url > job.url);
  queue.splice(place < 0 ? queue.length : place, 0, job);
}
