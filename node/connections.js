import { Pool } from 'undici';

/**
 * undici's pools, one for each origin, with what its Agent lacks: an end to their number, for a list of many hosts would
 * otherwise hold idle connections until the process may open no more files. As much of a Dispatcher as a session needs.
 */
export class Connections {
  #options;
  #poolsMax;
  #hosts = new Map(); // origin -> Host, the oldest first

  /**
   * @param {{ limit: number, limitPerHost: number }} limits of the session: no more is ever in flight
   */
  constructor({ limit, limitPerHost }) {
    // undici looks at a connection once more before it uses it again; without a limit of its own it would open a second
    // one for the request that takes a finished one's place. Timeouts are the C core's.
    this.#options = { connections: limitPerHost, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } };
    this.#poolsMax = limit;
  }

  /** @returns {Host} */
  host(origin) {
    let host = this.#hosts.get(origin);
    if (!host) {
      if (this.#hosts.size >= this.#poolsMax) this.#closeOneIdle();
      host = { pool: new Pool(origin, this.#options), answered: false };
      this.#hosts.set(origin, host);
    }
    return host;
  }

  dispatch(options, handler) {
    return this.host(options.origin).pool.dispatch(options, handler);
  }

  async destroy() {
    await Promise.all([...this.#hosts.values()].map(({ pool }) => pool.destroy()));
  }

  #closeOneIdle() {
    for (const [origin, { pool }] of this.#hosts) {
      const { running, pending, queued } = pool.stats;
      if (running + pending + queued > 0) continue;
      this.#hosts.delete(origin);
      pool.close();
      return;
    }
  }
}

/**
 * @typedef {object} Host
 * @property {Pool} pool
 * @property {boolean} answered at least once: its connections may be ones that were used before
 */
