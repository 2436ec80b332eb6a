import { BlockList, isIP, isIPv4 } from 'node:net';
import { failure } from './wire-errors.js';

/**
 * Which addresses the public Internet reaches: what IANA's registries of special-purpose addresses leave over (RFC 6890 and
 * its updates). Who fetches URLs that strangers gave, must not be sent to his own network with them.
 */
const NOT_PUBLIC_IPV4 = lazyList('ipv4', [
  ['0.0.0.0', 8], // "this network"; Linux takes it for loopback
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, where clouds keep their metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
]);

/** All that is given out so far; what is not, such as ::1, fc00::/7, fe80::/10 and ff00::/8, is not public. */
const GLOBAL_IPV6 = lazyList('ipv6', [['2000::', 3]]);
const NOT_PUBLIC_IPV6 = lazyList('ipv6', [
  ['2001::', 23], // protocol assignments: Teredo, which holds an IPv4 address, benchmarking, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which holds an IPv4 address; given up (RFC 7526)
  ['3ffe::', 16], // 6bone, returned
  ['3fff::', 20], // documentation
]);

/** An IPv4 address in other words: mapped, and as NAT64 translates it. As URL writes IPv6 addresses. */
const HOLDS_IPV4 = /^(?:::ffff:|64:ff9b::)([\da-f]{1,4}):([\da-f]{1,4})$/;

/** Few sessions ask, so it is made for the first who does. @returns {() => BlockList} */
function lazyList(family, subnets) {
  let list = null;
  return () => {
    list ??= makeList(family, subnets);
    return list;
  };
}

function makeList(family, subnets) {
  const list = new BlockList();
  for (const [address, bits] of subnets) list.addSubnet(address, bits, family);
  return list;
}

/**
 * @param {string} address as getaddrinfo gives it, a zone (`%eth0`) included
 * @returns {string} the one way to write it, IPv4 in IPv6 as IPv4
 */
export function canonicalAddress(address) {
  const [plain] = address.split('%');
  if (isIPv4(plain)) return plain;
  const ipv6 = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const [, high, low] = HOLDS_IPV4.exec(ipv6) ?? [];
  return high === undefined ? ipv6 : ipv4Of(Number.parseInt(high, 16), Number.parseInt(low, 16));
}

function ipv4Of(high, low) {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** @param {string} address a valid one */
export function isPublic(address) {
  const canonical = canonicalAddress(address);
  if (isIPv4(canonical)) return !NOT_PUBLIC_IPV4().check(canonical, 'ipv4');
  return GLOBAL_IPV6().check(canonical, 'ipv6') && !NOT_PUBLIC_IPV6().check(canonical, 'ipv6');
}

/** A host as URL has it, without the brackets of IPv6. @param {string} hostname */
export function bare(hostname) {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/**
 * @param {string} hostname bare
 * @returns {{ address: string, family: number }[] | null} null for a name, which has yet to be resolved
 */
export function literal(hostname) {
  const family = isIP(hostname);
  return family === 0 ? null : [{ address: hostname, family }];
}

/**
 * Those that may be connected to. A name may have public and private addresses at once, or in turn: just these are
 * connected to, and it isn't resolved again.
 * @template {{ address: string }} T
 * @param {T[]} addresses
 * @param {string} hostname for the error
 * @returns {T[]}
 */
export function onlyPublic(addresses, hostname) {
  const those = addresses.filter(({ address }) => isPublic(address));
  if (those.length > 0) return those;
  const found = addresses.map(({ address }) => address).join(', ');
  throw failure('FL_EADDRESS', found === hostname ? found : `${hostname} is ${found}`);
}
