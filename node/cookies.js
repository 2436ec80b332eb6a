import { open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { isReplaceable } from './is-replaceable.js';

/** Loaded with the first jar: its list of public suffixes takes 50 ms and 10 MB. @type {typeof import('tough-cookie')} */
let library;
const require = createRequire(import.meta.url);
function tough() {
  library ??= require('tough-cookie');
  return library;
}

/** What RFC 6265, 6.1, asks for at least, as browsers have it. */
const COOKIE_BYTES_MAX = 4096;
const COOKIES_A_SITE_MAX = 180;
const COOKIES_MAX = 3000;
/** Of a site, and in all, how many leave together: finding the least used takes a look at each. */
const LEAVE_A_SITE = 30;
const LEAVE = 300;
const FILE_BYTES_MAX = 32 * 1024 * 1024;
const LAST_EXPIRY_MS = Date.UTC(9999, 11, 31);

const FILE_HEADER = `# Netscape HTTP Cookie File
# https://curl.se/docs/http-cookies.html

`;
const HTTP_ONLY = '#HttpOnly_';

/**
 * @typedef {object} PlainCookie
 * @property {string} name
 * @property {string} value
 * @property {string} domain without a leading dot
 * @property {boolean} hostOnly for this very host, and not for those below it
 * @property {string} path
 * @property {boolean} secure
 * @property {boolean} httpOnly
 * @property {Date | null} expires null: with the session
 */

/** A session's cookies: RFC 6265bis, by tough-cookie; bounded; kept in the files that curl's -b and -c read and write. */
export class Cookies {
  #store = new SiteStore();
  #jar = new (tough().CookieJar)(/** @type {import('tough-cookie').Store} */ (/** @type {unknown} */ (this.#store)));
  #saving = Promise.resolve();

  /** An empty one: store() and load() fill it. @param {never[]} given */
  constructor(...given) {
    if (given.length > 0)
      throw new TypeError("new Cookies() takes nothing: jar.store(url, 'name=value') keeps a cookie");
  }

  /** The value of the Cookie header of a request, '' when none is to be sent. @param {string} url */
  header(url) {
    return this.#store.size > 0 ? this.#jar.getCookieStringSync(contextOf(url)) : '';
  }

  /**
   * Keep what a response set. What is not allowed is ignored, as browsers do.
   * @param {string} url of the request that was answered
   * @param {string | string[]} setCookie each Set-Cookie header's value
   */
  store(url, setCookie) {
    const context = contextOf(url);
    for (const text of Array.isArray(setCookie) ? setCookie : [setCookie]) {
      const cookie = parse(text, context);
      if (cookie && !this.#wouldHideSecure(cookie, context)) this.#keep(cookie, context);
    }
  }

  clear() {
    this.#store.clear();
  }

  /** @returns {Generator<PlainCookie>} */
  *[Symbol.iterator]() {
    const now = Date.now();
    for (const cookie of this.#store) {
      if (!isExpired(cookie, now)) yield plainOf(cookie);
    }
  }

  /**
   * Read a cookies.txt. One that doesn't exist holds no cookies. As curl does, cookies of a session are read too.
   * @param {string} file
   * @throws an error that names file and line of what can't be understood
   */
  static async load(file) {
    const cookies = new Cookies();
    const lines = (await textOf(file)).split(/\r?\n/);
    for (const [i, line] of lines.entries()) {
      if (line.trim() === '' || (line.startsWith('#') && !line.startsWith(HTTP_ONLY))) continue;
      const cookie = parseLine(line, `${file}:${i + 1}`);
      const context = { hostname: cookie.domain, pathname: '/', protocol: 'https:' };
      if (cookie.hostOnly) cookie.domain = null;
      else if (isPublicSuffix(cookie.domain)) continue;
      cookies.#keep(cookie, context);
    }
    return cookies;
  }

  /**
   * Write a cookies.txt that only its owner can read, in place of what was there. It is there as a whole or not at all, and a
   * symbolic link is replaced, not followed. A second save begins when the first has ended.
   * @param {string} file
   */
  save(file) {
    const saved = this.#saving.then(() => replaceFile(file, () => FILE_HEADER + [...this].map(lineOf).join('')));
    this.#saving = saved.catch(() => {});
    return saved;
  }

  #keep(cookie, context) {
    if (!isAllowed(cookie)) return;
    this.#jar.setCookieSync(cookie, context, { ignoreError: true });
    if (isExpired(cookie, Date.now())) this.#store.remove(cookie);
  }

  /** "Leave Secure Cookies Alone" (RFC 6265bis, 5.7): who can write to a plain connection must not replace a login. */
  #wouldHideSecure(cookie, { protocol, hostname, pathname }) {
    if (protocol === 'https:' || LOCAL.test(hostname)) return false;
    const host = cookie.domain ?? tough().canonicalDomain(hostname);
    const path = cookie.path ?? tough().defaultPath(decodeURI(pathname));
    const isHidden = (kept) =>
      kept.secure &&
      kept.key === cookie.key &&
      (isWithin(kept.domain, host) || isWithin(host, kept.domain)) &&
      tough().pathMatch(path, kept.path);
    return this.#store.ofSite(host).some(isHidden);
  }
}

