import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { kindOf } from '../../web/common/kind-of.js';
import { count, oneOf, pause, readOptions } from '../../web/options.js';
import { printable } from '../../web/response/errors.js';
import { failure } from './wire-errors.js';

/**
 * How names are resolved.
 * @typedef {object} DnsOptions
 * @property {number | false} [ttl] seconds that an answer is used for, at most; default 60, as curl's; false or 0: each
 *   connection asks anew, though one at a time for a name. Failures are not kept. The system doesn't say for how long an
 *   answer is good; what it has cached itself comes on top.
 * @property {number} [size] names that are kept; default 1,000. The one that was resolved longest ago goes first.
 * @property {4 | 6} [family] only addresses of that family; default both
 * @property {Record<string, string | string[]>} [hosts] addresses in place of DNS's: by 'host:port', 'host:*' or '*:port'
 *   (curl: --resolve)
 * @property {Lookup} [lookup] in place of dns.lookup(), which asks as all programs of the system do (getaddrinfo: hosts
 *   file, mDNS, …); its signature, with `all: true`
 */

/**
 * The same, read.
 * @typedef {Omit<DnsOptions, 'family' | 'ttl' | 'hosts'> & { family?: 0 | 4 | 6, ttl?: number, hosts?: Map<string, string[]> }} ReadDnsOptions
 */

/** @typedef {(hostname: string, options: object, callback: (error: Error | null, addresses: any, family?: number) => void) => void} Lookup */

const TABLE = {
  ttl: (value, name) => (value === false ? 0 : pause(value, name)),
  size: count(1),
  family: oneOf(4, 6),
  hosts,
  lookup(value, name) {
    if (typeof value === 'function') return value;
    throw new TypeError(`${name} must be a function such as dns.lookup, not ${typeof value}`);
  },
};

/** @returns {Map<string, string[]>} */
function hosts(value, name) {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${name} has addresses by 'host:port', not ${kindOf(value)}`);
  }
  const read = new Map();
  for (const [host, list] of Object.entries(value)) {
    const addresses = [list].flat();
    const bad = addresses.find((address) => isIP(address) === 0);
    if (bad !== undefined) throw new TypeError(`${name}: ${printable(String(bad))} is not an IP address`);
    const [, given, port] = /^([^:]+):(\d+|\*)$/.exec(host) ?? [];
    const hostname = given && domainToASCII(given); // as a URL has it
    if (!hostname || addresses.length === 0) {
      throw new TypeError(`${name} has addresses by 'host:port', not ${printable(host)}`);
    }
    read.set(`${hostname}:${port}`, addresses);
  }
  return read;
}

/** @type {import('../../web/options.js').Reader} */
export function readDns(value, name) {
  return readOptions(TABLE, value, name);
}

/** Without the import's look at all that it exports, such as dns.promises: 2 ms. @type {Lookup} */
function systemLookup(name, options, callback) {
  process.getBuiltinModule('node:dns').lookup(name, options, callback);
}

/** The addresses of names, for as long as they may be used. Those who ask for a name at one time wait for one answer. */
export class Names {
  #lookup;
  #ttl;
  #size;
  #options;
  #hosts;
  #known = new Map(); // name -> Answer, the oldest first
  #asked = new Map(); // name -> Promise<Answer>

  /** @param {ReadDnsOptions} [options] */
  constructor({ ttl = 60, size = 1000, family = 0, hosts, lookup = systemLookup } = {}) {
    this.#lookup = lookup;
    this.#hosts = hosts;
    this.#ttl = ttl * 1000;
    this.#size = size;
    this.#options = { all: true, family };
  }

  /**
   * What is known, at once.
   * @param {string} name
   * @param {number} port
   * @returns {{ address: string, family: number }[] | null}
   */
  known(name, port) {
    const given = this.#hosts && this.#given(name, port);
    if (given) return given.map((address) => ({ address, family: isIP(address) }));
    const answer = this.#known.get(name);
    if (!answer) return null;
    if (performance.now() < answer.until) return answer.next();
    this.#known.delete(name);
    return null;
  }

  #given(name, port) {
    const keys = [`${name}:${port}`, `${name}:*`, `*:${port}`, '*:*'];
    return keys.map((key) => this.#hosts.get(key)).find((addresses) => addresses);
  }

  /** @param {string} name @returns {Promise<{ address: string, family: number }[]>} */
  async resolve(name) {
    let asked = this.#asked.get(name);
    if (!asked) {
      asked = this.#ask(name).finally(() => this.#asked.delete(name));
      this.#asked.set(name, asked);
    }
    return (await asked).next();
  }

  async #ask(name) {
    const asking = new Promise((resolve, reject) => {
      this.#lookup(name, { ...this.#options }, (error, found, family) => {
        if (error) reject(error);
        else resolve(Array.isArray(found) ? found : [{ address: found, family }]);
      });
    });
    const addresses = await asking.catch((error) => {
      throw unresolved(error);
    });
    const answer = new Answer(name, addresses, performance.now() + this.#ttl);
    if (this.#ttl > 0) this.#keep(name, answer);
    return answer;
  }

  #keep(name, answer) {
    this.#known.delete(name);
    if (this.#known.size >= this.#size) this.#known.delete(this.#known.keys().next().value);
    this.#known.set(name, answer);
  }
}

/** What getaddrinfo and c-ares say when it isn't the name that is wrong, but who was asked. */
const LATER = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'EREFUSED', 'ESERVFAIL', 'ETIMEOUT']);

function unresolved(error) {
  return Object.assign(error, { fetchloop: LATER.has(error.code) ? 'FL_ERESOLVELATER' : 'FL_ERESOLVE' });
}

/** Addresses, of which each who asks gets another first: so a host's connections spread over its servers. */
class Answer {
  until;
  #families;
  #turn = 0;

  constructor(name, addresses, until) {
    const valid = addresses.filter(({ address }) => isIP(address) !== 0);
    if (valid.length === 0) {
      throw failure('FL_ERESOLVE', `no address for ${name}`);
    }
    this.until = until;
    // Which family comes first is the system's choice (RFC 6724).
    const families = new Map(valid.map(({ address }) => [isIP(address), []]));
    for (const { address } of valid) families.get(isIP(address)).push({ address, family: isIP(address) });
    this.#families = [...families.values()];
  }

  next() {
    const turn = this.#turn++;
    return this.#families.flatMap((list) => {
      const first = turn % list.length;
      return [...list.slice(first), ...list.slice(0, first)];
    });
  }
}
