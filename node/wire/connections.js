import { Connector } from './connector.js';
import { Names } from './dns.js';
import { HAS_HTTP2 } from './has-http2.js';
import { Host } from './host.js';
import { Tls } from './tls.js';

/**
 * A session's connections, by origin; as much of a Dispatcher as it needs. There is an end to their number: a list of many
 * hosts would otherwise hold idle connections until the process may open no more files.
 */
export class Connections {
  #connector;
  #limit;
  #limitPerHost;
  #http2;
  #hosts = new Map(); // origin -> Host or Forward, the oldest first
  #proxies = new Map(); // origin -> Host, of proxies that read requests

  /**
   * @param {{ limit: number, limitPerHost: number }} limits of the session: no more is ever in flight
   * @param {import('./wire-options.js').ReadWireOptions} [options]
   */
  constructor({ limit, limitPerHost }, { tls = new Tls(), proxy, dns, http2 = true, ...options } = {}) {
    this.#limit = limit;
    this.#limitPerHost = limitPerHost;
    this.#http2 = http2 && HAS_HTTP2;
    tls.warn();
    this.#connector = new Connector({ names: new Names(dns), tls, proxies: proxy, http2: this.#http2, ...options });
  }

  /**
   * @param {import('undici').Dispatcher.DispatchOptions} options
   * @param {import('undici').Dispatcher.DispatchHandler} handler an XMLHttpRequest, or one with it as its `request`, whose
   *   `line` is set to the Line that carries it
   */
  dispatch(options, handler) {
    const host = this.#hosts.get(options.origin) ?? this.#add(options.origin);
    host.dispatch(options, handler);
    return true;
  }

  async destroy() {
    const hosts = [...this.#hosts.values(), ...this.#proxies.values()];
    await Promise.all(hosts.map((host) => host.close(new Error('the session is closed'))));
  }

  #add(origin) {
    if (this.#hosts.size >= this.#limit) this.#closeOneIdle();
    const host = this.#make(origin);
    this.#hosts.set(origin, host);
    return host;
  }

  #make(origin) {
    const { protocol, hostname, port } = new URL(origin);
    const isSecure = protocol === 'https:';
    const target = { protocol, hostname, port: Number(port) || (isSecure ? 443 : 80) };
    const proxy = isSecure ? null : this.#connector.proxyFor(target);
    if (proxy && !proxy.isSocks) return new Forward(this.#connector, target, this.#proxyHost(proxy), proxy);
    return new Host(origin, (options) => this.#connector.open(target, options), {
      limit: this.#limitPerHost,
      mayMultiplex: isSecure && this.#http2,
    });
  }

  /** Its connections are for all the hosts behind it. */
  #proxyHost(proxy) {
    let host = this.#proxies.get(proxy.origin);
    if (!host) {
      const open = (options) => this.#connector.openForwarding(proxy, options);
      host = new Host(proxy.origin, open, { limit: this.#limit, mayMultiplex: false });
      this.#proxies.set(proxy.origin, host);
    }
    return host;
  }

  #closeOneIdle() {
    for (const [origin, host] of this.#hosts) {
      if (!host.isIdle) continue;
      this.#hosts.delete(origin);
      host.close(null);
      return;
    }
  }
}

/** A host whose requests a proxy reads: in absolute form (RFC 9112, 3.2.2), over the proxy's own connections. */
class Forward {
  #connector;
  #target;
  #host;
  #proxy;

  constructor(connector, target, host, proxy) {
    this.#connector = connector;
    this.#target = target;
    this.#host = host;
    this.#proxy = proxy;
  }

  isIdle = true;

  dispatch(options, handler) {
    this.#connector.assertAllowed(this.#target);
    const { origin, path, headers } = options;
    const given = Array.isArray(headers) ? headers : Object.entries(headers ?? {}).flat();
    const names = new Set(given.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()));
    const own = Object.entries(this.#proxy.headers(new URL(origin).host)).filter(([name]) => !names.has(name));
    this.#host.dispatch({ ...options, path: origin + path, headers: [...own.flat(), ...given] }, handler);
  }

  close() {}
}
