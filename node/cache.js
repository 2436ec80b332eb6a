import { Readable } from 'node:stream';
import makeInterceptor from 'undici/lib/interceptor/cache.js';
import { keep } from './body/read-buffers.js';
import { HIDDEN_AUTHORIZATION, makeStore } from './cache-store.js';

const METHODS = ['GET', 'HEAD'];
const UNSAFE_NOT = ['OPTIONS', 'TRACE', 'CONNECT'];

/** Who asks so, minds the validators or the range himself, and gets just what the server says. */
const NOT_FOR_CACHES = new Set([
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
]);

const ONLY_STORED = /\bonly-if-cached\b/i;

/** What a 304 says of these is of itself, and not of the response that it confirms (RFC 9111, 3.2). */
const NOT_UPDATED = new Set(['content-encoding', 'content-length', 'content-range', 'content-type']);

/**
 * An HTTP cache (RFC 9111), undici's, for as many pools as there are.
 * @param {boolean | import('./cache-store.js').CacheOptions & { type?: 'private' | 'shared' }} option
 *   private: of one user, as a browser's, which is how it is; shared: as a proxy's
 * @returns {Cache | undefined} undefined for false
 */
export function makeCache(option) {
  if (option === false || option === undefined) return undefined;
  return new Cache(option === true ? {} : option);
}

/**
 * undici's cache as a session can use it. What undici 7's does that a session can't have:
 * - a response that a 304 confirmed is dropped, or stays stale and says so: here it is as good as new (RFC 9111, 4.3.4);
 * - while it asks whether a stored response is still good, the request can't be cancelled: here it can;
 * - a server that can't be reached is no error for stale-if-error, as a 503 is (RFC 5861, 4): here it is;
 * - it resumes a response that its reader has paused;
 * - it asks for itself, in the background (stale-while-revalidate), beyond any limit: here never;
 * - its memory grows beyond maxSize when each URL has one response;
 * - Authorization doesn't count: here, who has other credentials has other responses;
 * - it keeps nothing for who has credentials, as only a shared one must (RFC 9111, 3.5): from a private one they are hidden;
 * - a stored Set-Cookie would set an old cookie again, a stored RateLimit or Retry-After hold up a host that said it long ago: here
 *   they aren't stored;
 * - it asks whether a failure is still as it was when it was stored, which any older page would confirm: here that isn't asked;
 * - a 103 before a 304 breaks it; only-if-cached without a stored response never ends.
 *
 * A request that is made `again`, as its options then say, is for the server, which may confirm what is stored.
 *
 * A handler sees of a response from the cache what it sees of another, and not before dispatch() has returned: onRequestStart once,
 * onResponseStart with status, headers (`age` among them) and reason, onResponseData in chunks of at most 64 KiB,
 * onResponseEnd with no trailers. A chunk is the cache's own: not to be written to or transferred. The controller pauses,
 * resumes, aborts, and has rawHeaders, their names in lower case; its `fromCache` says that no server was asked.
 */
class Cache {
  constructor({ type = 'private', ...options }) {
    this.isPrivate = type === 'private';
    this.store = makeStore(options);
    this.intercept = makeInterceptor({ store: this.store, methods: METHODS, type });
  }

  /** @param {{ dispatch: import('undici').Dispatcher['dispatch'] }} dispatcher of one origin, say */
  wrap(dispatcher) {
    return {
      dispatch: (options, handler) => {
        if (!isForCaches(options)) return dispatcher.dispatch(options, handler);
        new Exchange(dispatcher, this, options, handler).begin();
        return true;
      },
    };
  }

  close() {
    this.store.close();
  }
}

/** Unsafe methods are: what they change is dropped. With a Host of its own a request is for another site than its URL's. */
function isForCaches({ method, headers, body }) {
  const names = inTurn(headers).flatMap((text, i) => (i % 2 === 0 ? String(text).toLowerCase() : []));
  if (names.includes('host')) return false;
  if (!METHODS.includes(method)) return !UNSAFE_NOT.includes(method);
  if (body !== undefined && body !== null) return false;
  return !names.some((name) => NOT_FOR_CACHES.has(name));
}