/** Where a connection is as good as a secure one. */
const LOCAL = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;

/** tough-cookie's store, bounded as browsers' are: by site, so that many subdomains don't drive out all others' cookies. */
class SiteStore {
  synchronous = true;
  size = 0;
  /** @type {Map<string, Map<string, import('tough-cookie').Cookie>>} */
  #sites = new Map();

  /** @param {string} domain @returns {import('tough-cookie').Cookie[]} */
  ofSite(domain) {
    return [...(this.#sites.get(siteOf(domain))?.values() ?? [])];
  }

  *[Symbol.iterator]() {
    for (const site of this.#sites.values()) yield* site.values();
  }

  clear() {
    this.#sites.clear();
    this.size = 0;
  }

  remove(cookie) {
    const name = siteOf(cookie.domain);
    const site = this.#sites.get(name);
    if (!site?.delete(idOf(cookie))) return;
    this.size -= 1;
    if (site.size === 0) this.#sites.delete(name);
  }

  #put(cookie) {
    const name = siteOf(cookie.domain);
    const site = this.#sites.get(name) ?? new Map();
    const id = idOf(cookie);
    if (!site.has(id)) this.size += 1;
    site.set(id, cookie);
    this.#sites.set(name, site);
    if (site.size > COOKIES_A_SITE_MAX) this.#shed(site.values(), LEAVE_A_SITE);
    if (this.size > COOKIES_MAX) this.#shed(this, LEAVE);
  }

  /** Let the expired and then the least used leave. */
  #shed(cookies, count) {
    const now = Date.now();
    const rank = (cookie) => (isExpired(cookie, now) ? 0 : cookie.lastAccessed.getTime());
    const ranked = [...cookies].map((cookie) => ({ cookie, rank: rank(cookie) }));
    ranked.sort((a, b) => a.rank - b.rank || a.cookie.creationIndex - b.cookie.creationIndex);
    for (const { cookie } of ranked.slice(0, count)) this.remove(cookie);
  }

  // What tough-cookie calls; it filters what is found by domain, path, and expiry itself.

  findCookie(domain, path, key, callback) {
    callback(null, this.#sites.get(siteOf(domain))?.get(idOf({ domain, path, key })));
  }

  findCookies(domain, _path, _allowSpecialUseDomain, callback) {
    callback(null, this.ofSite(domain));
  }

  putCookie(cookie, callback) {
    this.#put(cookie);
    callback(null);
  }

  updateCookie(_old, cookie, callback) {
    this.putCookie(cookie, callback);
  }

  removeCookie(domain, path, key, callback) {
    this.remove({ domain, path, key });
    callback(null);
  }
}

/** Neither domain nor path nor name can hold a line's end. */
const idOf = ({ domain, path, key }) => `${domain}\n${path}\n${key}`;

/** The domain that one pays for, as far as there is one. @param {string} domain */
const siteOf = (domain) => tough().getPublicSuffix(domain, { ignoreError: true }) || domain;

/** @param {string} domain */
function isPublicSuffix(domain) {
  return !isIP(domain) && !tough().getPublicSuffix(domain, { ignoreError: true });
}

/** @param {string} host @param {string} domain */
function isWithin(host, domain) {
  return host === domain || (host.endsWith(`.${domain}`) && !isIP(host));
}

/** Of a URL, what matters. tough-cookie would decode the path; browsers and curl compare it as it was sent. */
function contextOf(url) {
  const { hostname, pathname, protocol } = new URL(url);
  return /** @type {URL} */ ({ hostname, pathname: pathname.replaceAll('%', '%25'), protocol });
}

/** @returns {import('tough-cookie').Cookie | undefined} */
function parse(text, { hostname }) {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) return undefined;
  const cookie = tough().Cookie.parse(text);
  if (!cookie) return undefined;
  if (cookie.maxAge !== null) {
    // Counted from now: tough-cookie would count from the last use.
    cookie.expires = new Date(Math.max(0, Math.min(Date.now() + Number(cookie.maxAge) * 1000, LAST_EXPIRY_MS)));
    cookie.maxAge = null;
  }
  if (cookie.domain === null) return cookie;
  const domain = canonicalOrNothing(cookie.domain);
  if (domain === undefined) return undefined;
  cookie.domain = domain;
  if (isPublicSuffix(domain)) {
    if (domain !== tough().canonicalDomain(hostname)) return undefined; // curl CVE-2023-46218
    cookie.domain = null; // RFC 6265, 5.3, 5: for that host alone
  }
  return cookie;
}

function canonicalOrNothing(domain) {
  try {
    return tough().canonicalDomain(domain);
  } catch {
    return undefined;
  }
}

/** What tough-cookie doesn't look at, or not as RFC 6265bis does. @param {import('tough-cookie').Cookie} cookie */
function isAllowed({ key, value, path, domain, hostOnly, secure }) {
  if (key.length + value.length > COOKIE_BYTES_MAX || (path ?? '').length > COOKIE_BYTES_MAX) return false;
  if (/\t/.test(key + value + path)) return false; // which no line of a cookies.txt can hold; curl refuses it too
  if (/^__secure-/i.test(key)) return secure;
  if (/^__host-/i.test(key)) return secure && path === '/' && (hostOnly || domain === null);
  return true;
}

/** @param {import('tough-cookie').Cookie} cookie @param {number} now */
const isExpired = ({ expires }, now) => expires instanceof Date && expires.getTime() <= now;

/** @param {import('tough-cookie').Cookie} cookie @returns {PlainCookie} */
function plainOf({ key, value, domain, hostOnly, path, secure, httpOnly, expires }) {
  return {
    name: key,
    value,
    domain,
    hostOnly: hostOnly === true,
    path,
    secure,
    httpOnly,
    expires: expires instanceof Date ? expires : null,
  };
}

// The file.

/** Each byte is a character, as in HTTP's headers. */
const ENCODING = 'latin1';

async function textOf(file) {
  try {
    const { size } = await stat(file);
    if (size > FILE_BYTES_MAX) throw new Error(`${file}: ${size} bytes are too many for a file of cookies`);
    return (await readFile(file, ENCODING)).replace(/^\xef\xbb\xbf/, '');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

/** @param {PlainCookie} cookie */
function lineOf({ name, value, domain, hostOnly, path, secure, httpOnly, expires }) {
  const fields = [
    (httpOnly ? HTTP_ONLY : '') + (hostOnly ? '' : '.') + domain,
    hostOnly ? 'FALSE' : 'TRUE',
    path,
    secure ? 'TRUE' : 'FALSE',
    expires ? Math.ceil(expires.getTime() / 1000) : 0,
    name,
    value,
  ];
  return `${fields.join('\t')}\n`;
}

/** @param {string} line @param {string} place for the error, which doesn't repeat a secret */
function parseLine(line, place) {
  const httpOnly = line.startsWith(HTTP_ONLY);
  const fields = (httpOnly ? line.slice(HTTP_ONLY.length) : line).split('\t');
  if (fields.length === 6) fields.push(''); // a value of nothing, as some write it
  if (fields.length !== 7) throw new Error(`${place}: ${fields.length} fields, where a cookie has 7`);
  const [host, below, path, secure, expiry, name, value] = fields;
  const domain = canonicalOrNothing(host.replace(/^\[(.*)\]$/, '$1'));
  const seconds = Number(expiry);
  if (!domain || /[\s/]/.test(domain)) throw new Error(`${place}: no domain`);
  if (!path.startsWith('/')) throw new Error(`${place}: a path that doesn't begin with /`);
  if (!Number.isFinite(seconds) || seconds < 0) throw new Error(`${place}: no time of expiry`);
  if (!name || /[=;]/.test(name) || value.includes(';') || /[^\x20-\x7e\x80-\xff]/.test(name + value + path))
    throw new Error(`${place}: no name and value`);
  return new (tough().Cookie)({
    key: name,
    value,
    domain,
    path,
    httpOnly,
    hostOnly: !isTrue(below, place),
    secure: isTrue(secure, place),
    expires: seconds > 0 ? new Date(Math.min(seconds * 1000, LAST_EXPIRY_MS)) : 'Infinity',
  });
}

function isTrue(field, place) {
  const text = field.toUpperCase();
  if (text !== 'TRUE' && text !== 'FALSE') throw new Error(`${place}: neither TRUE nor FALSE`);
  return text === 'TRUE';
}

/** @param {string} file @param {() => string} text */
async function replaceFile(file, text) {
  if (!(await isReplaceable(file))) throw new Error(`${file}: not a file, nothing is written in its place`);
  const { randomBytes } = await import('node:crypto');
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(text(), ENCODING);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary);
    throw error;
  }
}
