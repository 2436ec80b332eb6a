import net from 'node:net';
import { readingInto } from '../body/read-buffers.js';

/** How long the next address waits for the one before (RFC 8305, 5 and 8: "recommended"). */
const ATTEMPT_DELAY_MS = 250;

/** As undici has them. */
const SOCKET = { highWaterMark: 64 * 1024, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };

/**
 * Connect to the first that answers: Happy Eyeballs (RFC 8305). The families take turns; an address that doesn't answer for
 * 250 ms, or fails, lets the next begin, and goes on itself. (Node's own autoSelectFamily gives an address up after 250 ms,
 * and so never reaches a host that is farther away than that by any but its last.)
 * @param {{ address: string, family: number }[]} addresses
 * @param {{ port: number, localAddress?: string, signal: AbortSignal, isPlain?: boolean }} options `isPlain`: no TLS goes over it
 * @returns {Promise<net.Socket>}
 */
export function dial(addresses, { localAddress, ...options }) {
  const family = localAddress ? net.isIP(localAddress) : 0;
  const order = interleaved(family ? addresses.filter((one) => one.family === family) : addresses);
  if (order.length === 0) {
    const error = new Error(`no IPv${family} address to connect to from ${localAddress}`);
    return Promise.reject(Object.assign(error, { code: 'EADDRNOTAVAIL', syscall: 'connect' }));
  }
  return new Promise((resolve, reject) => new Race(order, { localAddress, ...options }, resolve, reject).begin());
}

/** @param {{ path: string, signal: AbortSignal, isPlain?: boolean }} options of a Unix socket @returns {Promise<net.Socket>} */
export function dialPath({ path, ...options }) {
  return new Promise((resolve, reject) =>
    new Race([{ path }], { port: undefined, ...options }, resolve, reject).begin(),
  );
}

class Race {
  #order;
  #options;
  #signal;
  #isPlain;
  #resolve;
  #reject;
  #begun = 0;
  #running = new Set();
  #errors = [];
  #timer = null;

  /**
   * @param {{ address?: string, family?: number, path?: string }[]} order
   * @param {{ port: number | undefined, localAddress?: string, signal: AbortSignal, isPlain?: boolean }} options
   * @param {(socket: net.Socket) => void} resolve
   * @param {(reason: Error) => void} reject
   */
  constructor(order, { signal, isPlain = false, ...options }, resolve, reject) {
    this.#order = order;
    this.#options = options;
    this.#signal = signal;
    this.#isPlain = isPlain;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin() {
    if (this.#signal.aborted) {
      this.#reject(this.#signal.reason);
      return;
    }
    this.#signal.addEventListener('abort', this.#onAbort);
    this.#next();
  }

  #next = () => {
    clearTimeout(this.#timer);
    const { address, family, path } = this.#order[this.#begun++];
    const onread = this.#isPlain ? readingInto(() => socket) : undefined; // Deno's TLS can't take such a socket
    const target = path ? { path } : { host: address, family };
    const socket = net.connect({ ...SOCKET, onread, ...this.#options, ...target });
    this.#running.add(socket);
    socket
      .on('connect', () => this.#end(null, socket))
      // It stays: between two owners, too, an error must not be nobody's.
      .on('error', (error) => this.#onError(socket, error));
    if (this.#begun < this.#order.length) this.#timer = setTimeout(this.#next, ATTEMPT_DELAY_MS);
  };

  #onError(socket, error) {
    if (!this.#running.delete(socket)) return;
    this.#errors.push(error);
    if (this.#begun < this.#order.length) this.#next();
    else if (this.#running.size === 0) this.#end(joined(this.#errors));
  }

  #onAbort = () => this.#end(this.#signal.reason);

  #end(error, winner) {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#running.delete(winner);
    for (const socket of this.#running) socket.destroy();
    this.#running.clear();
    if (error) this.#reject(error);
    else this.#resolve(winner);
  }
}

/** Families in turn, the first one's first. */
function interleaved(addresses) {
  const first = addresses.filter(({ family }) => family === addresses[0].family);
  const second = addresses.filter(({ family }) => family !== addresses[0].family);
  const order = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++)
    order.push(...first.slice(i, i + 1), ...second.slice(i, i + 1));
  return order;
}

/** The first one's code, and what each said. */
function joined(errors) {
  const [first] = errors;
  if (errors.length === 1) return first;
  const { code, syscall } = first;
  return Object.assign(new Error(errors.map(({ message }) => message).join('; ')), { code, syscall });
}
