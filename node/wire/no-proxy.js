import { BlockList, isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import { bare, canonicalAddress } from './addresses.js';

/**
 * Hosts that are reached without a proxy, as curl reads NO_PROXY: names, which stand for all under them too, with or
 * without a dot before them; addresses and subnets (CIDR); each with a port if only that one is meant; `*` for all.
 * `localhost.` is localhost, [::ffff:10.0.0.1] is 10.0.0.1.
 */
export class NoProxy {
  #all = false;
  #names = []; // { name, port }
  #addresses = []; // { list, port }

  /**
   * @param {string} text between commas or spaces
   * @param {(entry: string) => void} [onBad] told of what is none of these; default: it is passed over, as curl does
   */
  constructor(text, onBad = () => {}) {
    for (const entry of text.split(/[\s,]+/)) {
      if (entry === '*') this.#all = true;
      else if (entry !== '' && !this.#addSubnet(entry) && !this.#addHost(entry)) onBad(entry);
    }
  }

  /** @param {string} hostname as URL has it @param {number} port */
  has(hostname, port) {
    if (this.#all) return true;
    const host = bare(hostname);
    const isIt = (entry) => entry.port === undefined || entry.port === port;
    if (isIP(host)) {
      const address = canonicalAddress(host);
      const family = isIPv4(address) ? 'ipv4' : 'ipv6';
      return this.#addresses.some((entry) => isIt(entry) && entry.list.check(address, family));
    }
    const name = plainName(host);
    return this.#names.some((entry) => isIt(entry) && (name === entry.name || name.endsWith(`.${entry.name}`)));
  }

  #addSubnet(entry) {
    const [, host, bits] = /^(.*)\/(\d{1,3})$/.exec(entry) ?? [];
    const address = host && bare(host);
    if (!address || !isIP(address) || Number(bits) > (isIPv4(address) ? 32 : 128)) return false;
    const list = new BlockList();
    list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6');
    this.#addresses.push({ list });
    return true;
  }

  #addHost(entry) {
    const { host, port } = isIP(entry) ? { host: entry } : split(entry);
    if (host === undefined) return false;
    const address = bare(host);
    if (isIP(address)) {
      const canonical = canonicalAddress(address);
      const list = new BlockList();
      list.addAddress(canonical, isIPv4(canonical) ? 'ipv4' : 'ipv6');
      this.#addresses.push({ list, port });
      return true;
    }
    const name = plainName(host.replace(/^\*?\./, ''));
    if (name === '') return false;
    this.#names.push({ name, port });
    return true;
  }
}

function split(entry) {
  const [, host, port] = /^(\[[^\]]+\]|[^:[\]/]+)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  return { host, port: port === undefined ? undefined : Number(port) };
}

/** As URL writes it, without the dot of a name that is whole. */
function plainName(name) {
  return domainToASCII(name).replace(/\.$/, '');
}
