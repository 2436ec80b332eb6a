import { flag, oneOf, readOptions, text } from '../../web/options.js';

/**
 * Of a session, to all its hosts over https. What is certificates and keys is their content, as node:tls takes it: PEM as
 * text or Buffer, for `pfx` a Buffer; not a path.
 * @typedef {object} TlsOptions
 * @property {string | Buffer | (string | Buffer)[]} [ca] who vouches for servers, in place of those that Node has and
 *   NODE_EXTRA_CA_CERTS adds (curl: --cacert)
 * @property {string | Buffer} [cert] the client's certificate, with those that link it to its CA (curl: --cert)
 * @property {string | Buffer} [key] the certificate's private key (curl: --key)
 * @property {Buffer} [pfx] PKCS #12: certificate and key in one, in place of `cert` and `key`
 * @property {string} [passphrase] of `key` or `pfx`
 * @property {string} [servername] what servers are asked for (SNI), and what their certificate must be for; default the
 *   URL's host
 * @property {'TLSv1.2' | 'TLSv1.3'} [minVersion] default TLSv1.2, Node's
 * @property {string} [ciphers] OpenSSL's list; default Node's
 * @property {boolean} [insecure] accept any certificate: anybody on the way can read and change what is sent. The process
 *   is warned, once a session (code FETCHLOOP_INSECURE). (curl: -k)
 */

/** Few sessions need them, and the import's look at all that they export, such as root certificates, takes 2 ms. */
const tls = () => process.getBuiltinModule('node:tls');
const crypto = () => process.getBuiltinModule('node:crypto');

const TABLE = {
  ca: certificates,
  cert: pem,
  key: pem,
  pfx(value, name) {
    if (value instanceof Uint8Array) return Buffer.from(value);
    throw new TypeError(`${name} must be a Buffer, not ${typeof value}`);
  },
  passphrase: text,
  servername: text,
  minVersion: oneOf('TLSv1.2', 'TLSv1.3'),
  ciphers: text,
  insecure: flag,
};

const SESSIONS_MAX = 1000;

/** Node's default of 16 KiB is the most that a TLS record has. */
const HIGH_WATER_MARK = 16 * 1024;

/** @returns {Tls} throws what is wrong with the options, and nothing of what is secret in them */
export function readTls(value, name) {
  const options = readOptions(TABLE, value, name);
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw new TypeError(`${name}.cert and ${name}.key go together`);
  }
  return new Tls(options, name);
}

/** One session's side of TLS. */
export class Tls {
  #options;
  #context = null;
  #sessions = new Map(); // host -> ticket, the oldest first

  /** @param {TlsOptions} [options] read */
  constructor({ servername, insecure = false, ...context } = {}, name = 'tls') {
    this.insecure = insecure;
    this.#options = { servername, rejectUnauthorized: !insecure };
    // Without options of its own, with the first connection: Node's list of certificates takes a while to be read.
    if (Object.keys(context).length > 0) this.#context = makeContext(context, name);
  }

  /** The process is told where no certificate is looked at. */
  warn() {
    if (!this.insecure) return;
    process.emitWarning(
      'a session accepts any certificate (tls.insecure): what it sends can be read and changed on the way',
      {
        code: 'FETCHLOOP_INSECURE',
      },
    );
  }

  /**
   * Take a connection that stands under TLS. A host's last session is resumed.
   * @param {import('node:net').Socket} socket is closed when it fails
   * @param {{ hostname: string, port: number, protocols: string[], signal: AbortSignal }} options bare; ALPN's names
   * @returns {Promise<import('node:tls').TLSSocket>}
   */
  secure(socket, { hostname, port, protocols, signal }) {
    const host = `${hostname}:${port}`;
    const { servername = hostname.replace(/\.$/, ''), ...options } = this.#options;
    this.#context ??= makeContext({}, 'tls');
    /** @type {import('node:tls').ConnectionOptions & { highWaterMark: number }} */
    const connecting = {
      ...options,
      secureContext: this.#context,
      socket,
      // What the certificate must be for; an address is not a name that may be asked for (RFC 6066, 3).
      host: servername,
      servername: isName(servername) ? servername : '',
      ALPNProtocols: protocols,
      session: this.#sessions.get(host),
      highWaterMark: HIGH_WATER_MARK,
    };
    const secured = tls().connect(connecting);
    secured.on('session', (session) => this.#keep(host, session));
    return new Promise((resolve, reject) => {
      let ended = false;
      const end = (error) => {
        if (ended) return;
        ended = true;
        signal.removeEventListener('abort', onAbort);
        if (!error) return resolve(secured);
        secured.destroy();
        socket.destroy();
        reject(error);
      };
      const onAbort = () => end(signal.reason);
      signal.addEventListener('abort', onAbort);
      secured
        .on('secureConnect', () => end(null))
        .on('error', (error) => {
          inWords(error);
          if (!ended && secured.authorizationError) error.fetchloop = 'FL_ECERTIFICATE';
          end(error);
          // It stays, as in dial.js: with TLS 1.3, a server refuses a client's certificate later. Node would then tell of an
          // end, too, and undici of that alone.
          secured.destroy(error);
        })
        .on('close', () => end(Object.assign(new Error('closed during the TLS handshake'), { code: 'EPROTO' })));
      if (signal.aborted) onAbort();
    });
  }

  #keep(host, session) {
    this.#sessions.delete(host);
    if (this.#sessions.size >= SESSIONS_MAX) this.#sessions.delete(this.#sessions.keys().next().value);
    this.#sessions.set(host, session);
  }
}

function isName(host) {
  return !/^[\d.]+$/.test(host) && !host.includes(':');
}

function makeContext(options, name) {
  try {
    return tls().createSecureContext(options);
  } catch (error) {
    // OpenSSL's reasons name no contents: "key values mismatch", "bad decrypt", "no cipher match".
    throw new TypeError(`${name}: ${error.reason ?? error.message}`);
  }
}

function pem(value, name) {
  const content = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
  if (typeof content === 'string' && content.includes('-----BEGIN ')) return content;
  throw new TypeError(`${name} must be PEM (-----BEGIN …), as text or Buffer: the content of a file, not its path`);
}

/** What Node can't read of a CA it leaves out, and then trusts nobody. */
function certificates(value, name) {
  return [value].flat().map((one) => {
    const content = pem(one, name);
    const found = content.match(/-----BEGIN ([A-Z ]*CERTIFICATE)-----[\s\S]*?-----END \1-----/g);
    if (!found) throw new TypeError(`${name} has no certificate`);
    try {
      for (const certificate of found) new (crypto().X509Certificate)(certificate);
    } catch (error) {
      throw new TypeError(`${name} has a certificate that can't be read: ${error.reason ?? error.message}`);
    }
    return content;
  });
}

/** OpenSSL's own text has addresses, and its source files and lines. @param {Error & { library?: string, reason?: string }} error */
function inWords(error) {
  if (error.library && error.reason) error.message = error.reason;
}
