import { flag, text } from '../../web/options.js';
import { readLocalAddress } from './connector.js';
import { readDns } from './dns.js';
import { readProxy } from './proxy.js';
import { readTls } from './tls.js';

/**
 * Of a session in Node: how it connects. Each is read, and what is wrong with it said, when the session is opened.
 * @typedef {object} WireOptions
 * @property {boolean} [http2] use HTTP/2 where a server offers it (https alone, by ALPN; not in Bun and Deno); default true. All requests to an
 *   origin then share a connection, on which `limitPerHost` counts streams. Before the first answer it isn't known, so
 *   requests that come meanwhile wait for it
 * @property {import('./tls.js').TlsOptions} [tls]
 * @property {import('./proxy.js').ProxyOption} [proxy] default false
 * @property {import('./dns.js').DnsOptions} [dns]
 * @property {boolean} [publicOnly] connect to no address that isn't public: private, loopback, link-local, shared (CGNAT),
 *   multicast, reserved, documentation, whether the URL or DNS gives it, on every redirect (FL_EADDRESS). The address that
 *   is looked at is the one that is connected to. Through a proxy, which resolves names itself, only addresses that a URL
 *   gives are refused. Default false
 * @property {string} [localAddress] the IP address to connect from (curl: --interface)
 * @property {string} [socketPath] connect to this Unix socket, whatever the URL's host (curl: --unix-socket)
 */

/**
 * The same, read.
 * @typedef {Omit<WireOptions, 'tls' | 'proxy' | 'dns'> & { tls?: import('./tls.js').Tls, proxy?: import('./proxy.js').Proxies,
 *   dns?: import('./dns.js').ReadDnsOptions }} ReadWireOptions
 */

/** @satisfies {import('../../web/options.js').Table} */
export const WIRE_OPTIONS = {
  http2: flag,
  tls: readTls,
  proxy: readProxy,
  dns: readDns,
  publicOnly: flag,
  localAddress: readLocalAddress,
  socketPath(value, name) {
    if (text(value, name) !== '') return value;
    throw new TypeError(`${name} must not be empty`);
  },
};
