import { asGiven, readOptions } from '../../web/options.js';
import { printable } from '../../web/response/errors.js';
import { bare } from './addresses.js';
import { NoProxy } from './no-proxy.js';
import { socksTunnel } from './socks.js';
import { readTls, Tls } from './tls.js';
import { failure } from './wire-errors.js';

/**
 * Of a session: false, the default, for none; 'env' for what curl reads in the environment (http_proxy, https_proxy or
 * HTTPS_PROXY, all_proxy or ALL_PROXY, no_proxy or NO_PROXY; HTTP_PROXY isn't read, as a CGI script gets it from whoever
 * asks: httpoxy, CVE-2016-5385); a URL, `http://user:password@host:port`, https:// to speak TLS with the proxy too, or of
 * a SOCKS5 proxy socks5h://, which resolves names itself, or socks5://, for which we do.
 *
 * https goes through a tunnel (CONNECT): the proxy sees the host alone. Plain http is sent to the proxy to be sent on
 * (absolute form), as curl does, for most proxies tunnel to port 443 alone: who reads a 403 or 502 then can't tell whose it
 * is, except that a 407 is the proxy's: FL_EPROXY, as all that a proxy answers to CONNECT but success. Names are resolved
 * by the proxy. Limits are the target host's. Through SOCKS all goes by tunnels.
 * @typedef {false | 'env' | string | URL | { url: string | URL, noProxy?: string | string[], tls?: import('./tls.js').TlsOptions }} ProxyOption
 *   noProxy: hosts that are reached without it, as curl reads NO_PROXY: names, addresses and subnets, each with a port if only that is
 *   meant; '*' for all. tls: with an https:// proxy, by which certificates and keys
 */

const TABLE = { url: asGiven, noProxy: asGiven, tls: readTls };

/** @returns {Proxies | undefined} */
export function readProxy(value, name) {
  if (value === false) return undefined;
  if (value === 'env') return fromEnvironment(process.env);
  const isUrl = typeof value === 'string' || value instanceof URL;
  const { url, noProxy = [], tls } = isUrl ? { url: value } : readOptions(TABLE, value, name);
  if (url === undefined) throw new TypeError(`${name}.url is missing`);
  const proxy = new ProxyServer(url, isUrl ? name : `${name}.url`, tls);
  const onBad = (entry) => {
    throw new TypeError(`${name}.noProxy: '${printable(entry)}' is no host, address or subnet`);
  };
  return new Proxies(proxy, proxy, new NoProxy([noProxy].flat().join(), onBad));
}

