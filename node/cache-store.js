import { createHash } from 'node:crypto';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { Writable } from 'node:stream';
import SqliteCacheStore from 'undici/lib/cache/sqlite-cache-store.js'; // Bun has an 'undici' of its own, without it

/**
 * @typedef {object} CacheOptions
 * @property {number} [maxSize] bytes in all, in memory only; 100 MiB
 * @property {number} [maxEntrySize] bytes a response; 5 MiB
 * @property {number} [maxCount] responses; 1024 in memory, 10,000 in a file
 * @property {string} [file] keep it in this SQLite file, for Node 22.5 and later
 */

const MAX_SIZE = 100 * 1024 * 1024;
const MAX_ENTRY_SIZE = 5 * 1024 * 1024;
const MAX_COUNT = 1024;
const MAX_COUNT_FILE = 10_000;
const CHUNK_BYTES = 64 * 1024;
/** Its name where a private cache is not to see it. */
export const HIDDEN_AUTHORIZATION = 'fetchloop-authorization';
/** Request headers that no store is to keep as they are. */
const SECRETS = ['authorization', 'cookie'];
/** What a response says once: obeyed again at a hit, it would set an old cookie, or wait for a quota that has long been renewed. */
const SAID_ONCE = /^(set-cookie|retry-after|(x-)?ratelimit(-.+)?)$/;

/** Where undici's cache keeps responses. @param {CacheOptions} options */
export function makeStore({ maxSize, maxEntrySize, maxCount, file }) {
  if (file === undefined) return new DiscreetStore(new MemoryStore(maxSize, maxEntrySize, maxCount));
  if (maxSize !== undefined)
    throw new TypeError('a cache in a file is bounded by maxCount and maxEntrySize, not by maxSize');
  return new DiscreetStore(openFile(file, maxEntrySize, maxCount));
}

/** A store that keeps neither credentials nor cookies, and whose failures cost no request. */
class DiscreetStore {
  #store;

  constructor(store) {
    this.#store = store;
  }

  get(key) {
    let found;
    try {
      found = this.#store.get(discreet(key));
    } catch {
      return undefined; // a file that is damaged, or locked
    }
    if (!found) return undefined;
    const vary = { ...found.vary };
    // As they were asked for with now: they match.
    for (const name of SECRETS) if (name in vary) vary[name] = key.headers?.[name] ?? null;
    return { ...found, vary, body: chunksOf(found.body) };
  }

  createWriteStream(key, value) {
    const headers = Object.fromEntries(Object.entries(value.headers).filter(([name]) => !SAID_ONCE.test(name)));
    const { 'stale-while-revalidate': _, ...cacheControlDirectives } = value.cacheControlDirectives;
    const secret = discreet(key);
    const vary = { ...value.vary, authorization: secret.headers.authorization ?? null };
    if ('cookie' in vary) vary.cookie = secret.headers.cookie ?? null;
    return this.#store.createWriteStream(secret, { ...value, headers, vary, cacheControlDirectives });
  }

  delete(key) {
    try {
      this.#store.delete(key);
    } catch {
      // As above.
    }
  }

  close() {
    this.#store.close();
  }
}

function discreet(key) {
  const { [HIDDEN_AUTHORIZATION]: authorization, ...headers } = key.headers;
  if (authorization !== undefined) headers.authorization = authorization;
  for (const name of SECRETS) {
    if (headers[name] !== undefined)
      headers[name] = createHash('sha256').update(String(headers[name])).digest('base64url');
  }
  return { ...key, headers };
}

/** For the reader to be able to pause. @param {Buffer | Buffer[] | undefined} body */
function chunksOf(body) {
  const chunks = [];
  for (const part of [body ?? []].flat()) {
    for (let at = 0; at < part.length; at += CHUNK_BYTES) chunks.push(part.subarray(at, at + CHUNK_BYTES));
  }
  return chunks;
}

/** Responses in memory; what was used longest ago leaves first, a URL with all its variants. */
class MemoryStore {
  #sizeMax;
  #entrySizeMax;
  #countMax;
  #size = 0;
  #count = 0;
  /** @type {Map<string, object[]>} by URL, the one used last at the end */
  #urls = new Map();

  constructor(maxSize = MAX_SIZE, maxEntrySize = MAX_ENTRY_SIZE, maxCount = MAX_COUNT) {
    this.#sizeMax = maxSize;
    this.#entrySizeMax = maxEntrySize;
    this.#countMax = maxCount;
  }

  get(key) {
    const entries = this.#urls.get(urlOf(key));
    const entry = entries?.find((candidate) => isAnswerTo(candidate, key));
    if (!entry || entry.deleteAt <= Date.now()) return undefined;
    this.#urls.delete(urlOf(key));
    this.#urls.set(urlOf(key), entries);
    return entry;
  }

  createWriteStream({ method, ...key }, value) {
    const announced = Number(value.headers['content-length'] ?? 0);
    if (method !== 'HEAD' && announced > this.#entrySizeMax) return undefined;
    const entry = { ...value, method, size: JSON.stringify(value.headers).length, body: [] };
    this.#size += entry.size;
    let kept = false;
    return new Writable({
      // Writing is at once: nobody has to wait for it.
      highWaterMark: this.#entrySizeMax + 1,
      write: (chunk, _encoding, done) => {
        entry.body.push(chunk);
        entry.size += chunk.length;
        this.#size += chunk.length;
        this.#shed();
        done(entry.size > this.#entrySizeMax || this.#size > this.#sizeMax ? new Error('too big to be kept') : null);
      },
      final: (done) => {
        entry.body = Buffer.concat(entry.body); // a chunk holds all that was read from the socket with it
        kept = true;
        this.#put({ method, ...key }, entry);
        done();
      },
      destroy: (error, done) => {
        if (!kept) this.#size -= entry.size;
        done(error);
      },
    });
  }

  delete(key) {
    this.#drop(urlOf(key));
  }

  close() {
    for (const url of this.#urls.keys()) this.#drop(url);
  }

  #put(key, entry) {
    const url = urlOf(key);
    const now = Date.now();
    const others = this.#urls.get(url) ?? [];
    const left = others.filter((other) => other.deleteAt > now && !isAnswerTo(other, key));
    for (const other of others) if (!left.includes(other)) this.#size -= other.size;
    this.#count += 1 + left.length - others.length;
    this.#urls.delete(url);
    this.#urls.set(url, [...left, entry]);
    this.#shed();
  }

  #shed() {
    for (const url of this.#urls.keys()) {
      if (this.#size <= this.#sizeMax && this.#count <= this.#countMax) return;
      this.#drop(url);
    }
  }

  #drop(url) {
    const entries = this.#urls.get(url) ?? [];
    for (const { size } of entries) this.#size -= size;
    this.#count -= entries.length;
    this.#urls.delete(url);
  }
}

const urlOf = ({ origin, path }) => `${origin}${path}`;

function isAnswerTo({ method, vary }, key) {
  if (method !== key.method) return false;
  return Object.entries(vary).every(([name, value]) => String(key.headers[name] ?? null) === String(value));
}

/** Only its owner can read it: it holds what he was answered. */
function openFile(file, maxEntrySize = MAX_ENTRY_SIZE, maxCount = MAX_COUNT_FILE) {
  if (!isBuiltin('node:sqlite')) {
    throw new Error(`a cache in a file needs node:sqlite, in Node 22.13 and later; this is ${process.version}`);
  }
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  return new SqliteCacheStore({ location: file, maxEntrySize, maxCount });
}