/**
 * Names and values in turn, of headers as undici takes them: so, as an object, or as another iterable of pairs.
 * @returns {any[]}
 */
function inTurn(headers) {
  if (!headers) return [];
  if (Array.isArray(headers)) return headers;
  return (typeof headers[Symbol.iterator] === 'function' ? [...headers] : Object.entries(headers)).flat();
}

function withoutCredentials(headers) {
  const isCredentials = (text, i) => i % 2 === 0 && String(text).toLowerCase() === 'authorization';
  return inTurn(headers).map((text, i) => (isCredentials(text, i) ? HIDDEN_AUTHORIZATION : text));
}

/**
 * A request on its way through undici's cache: the handler that the cache calls, and what it asks the server through. To the
 * session's handler it is one request with one controller, wherever the response comes from.
 */
class Exchange {
  #dispatcher;
  #cache;
  #options;
  #handler;
  #controller = new Controller(() => this.#drop());
  #beginning = false;
  #started = false;
  #ended = false;
  /** What is to be told when dispatch() has returned: a server, too, never answers before. */
  #later;

  constructor(dispatcher, cache, options, handler) {
    this.#dispatcher = dispatcher;
    this.#cache = cache;
    this.#options = options;
    this.#handler = handler;
  }

  get handler() {
    return this.#handler;
  }

  begin() {
    const { intercept, isPrivate } = this.#cache;
    const { headers, again } = this.#options;
    const seen = isPrivate ? withoutCredentials(headers) : [...inTurn(headers)];
    // What is stored may be why.
    if (again && !seen.some((text) => ONLY_STORED.test(text))) seen.push('cache-control', 'no-cache');
    this.#beginning = true;
    intercept((options, handler) => this.#ask(options, handler))({ ...this.#options, headers: seen }, this);
    this.#beginning = false;
  }

  /** The cache made an object of the headers: the server gets those that were given, and as they were given. */
  #ask(options, cacheHandler) {
    const validators = Object.entries(options.headers).filter(([name]) => NOT_FOR_CACHES.has(name));
    let { headers } = this.#options;
    let stored;
    if (validators.length > 0) {
      stored = this.#cache.store.get({ ...options, origin: String(options.origin) });
      if (mayBeConfirmed(stored)) headers = [...inTurn(headers), ...validators.flat()];
    }
    return this.#dispatcher.dispatch({ ...options, headers }, new Answer(this, this.#controller, cacheHandler, stored));
  }

