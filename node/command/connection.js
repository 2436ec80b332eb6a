/** How to connect: the options of the group Connection, for the session. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { printable } from '../../web/response/errors.js';
import { cannotRead } from './cannot-read.js';
import { UsageError } from './usage-error.js';

/** @param {import('./parse.js').Values} values @returns {import('../wire/wire-options.js').WireOptions} */
export function connectionOptions(values) {
  return {
    proxy: proxyOf(values),
    tls: tlsOf(values),
    dns: dnsOf(values),
    http2: values['http1.1'] ? false : undefined,
    localAddress: values.interface,
    socketPath: values['unix-socket'],
    publicOnly: values['public-only'],
  };
}

/** Without -x as curl reads the environment; -x '' is no proxy. */
function proxyOf({ proxy, 'proxy-user': user, noproxy }) {
  if (proxy === undefined) {
    if (noproxy !== undefined) process.env.no_proxy = noproxy;
    return 'env';
  }
  if (proxy === '') return false;
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
  if (!URL.canParse(text))
    throw new UsageError('--proxy takes a URL, such as http://proxy.example:3128 (what was given is none)');
  const url = new URL(text);
  if (!/^(https?|socks5h?):$/.test(url.protocol)) {
    throw new UsageError(`--proxy takes an http://, https://, socks5:// or socks5h:// URL, not ${url.protocol}//`);
  }
  if (user !== undefined) {
    const colon = user.indexOf(':');
    if (colon < 0) throw new UsageError('--proxy-user takes USER:PASSWORD (USER: for none)');
    url.username = encodeURIComponent(user.slice(0, colon));
    url.password = encodeURIComponent(user.slice(colon + 1));
  }
  // curl's port, where a URL has the scheme's.
  if (!/:\d+\/?$/.test(text.replace(/^.*@/, '')) && url.protocol === 'http:') url.port = '1080';
  return { url, ...(noproxy !== undefined && { noProxy: noproxy }) };
}

function tlsOf({ insecure, cacert, cert, key, pass, 'tlsv1.3': tls13 }) {
  if (key !== undefined && cert === undefined) throw new UsageError('--key goes with --cert');
  const options = {
    insecure: insecure || undefined,
    ca: cacert && contentOf(cacert),
    passphrase: pass,
    minVersion: tls13 ? 'TLSv1.3' : undefined,
    ...(cert && identityOf(cert, key)),
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}

/** FILE or FILE:PASSWORD, as curl: a colon of the file's own name has a backslash before it. */
function identityOf(cert, key) {
  const [, escaped, passphrase] = /^((?:\\.|[^:])*)(?::(.*))?$/s.exec(cert);
  const content = contentOf(escaped.replace(/\\([:\\])/g, '$1'));
  const password = passphrase === undefined ? {} : { passphrase };
  if (!content.includes('-----BEGIN ')) return { pfx: content, ...password };
  return { cert: content, key: key === undefined ? content : contentOf(key), ...password };
}

function contentOf(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    throw cannotRead(file, error);
  }
}

function dnsOf({ ipv4, ipv6, resolve }) {
  const family = ipv4 ? 4 : ipv6 ? 6 : undefined;
  const hosts = resolve && Object.fromEntries(resolve.map(hostOf));
  return family || hosts ? { ...(family && { family }), ...(hosts && { hosts }) } : undefined;
}

/** HOST:PORT:ADDRESS[,ADDRESS]…, IPv6 with or without brackets; the + before it, which lets DNS answer later, is no matter. */
function hostOf(given) {
  const [, host, port, list] = /^\+?([^:]+):(\d{1,5}|\*):(.+)$/.exec(given) ?? [];
  const addresses = list?.split(',').map((address) => address.trim().replace(/^\[(.*)\]$/, '$1'));
  const isWrong = !addresses || addresses.some((address) => isIP(address) === 0);
  if (isWrong) throw new UsageError(`--resolve takes HOST:PORT:ADDRESS[,ADDRESS]…, not '${printable(given)}'`);
  return [`${host}:${port}`, addresses];
}
