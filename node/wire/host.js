import { requestOf } from './line.js';

/**
 * The connections to one origin, and the requests that wait for one. How many requests there are at once is C's to limit:
 * here each gets a connection that is free, else a new one; over HTTP/2 all go over one. Whether a server speaks that shows
 * when the first connection stands, so while it isn't known only one is made.
 */
export class Host {
  /** A connection has ended with a request on its way: the server may close each after its response. */
  closesSilently = false;
  #origin;
  #open;
  #limit;
  #mayMultiplex;
  #multiplexes; // undefined while that isn't known
  #lines = new Set();
  #idle = []; // Http1Lines that carry nothing; the one that was used last goes first, so that the others may close
  #shared = null; // the Http2Line that takes requests
  #lostAt = 0; // when there last was one
  #finishing = 0; // lines that will be free, or closed, in a moment
  #openings = [];
  #queue = [];

  /**
   * @param {string} origin
   * @param {(options: { signal: AbortSignal, http2?: boolean }) => Promise<{ socket: import('node:net').Socket,
   *   connection: import('./connector.js').Connection }>} open
   * @param {{ limit: number, mayMultiplex: boolean }} options connections at most; whether HTTP/2 is offered
   */
  constructor(origin, open, { limit, mayMultiplex }) {
    this.#origin = origin;
    this.#open = open;
    this.#limit = limit;
    this.#mayMultiplex = mayMultiplex;
  }

  get isIdle() {
    return this.#queue.length + this.#openings.length === 0 && [...this.#lines].every((line) => line.isIdle);
  }

  dispatch(options, handler) {
    const line = this.#take();
    if (line) {
      line.dispatch(options, handler);
      return;
    }
    const waiting = new Waiting(this, options, handler);
    requestOf(handler).line = waiting;
    this.#queue.push(waiting);
    this.#openMore();
  }

  /** @returns {Promise<unknown>} once all is closed */
  close(error) {
    for (const waiting of this.#queue.splice(0)) waiting.handler.onResponseError(null, error);
    this.#closeOpenings(0);
    return Promise.all([...this.#lines].map((line) => line.destroy(error)));
  }

  // What its lines call.

  onFinishing(change) {
    this.#finishing += change;
  }

  /** A request has ended, and the line takes another. */
  onFree(line) {
    if (!line.isShared) this.#idle.push(line);
    this.#serve();
  }

  /** It takes no more requests. */
  onRetired(line) {
    if (this.#shared === line) {
      this.#shared = null;
      this.#lostAt = performance.now();
    }
    this.#serve();
  }

  onClosed(line) {
    this.#lines.delete(line);
    const at = this.#idle.indexOf(line);
    if (at >= 0) this.#idle.splice(at, 1);
    this.onRetired(line);
  }

  /** The server doesn't want HTTP/2, although it speaks it. */
  onHttp1Required() {
    this.#mayMultiplex = false;
  }

  /** A request that the server has not looked at goes out again, before all that have gone out less often. */
  again(options, handler) {
    const waiting = new Waiting(this, options, handler);
    const before = this.#queue.findIndex((one) => (one.options.tries ?? 1) < options.tries);
    Object.assign(requestOf(handler), { line: waiting, connected: false });
    this.#queue.splice(before < 0 ? this.#queue.length : before, 0, waiting);
    this.#serve();
  }

  /** For a request that a line has got, when its connection has closed before it was sent. */
  reopen(signal) {
    return this.#open({ signal, http2: false });
  }

  get stoodAt() {
    return this.#shared ? performance.now() : this.#lostAt;
  }

  /** A request that has waited for a connection, or for room on one, waits no more; nor does what was being opened for it. */
  onCancelled(waiting) {
    const at = this.#queue.indexOf(waiting);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#shared?.probeForOthers();
    if (this.#openings.length > this.#queue.length) this.#closeOpenings(this.#queue.length, at);
  }

  #take() {
    if (this.#idle.length > 0) return this.#idle.pop();
    if (this.#shared?.isRetired) this.#shared.retire(); // Node has ended it, and says so late, or never
    return this.#shared?.hasRoom ? this.#shared : null;
  }

  #serve() {
    while (this.#queue.length > 0) {
      const line = this.#take();
      if (!line) break;
      const { options, handler } = this.#queue.shift();
      line.dispatch(options, handler);
    }
    this.#openMore();
  }

  #openMore() {
    while (this.#queue.length > this.#openings.length + this.#finishing && this.#mayOpen()) this.#openOne();
  }

  #mayOpen() {
    if (this.#opensOne) return this.#openings.length === 0 && this.#shared === null;
    return this.#lines.size + this.#openings.length < this.#limit;
  }

  get #opensOne() {
    return this.#mayMultiplex && this.#multiplexes !== false;
  }

  async #openOne() {
    const opening = new AbortController();
    this.#openings.push(opening);
    try {
      const { socket, connection } = await this.#open({ signal: opening.signal, http2: this.#mayMultiplex });
      const Line = await loadLine(connection.protocol);
      // Meanwhile: nobody would be told of it any more.
      if (socket.destroyed) throw socket.errored ?? new Error('the connection closed at once');
      if (opening.signal.aborted) socket.destroy();
      else this.#onOpen(opening, Line, socket, connection);
    } catch (error) {
      if (!opening.signal.aborted) this.#onFailed(opening, error);
    }
  }

  #onOpen(opening, Line, socket, connection) {
    this.#openings.splice(this.#openings.indexOf(opening), 1);
    if (this.#queue.length === 0) {
      socket.destroy(); // another connection fell free meanwhile
      return;
    }
    this.#multiplexes = connection.protocol === 'h2';
    const line = new Line(this, this.#origin, socket, connection);
    this.#lines.add(line);
    if (this.#multiplexes) this.#shared = line;
    else this.#idle.push(line);
    this.#serve();
  }

  /** Those who all wait for one connection all learn why there is none. */
  #onFailed(opening, error) {
    this.#openings.splice(this.#openings.indexOf(opening), 1);
    const failed = this.#queue.splice(0, this.#opensOne ? this.#queue.length : 1);
    for (const { handler } of failed) handler.onResponseError(null, error);
    this.#openMore();
  }

  /** All but `kept`; first the one that has gone on for as long as the `at`-th in line has waited. */
  #closeOpenings(kept, at = 0) {
    while (this.#openings.length > kept) {
      const [opening] = this.#openings.splice(Math.min(at, this.#openings.length - 1), 1);
      opening.abort(new Error('nobody waits for this connection'));
    }
  }
}

/** Here, that the import of the module need not wait for undici; a session loads it when it is opened. */
const LINES = {
  'http/1.1': async () => (await import('./http1.js')).Http1Line,
  h2: async () => (await import('./http2.js')).Http2Line,
};
const loaded = {};

function loadLine(protocol) {
  loaded[protocol] ??= LINES[protocol]();
  return loaded[protocol];
}

/** A request that waits for a connection, or for room on one. */
class Waiting {
  connection = null;
  #host;

  constructor(host, options, handler) {
    this.#host = host;
    this.options = options;
    this.handler = handler;
  }

  get stoodAt() {
    return this.#host.stoodAt;
  }

  cancel() {
    this.#host.onCancelled(this);
  }

  release() {}
}