  /** Whether a stored response, which is stale, may stand in where the server can't be reached: as undici has it of a 504. */
  mayStandIn({ staleAt, cacheControlDirectives: says }) {
    const mustAskIfShared = says['proxy-revalidate'] || says['s-maxage'] !== undefined;
    if (says['must-revalidate'] || (!this.#cache.isPrivate && mustAskIfShared)) return false;
    return Date.now() < staleAt + (says['stale-if-error'] ?? 0) * 1000;
  }

  #drop() {
    const { origin, path, method } = this.#options;
    this.#cache.store.delete({ origin: String(origin), path, method, headers: {} });
  }

  /** The server is being asked. undici's cache would tell it only when the server has answered. */
  start(source, context) {
    this.#controller.source = source;
    if (this.#started) return;
    this.#started = true;
    this.#tell('onRequestStart', context);
  }

  #tell(what, ...args) {
    if (this.#later) this.#later.push([what, ...args]);
    else if (!this.#ended) {
      this.#ended = what === 'onResponseEnd' || what === 'onResponseError';
      this.#handler[what]?.(this.#controller, ...args);
    }
  }

  #tellAll() {
    const events = this.#later;
    this.#later = undefined;
    try {
      for (const event of events) this.#tell(...event);
    } catch (error) {
      this.#controller.abort(error);
      this.#tell('onResponseError', error);
    }
  }

  // What the cache calls.

  onRequestStart(source, context) {
    if (source instanceof CacheSide) return; // start() was there first
    this.#controller.fromCache = !this.#started;
    if (this.#beginning && !this.#started) {
      this.#later = [];
      queueMicrotask(() => this.#tellAll());
    }
    this.start(source, context);
  }

  onRequestUpgrade(_source, ...upgrade) {
    this.#tell('onRequestUpgrade', ...upgrade);
  }

  onResponseStart(_source, ...head) {
    this.#tell('onResponseStart', ...head);
  }

  onResponseData(_source, chunk) {
    this.#tell('onResponseData', chunk);
  }

  onResponseEnd(_source, trailers) {
    this.#tell('onResponseEnd', trailers);
  }

  onResponseError(_source, error) {
    this.#tell('onResponseError', error);
  }

  // What it calls, as undici 5 did, for only-if-cached when nothing is.

  onHeaders(status, _rawHeaders, _resume, reason) {
    this.onRequestStart(NO_SOURCE, null);
    this.onResponseStart(null, status, {}, reason);
  }

  onComplete() {
    this.onResponseEnd(null, {});
  }
}

const NO_SOURCE = { pause() {}, resume() {}, abort() {}, paused: false, aborted: false, reason: null, rawHeaders: [] };

/** The session's handler's: of whatever the response comes from. It flows when neither the reader nor the cache holds it. */
class Controller {
  /** @type {import('undici').Dispatcher.DispatchController} */
  source = NO_SOURCE;
  /** Whether no server was asked. */
  fromCache = false;
  #onUndecodable;
  #readerHolds = false;
  #cacheHolds = false;

  constructor(onUndecodable) {
    this.#onUndecodable = onUndecodable;
  }

  get rawHeaders() {
    return this.source.rawHeaders;
  }

  get paused() {
    return this.#readerHolds;
  }

  get aborted() {
    return this.source.aborted;
  }

  get reason() {
    return this.source.reason;
  }

  get rawTrailers() {
    return this.source.rawTrailers ?? [];
  }

  pause() {
    this.#readerHolds = true;
    this.source.pause();
  }

  resume() {
    this.#readerHolds = false;
    if (!this.#cacheHolds) this.source.resume();
  }

  /** What can't be decoded couldn't be at the next hit either. */
  abort(reason) {
    if (reason?.fetchloop === 'FL_EENCODING') this.#onUndecodable();
    this.source.abort(reason);
  }

  holdForCache(holds) {
    this.#cacheHolds = holds;
    if (holds) this.source.pause();
    else if (!this.#readerHolds) this.source.resume();
  }
}

/** The controller that undici's cache gets. */
class CacheSide {
  #controller;
  #ended = false;

  constructor(controller) {
    this.#controller = controller;
  }

  get rawHeaders() {
    return this.#controller.rawHeaders;
  }

  get aborted() {
    return this.#controller.aborted;
  }

  get reason() {
    return this.#controller.reason;
  }

  pause() {
    if (!this.#ended) this.#controller.holdForCache(true);
  }

  /** It does so even after the end, when the connection may be another response's. */
  resume() {
    if (!this.#ended) this.#controller.holdForCache(false);
  }

  abort(reason) {
    this.#controller.abort(reason);
  }

  end() {
    this.#ended = true;
  }
}

/** What the server answers, on its way to the cache. */
class Answer {
  #exchange;
  #controller;
  #side;
  #handler;
  #stored;
  #answered = false;
  #confirmed = false;

  /** @param stored what the server was asked to confirm */
  constructor(exchange, controller, handler, stored) {
    this.#exchange = exchange;
    /** For Connections. */
    this.request = exchange.handler;
    this.#controller = controller;
    this.#side = new CacheSide(controller);
    this.#handler = handler;
    this.#stored = stored;
  }

  onRequestStart(source, context) {
    this.#exchange.start(source, context);
    this.#handler.onRequestStart(this.#side, context);
  }

  onRequestUpgrade(_source, ...upgrade) {
    this.#handler.onRequestUpgrade(this.#side, ...upgrade);
  }

  onResponseStart(_source, status, headers, reason) {
    this.#answered = status >= 200;
    if (!this.#answered) this.#exchange.onResponseStart(null, status, headers, reason);
    else if (status === 304 && this.#stored && isOf(headers, this.#stored)) this.#confirm(headers);
    else this.#handler.onResponseStart(this.#side, status, headers, reason);
  }

  onResponseData(_source, chunk) {
    if (this.#confirmed) return;
    keep(chunk);
    this.#handler.onResponseData(this.#side, chunk);
  }

  onResponseEnd(_source, trailers) {
    if (!this.#confirmed) this.#end(trailers);
  }

  onResponseError(_source, error) {
    if (this.#confirmed) return;
    // What is found here (wire-errors.js) isn't the network's, but for names that don't resolve.
    const isNetworks = error.fetchloop === undefined || error.fetchloop.startsWith('FL_ERESOLVE');
    const isUnreached = !this.#answered && !this.#controller.aborted && isNetworks;
    if (isUnreached && this.#stored && this.#exchange.mayStandIn(this.#stored)) this.#standIn();
    else this.#fail(error);
  }

  /** A 504 is what the cache takes for such a failure; the connection has nothing to do with what it answers with. */
  #standIn() {
    this.request.line?.cancel(this.request);
    this.request.line = null;
    this.#handler.onResponseStart(this.#side, 504, {}, '');
  }

  /** To the cache, a stored response that was confirmed is a new one: it freshens what it has, and hands it on. */
  #confirm(headers) {
    const { statusCode, statusMessage, body } = this.#stored;
    const merged = freshened(this.#stored.headers, headers);
    const stream = Readable.from(body ?? []);
    stream.on('error', (error) => this.#fail(error)).on('end', () => this.#end({}));
    this.#controller.source = new StreamSource(stream, merged);
    this.#confirmed = true;
    try {
      this.#handler.onResponseStart(this.#side, statusCode, merged, statusMessage);
    } catch (error) {
      stream.destroy(error);
    }
    stream.on('data', (chunk) => {
      try {
        this.#handler.onResponseData(this.#side, chunk);
      } catch (error) {
        stream.destroy(error);
      }
    });
  }

  #end(trailers) {
    this.#side.end();
    this.#handler.onResponseEnd(this.#side, trailers);
  }

  #fail(error) {
    this.#side.end();
    this.#handler.onResponseError(this.#side, error);
  }
}

class StreamSource {
  #stream;

  constructor(stream, headers) {
    this.#stream = stream;
    this.rawHeaders = Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().flatMap((value) => [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')]),
    );
  }

  get paused() {
    return this.#stream.isPaused();
  }

  get aborted() {
    return this.#stream.destroyed;
  }

  get reason() {
    return this.#stream.errored;
  }

  pause() {
    this.#stream.pause();
  }

  resume() {
    this.#stream.resume();
  }

  abort(reason) {
    this.#stream.destroy(reason ?? new DOMException('aborted', 'AbortError'));
  }
}

/** A 304 to the time at which a failure was stored would say that what is there now is older, and not that it still fails. */
function mayBeConfirmed(stored) {
  return stored !== undefined && (stored.statusCode < 300 || stored.headers.etag !== undefined);
}

/** Whether a 304 is of that response, and not of another; undici then asks anew. */
function isOf({ etag, vary }, { headers }) {
  const opaque = (tag) => String(tag).replace(/^W\//, '');
  return (
    (etag === undefined || opaque(etag) === opaque(headers.etag)) &&
    (vary === undefined || String(vary) === String(headers.vary))
  );
}

function freshened({ date, ...headers }, update) {
  const updates = Object.entries(update).filter(([name]) => !NOT_UPDATED.has(name));
  return { ...headers, ...Object.fromEntries(updates) };
}
