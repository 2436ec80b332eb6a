import { isIP } from 'node:net';
import { bare, literal, onlyPublic } from './addresses.js';
import { dial, dialPath } from './dial.js';

/** @typedef {import('../../web/response/timing.js').Connection} Connection */

/** What makes a session's connections: names, addresses, proxies, tunnels and TLS, each by its own file. */
export class Connector {
  #names;
  #tls;
  #proxies;
  #options;

  /**
   * @param {{ names: import('./dns.js').Names, tls: import('./tls.js').Tls, proxies?: import('./proxy.js').Proxies,
   *   http2: boolean, publicOnly?: boolean, localAddress?: string, socketPath?: string }} options
   */
  constructor({ names, tls, proxies, ...options }) {
    this.#names = names;
    this.#tls = tls;
    this.#proxies = proxies;
    this.#options = options;
  }

  /**
   * @param {{ protocol: string, hostname: string, port: number }} target as URL has it
   * @returns {import('./proxy.js').ProxyServer | null}
   */
  proxyFor(target) {
    return this.#proxies?.for(target) ?? null;
  }

  /** That it may be asked for through a proxy, which resolves names itself. */
  assertAllowed({ hostname }) {
    const addresses = this.#options.publicOnly ? literal(bare(hostname)) : null;
    if (addresses) onlyPublic(addresses, bare(hostname));
  }

  /**
   * @param {{ protocol: string, hostname: string, port: number }} target
   * @param {{ signal: AbortSignal, http2?: boolean }} options http2: offer it, where the session does
   * @returns {Promise<{ socket: import('node:net').Socket, connection: Connection }>}
   */
  async open(target, { signal, http2 = true }) {
    const connection = makeConnection();
    const proxy = this.proxyFor(target);
    let socket = proxy
      ? await this.#openTunnel(proxy, target, connection, signal)
      : await this.#openDirect(target, connection, signal);
    connection.connectEnd = performance.now();
    if (target.protocol === 'https:') {
      const protocols = http2 && this.#options.http2 ? ['h2', 'http/1.1'] : ['http/1.1'];
      socket = await this.#tls.secure(socket, { ...target, hostname: bare(target.hostname), protocols, signal });
      setTls(connection, socket);
    }
    return { socket, connection };
  }

  /**
   * A connection for requests that the proxy itself reads.
   * @param {import('./proxy.js').ProxyServer} proxy
   * @param {{ signal: AbortSignal }} options
   */
  async openForwarding(proxy, { signal }) {
    const connection = makeConnection();
    connection.proxied = true;
    const socket = await this.#openProxy(proxy, connection, signal, { isPlain: proxy.protocol === 'http:' });
    connection.connectEnd = performance.now();
    return { socket, connection };
  }

  async #openDirect({ protocol, hostname, port }, connection, signal) {
    const isPlain = protocol === 'http:';
    const { localAddress, socketPath: path, publicOnly } = this.#options;
    if (path) {
      connection.connectStart = performance.now();
      return dialPath({ path, signal, isPlain });
    }
    const host = bare(hostname);
    let addresses = await this.#resolve(host, port, connection, signal);
    if (publicOnly) addresses = onlyPublic(addresses, host);
    return this.#dial(addresses, { port, localAddress, signal, isPlain }, connection);
  }

  async #openTunnel(proxy, target, connection, signal) {
    this.assertAllowed(target);
    const hostname = proxy.resolvesNames ? target.hostname : await this.#address(target, connection, signal);
    const socket = await this.#openProxy(proxy, connection, signal);
    return proxy.tunnel(socket, { hostname, port: target.port, signal });
  }

  /** The one that the proxy is to connect to. */
  async #address({ hostname, port }, connection, signal) {
    const host = bare(hostname);
    const addresses = await this.#resolve(host, port, connection, signal);
    const [{ address }] = this.#options.publicOnly ? onlyPublic(addresses, host) : addresses;
    return address;
  }

  /** A private address is fine for it: who set the session up has chosen it. */
  async #openProxy(proxy, connection, signal, { isPlain = false } = {}) {
    const { hostname, port, protocol, tls } = proxy;
    const { localAddress } = this.#options;
    try {
      const addresses = await this.#resolve(hostname, port, connection, signal);
      const socket = await this.#dial(addresses, { port, localAddress, signal, isPlain }, connection);
      if (protocol !== 'https:') return socket;
      return await tls.secure(socket, { hostname, port, protocols: ['http/1.1'], signal });
    } catch (error) {
      if (signal.aborted) throw error;
      const { code, syscall, fetchloop } = error;
      throw Object.assign(new Error(`the proxy ${proxy.origin}: ${error.message}`, { cause: error }), {
        code,
        syscall,
        fetchloop,
      });
    }
  }

  async #resolve(host, port, connection, signal) {
    const found = literal(host) ?? this.#names.known(host, port);
    if (found) return found;
    connection.dnsStart = performance.now();
    const addresses = await this.#names.resolve(host);
    signal.throwIfAborted(); // an answer may come late, and can't be called off
    connection.dnsEnd = performance.now();
    return addresses;
  }

  async #dial(addresses, options, connection) {
    connection.connectStart = performance.now();
    const socket = await dial(addresses, options);
    connection.remoteAddress = socket.remoteAddress ?? null;
    connection.remotePort = socket.remotePort ?? null;
    return socket;
  }
}

/** @returns {Connection} */
function makeConnection() {
  return {
    reused: false,
    dnsStart: null,
    dnsEnd: null,
    connectStart: null,
    connectEnd: null,
    tlsEnd: null,
    remoteAddress: null,
    remotePort: null,
    protocol: 'http/1.1',
    tlsVersion: null,
    tlsResumed: false,
    proxied: false,
  };
}

function setTls(connection, socket) {
  connection.tlsEnd = performance.now();
  connection.tlsVersion = socket.getProtocol();
  connection.tlsResumed = socket.isSessionReused();
  if (socket.alpnProtocol === 'h2') connection.protocol = 'h2';
}

/** @param {any} value @param {string} name */
export function readLocalAddress(value, name) {
  if (isIP(value)) return value;
  throw new TypeError(`${name} must be an IP address`);
}