/** @param {NodeJS.ProcessEnv} env */
export function fromEnvironment(env) {
  const read = (...names) => {
    const name = names.find((one) => env[one]);
    if (!name) return null;
    const url = env[name];
    return new ProxyServer(/^[a-z][a-z\d+.-]*:\/\//i.test(url) ? url : `http://${url}`, name);
  };
  const http = read('http_proxy', 'all_proxy', 'ALL_PROXY');
  const https = read('https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY');
  if (!http && !https) return undefined;
  return new Proxies(http, https, new NoProxy(env.no_proxy || env.NO_PROXY || ''));
}

/** Which proxy a request takes. */
export class Proxies {
  #http;
  #https;
  #noProxy;

  constructor(http, https, noProxy) {
    this.#http = http;
    this.#https = https;
    this.#noProxy = noProxy;
  }

  /** @param {{ protocol: string, hostname: string, port: number }} target @returns {ProxyServer | null} */
  for({ protocol, hostname, port }) {
    const proxy = protocol === 'https:' ? this.#https : this.#http;
    return proxy && !this.#noProxy.has(hostname, port) ? proxy : null;
  }
}

const PORTS = { 'http:': 80, 'https:': 443, 'socks5:': 1080, 'socks5h:': 1080 };

/** RFC 1929. */
const SOCKS_TEXT_MAX = 255;

/** A proxy that speaks HTTP, over TLS or not, or SOCKS. */
export class ProxyServer {
  #credentials = null;

  /**
   * @param {string | URL} url
   * @param {string} name of the option or variable, for errors: the URL itself may hold a password
   * @param {Tls} [tls]
   */
  constructor(url, name, tls = new Tls()) {
    if (!String(url).includes('://') && URL.canParse(`http://${url}`)) {
      throw new TypeError(`${name} must be a URL: write http:// before it`);
    }
    if (!URL.canParse(url)) throw new TypeError(`${name} is not a valid URL`);
    const { protocol, hostname, port, username, password } = new URL(url);
    if (!Object.hasOwn(PORTS, protocol)) {
      const known = 'an http://, https://, socks5:// or socks5h:// URL';
      throw new TypeError(`${name} must be ${known}, not ${printable(protocol)}//`);
    }
    if (hostname === '') throw new TypeError(`${name} has no host`);
    this.protocol = protocol;
    this.hostname = bare(hostname);
    this.port = Number(port) || PORTS[protocol];
    this.isSocks = protocol.startsWith('socks');
    /** Else we do, and it gets an address. */
    this.resolvesNames = protocol !== 'socks5:';
    this.tls = tls;
    /** For messages, and to tell one from another. */
    this.origin = `${protocol}//${hostname}:${this.port}`;
    if (username || password) this.#credentials = { username: decoded(username), password: decoded(password) };
    for (const [what, text] of Object.entries(this.isSocks ? (this.#credentials ?? {}) : {})) {
      const bytes = Buffer.byteLength(text);
      if (bytes > SOCKS_TEXT_MAX)
        throw new TypeError(`${name}: a SOCKS proxy's ${what} has ${SOCKS_TEXT_MAX} bytes at most, not ${bytes}`);
    }
  }

  /** It goes to the proxy, never to the hosts behind it. */
  get #authorization() {
    const { username, password } = this.#credentials;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  /** What goes with each request that the proxy itself reads. */
  headers(host) {
    return this.#credentials === null ? { host } : { host, 'proxy-authorization': this.#authorization };
  }

  /**
   * @param {import('node:net').Socket} socket that leads to the proxy; closed when it fails
   * @param {{ hostname: string, port: number, signal: AbortSignal }} target as URL has it
   * @returns {Promise<import('node:net').Socket>} the same, which now leads to the target
   */
  async tunnel(socket, { hostname, port, signal }) {
    try {
      if (!this.isSocks) return await this.#connect(socket, { hostname, port, signal });
      const own = { host: this.hostname, port: this.port };
      return await socksTunnel(socket, own, this.#credentials, { host: bare(hostname), port, signal });
    } catch (error) {
      throw signal.aborted ? error : this.refusal(error.message);
    }
  }

  #connect(socket, { hostname, port, signal }) {
    const path = `${hostname}:${port}`;
    return new Promise((resolve, reject) => {
      const request = process.getBuiltinModule('node:http').request({
        method: 'CONNECT',
        path,
        headers: this.headers(path),
        createConnection: () => socket,
      });
      const onAbort = () => request.destroy(signal.reason);
      const fail = (error) => {
        signal.removeEventListener('abort', onAbort);
        socket.destroy();
        reject(error);
      };
      signal.addEventListener('abort', onAbort);
      request
        .on('connect', ({ statusCode, statusMessage }, _socket, rest) => {
          if (statusCode < 200 || statusCode > 299) return fail(new Error(`${statusCode} ${statusMessage}`));
          signal.removeEventListener('abort', onAbort);
          if (rest.length > 0) socket.unshift(rest);
          resolve(socket);
        })
        .on('error', fail)
        .end();
      if (signal.aborted) onAbort();
    });
  }

  /** @param {string} why */
  refusal(why) {
    return failure('FL_EPROXY', `${this.origin}: ${printable(why)}`);
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
