import robotsParser from 'robots-parser';
import { printableUrl } from '../../web/response/errors.js';
import { Refusal, refused } from './refusal.js';

/** RFC 9309, 2.5: so much is read at least; of more the rest is left. */
const TEXT_CHARACTERS_MAX = 512 * 1024;
/** The session drops bodies that are no streams. */
const WHOLE = { stream: true, bodyMax: 100 * 1024 * 1024 };

/** A day. */
const DELAY_MAX = 86_400;

/** How many requests may wait for the robots.txt of their hosts, while those of other hosts go on. */
const HELD_MAX = 10_000;

const KIND = { code: 'ROBOTS', reason: 'robots.txt forbids it', exitCode: 9 }; // curl's CURLE_REMOTE_ACCESS_DENIED

/**
 * The requests, those that robots.txt (RFC 9309) forbids as ones that fail. Each host's is fetched once, through the session,
 * and its Crawl-delay obeyed. One that isn't there (4xx) allows all; one that can't be had (5xx, no answer) forbids all.
 * Whoever waits for it holds up no other host.
 * @param {AsyncIterable<string | import('../../web/given.js').BatchRequest>} requests
 * @param {import('../../web/session.js').Session} session
 * @param {string} agent whom the rules are for
 */
export async function* obeyRobots(requests, session, agent) {
  const robots = new Robots(session, agent);
  const source = requests[Symbol.asyncIterator]();
  const held = new Map(); // origin -> requests that wait for its rules
  const landed = []; // origins whose rules have come
  let heldCount = 0;
  let reading = false;
  let step = null; // what the source gave
  let wake = () => {};
  const read = async () => {
    reading = true;
    step = await source.next().catch((error) => ({ error }));
    reading = false;
    wake();
  };
  const hold = (origin, request) => {
    if (!held.has(origin)) {
      held.set(origin, []);
      robots.read(origin).then(() => {
        landed.push(origin);
        wake();
      });
    }
    held.get(origin).push(request);
    heldCount++;
  };
  try {
    while (!(step?.done || step?.error) || heldCount > 0) {
      if (step && !step.done && !step.error) {
        const origin = originOf(step.value);
        if (origin === null || robots.knows(origin)) yield robots.judged(step.value, origin);
        else hold(origin, step.value);
        step = null;
      }
      for (const origin of landed.splice(0)) {
        heldCount -= held.get(origin).length;
        for (const request of held.get(origin)) yield robots.judged(request, origin);
        held.delete(origin);
      }
      if (!step && !reading && heldCount < HELD_MAX) read();
      await new Promise((resolve) => {
        wake = resolve;
        if (landed.length > 0 || (step && heldCount === 0)) resolve();
      });
    }
    if (step.error) throw step.error;
  } finally {
    if (!step?.done) source.return?.().catch(() => {});
  }
}

class Robots {
  #session;
  #agent;
  #known = new Map(); // origin -> what gives the Refusal of a URL, or null

  constructor(session, agent) {
    this.#session = session;
    this.#agent = agent;
  }

  knows(origin) {
    return this.#known.has(origin);
  }

  async read(origin) {
    this.#known.set(origin, await this.#rules(`${origin}/robots.txt`));
  }

  async #rules(robots) {
    try {
      const response = await this.#session.get(robots, { ...WHOLE, raiseForStatus: false });
      if (response.status >= 500) return (url) => forbidden(url, `it answers ${response.status}`);
      if (response.status >= 400) return () => null;
      const rules = robotsParser(robots, (await response.text()).slice(0, TEXT_CHARACTERS_MAX));
      const delay = rules.getCrawlDelay(this.#agent);
      if (delay > 0) this.#session.setCrawlDelay(robots, Math.min(delay, DELAY_MAX));
      return (url) => (rules.isDisallowed(url, this.#agent) ? forbidden(url) : null);
    } catch (error) {
      return (url) => new Refusal(`${printableUrl(url)}: no robots.txt: ${error.reason ?? error.message}`, error);
    }
  }

  /** @param {string | null} origin null: not one that has rules; the session will say what is wrong with it */
  judged(request, origin) {
    if (origin === null) return request;
    const refusal = this.#known.get(origin)(urlOf(request));
    return refusal ? refused(request, refusal) : request;
  }
}

function forbidden(url, why) {
  return new Refusal(`${printableUrl(url)}: ${KIND.reason}${why ? ` (${why})` : ''}`, KIND);
}

const urlOf = (request) => (typeof request === 'string' ? request : String(request.url));

function originOf(request) {
  const url = urlOf(request);
  if (request.signal?.aborted || !URL.canParse(url)) return null;
  const { origin, protocol } = new URL(url);
  return /^https?:$/.test(protocol) ? origin : null;
}
