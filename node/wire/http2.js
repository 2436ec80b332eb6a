import http2 from 'node:http2';
import { pipeline, Readable } from 'node:stream';
import { requestOf } from './line.js';
import { parseHeaders } from './undici.js';
import { failure } from './wire-errors.js';

const { NGHTTP2_CANCEL, NGHTTP2_HTTP_1_1_REQUIRED, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } =
  http2.constants;

/** What one stream may send unread, and all of one connection: a slow reader holds its server up at that. */
const STREAM_WINDOW = 256 * 1024;
const CONNECTION_WINDOW = 16 * 1024 * 1024;

/** Of headers, and of trailers: names and values in turn; and their characters. */
const TEXTS_MAX = 2 * 1000;
const CHARACTERS_MAX = 64 * 1024;

const SESSION_OPTIONS = {
  // Beyond what is too much here: Node resets such streams as a server does that has no time, and doesn't say which it was.
  settings: { enablePush: false, initialWindowSize: STREAM_WINDOW, maxHeaderListSize: 4 * CHARACTERS_MAX },
  maxHeaderListPairs: 2 * TEXTS_MAX,
  maxSessionMemory: 64, // MB; unread bodies are held by their windows
};

/** Until the server has said how many; browsers assume so. */
const STREAMS_ASSUMED = 100;

/**
 * How often a request goes out that a server doesn't look at: it may not want it; or go away each time, which is in vain where it
 * has answered nobody. One that goes away for a reason, as ENHANCE_YOUR_CALM, is not asked again at once.
 */
const IN_VAIN_TURNED_AWAY = 1;
const IN_VAIN_REFUSED = 2;
const IN_VAIN_GOAWAY = 10;

/** With a GOAWAY: the next connection may do. */
const WELCOME_ELSEWHERE = new Set([NGHTTP2_NO_ERROR, NGHTTP2_HTTP_1_1_REQUIRED]);

/** Nothing has become of a stream that is reset so. */
const UNSEEN = new Set([NGHTTP2_REFUSED_STREAM, NGHTTP2_HTTP_1_1_REQUIRED]);

const IDLE_MS = 60_000;
const PROBE_MS = 5_000;
const LAST_WORDS_MS = 1_000;

/** They say how an HTTP/1 connection is to be used (RFC 9113, 8.2.2). */
const HTTP1_ONLY = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** The connection has closed just now. */
const GONE = new Set(['ERR_HTTP2_GOAWAY_SESSION', 'ERR_HTTP2_INVALID_SESSION', 'ERR_HTTP2_OUT_OF_STREAMS']);

/** They say so when they have none (RFC 9110, 8.6). */
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** A connection over which many requests go at once: Node's Http2Session. */
export class Http2Line {
  /** Of the request that goes over it next. @type {import('./connector.js').Connection} */
  connection;
  #host;
  #reused;
  #session;
  #socket;
  #streams = 0;
  #streamsMax = STREAMS_ASSUMED;
  /** Any request at all. */
  hasAnswered = false;
  #retired = false;
  #goAwayCode = NGHTTP2_NO_ERROR;
  #lastStream = Infinity; // after GOAWAY, the last one that the server has looked at
  #idleTimer = null;
  #probing = false;
  #closed;

  /** As Http1Line's. */
  constructor(host, origin, socket, connection) {
    this.#host = host;
    this.connection = connection;
    this.#socket = socket;
    this.#reused = { ...connection, reused: true };
    this.#session = http2.connect(origin, { ...SESSION_OPTIONS, createConnection: () => socket });
    this.#closed = new Promise((resolve) => this.#session.once('close', resolve));
    this.#session
      .once('connect', () => this.#onConnect())
      .on('error', () => {}) // its streams are told, too
      .on('frameError', (_type, code) => this.onFrameError(code))
      // Node makes one of a response to what has been given up, too, while its reset has not gone out.
      .on('stream', (stream) => stream.on('error', () => {}))
      .on('goaway', (code, lastStream) => this.#onGoAway(code, lastStream))
      .on('remoteSettings', ({ maxConcurrentStreams }) => this.#onSettings(maxConcurrentStreams))
      .on('close', () => this.#onClose());
    this.#session.unref();
    // Those who have waited for it go out over it at once: it is new to them all.
    queueMicrotask(() => {
      this.connection = this.#reused;
    });
  }

  get isShared() {
    return true;
  }

  get isIdle() {
    return this.#streams === 0;
  }

  /** It takes no more requests. */
  get isRetired() {
    return this.#retired || this.#session.closed || this.#session.destroyed;
  }

  /** How often a request may go out that it has not looked at. */
  get inVainMax() {
    if (!this.isRetired) return IN_VAIN_REFUSED;
    return WELCOME_ELSEWHERE.has(this.#goAwayCode) ? IN_VAIN_GOAWAY : IN_VAIN_TURNED_AWAY;
  }

  get hasRoom() {
    return !this.isRetired && this.#streams < this.#streamsMax;
  }

  dispatch(options, handler) {
    requestOf(handler).line = this;
    clearTimeout(this.#idleTimer);
    if (this.#streams++ === 0) this.#session.ref();
    new Exchange(this, options, handler, this.#streams).begin(this.#session);
  }

  // Its request's end is its stream's.
  release() {}
  cancel() {}

  destroy(error) {
    this.#session.destroy(error ?? undefined, NGHTTP2_CANCEL);
    this.#socket.destroySoon(); // a session that has been closed in order waits for the server to close, too
    const timer = setTimeout(() => this.#socket.destroy(), LAST_WORDS_MS); // which may not read what is left to write
    this.#closed.then(() => clearTimeout(timer));
    return this.#closed;
  }

  // What its exchanges call.

  onStreamClosed() {
    if (--this.#streams > 0 || this.#session.closed) {
      this.#leaveWhenEmpty();
      this.#host.onFree(this);
      return;
    }
    this.#session.unref();
    this.#idleTimer = setTimeout(() => this.#session.close(), IDLE_MS).unref();
    this.#host.onFree(this);
  }

  /** Whether the server takes fewer streams at once than there were with that one, as it says now. @param {number} streams */
  isTooMany(streams) {
    return this.#streamsMax > 0 && streams > this.#streamsMax;
  }

  /** Whether the server has not looked at that stream, and will not. */
  isUnseen(stream) {
    return UNSEEN.has(stream.rstCode) || stream.id === undefined || stream.id > this.#lastStream;
  }

  /** For one request, and so for all (RFC 9113, 7). */
  onHttp1Required() {
    this.#host.onHttp1Required();
    this.retire();
  }

  /**
   * A stream that may not begin is the first to show of a connection error: Node 20 says nothing of the GOAWAY that nghttp2 has sent
   * for one, and reads no more, so that what is on its way would wait in vain (RFC 9113, 5.4.1).
   */
  onFrameError(code) {
    if (code !== NGHTTP2_INTERNAL_ERROR) return;
    setImmediate(() => {
      if (!this.#retired) this.#breakOff(broken()); // else the server has gone away, which is told of meanwhile
    });
  }

  again(options, handler) {
    this.#host.again(options, handler);
  }

  /**
   * A request was given up without an answer: see whether anybody is there, or all that follow would wait in vain.
   * @param {() => void} [onSilent] nobody is
   */
  probe(onSilent = () => this.#breakOff(gone())) {
    if (this.#probing || this.#session.destroyed) return;
    this.#probing = true;
    let timer;
    const end = () => {
      clearTimeout(timer);
      this.#probing = false;
    };
    const wait = (bytesRead) => {
      timer = setTimeout(() => {
        if (this.#socket.bytesRead > bytesRead) return wait(this.#socket.bytesRead); // the answer stands behind what comes
        end();
        onSilent();
      }, PROBE_MS).unref();
    };
    wait(this.#socket.bytesRead);
    if (!this.#session.ping(end)) end();
  }

  /** As probe(), by one that has waited for room: what goes over it may still have its answers. */
  probeForOthers() {
    this.probe(() => this.retire());
  }

  /** Node would first have written what it was writing, which may be never. */
  #breakOff(error) {
    this.#session.destroy(error, NGHTTP2_CANCEL);
    this.#socket.destroy();
  }

  /** Node says so of one that has been destroyed before, too. */
  #onConnect() {
    if (!this.#session.destroyed) this.#session.setLocalWindowSize(CONNECTION_WINDOW);
  }

  #onSettings(streamsMax = Infinity) {
    this.#streamsMax = streamsMax;
    this.#host.onFree(this);
  }

  /** What goes over it goes on; others go over another. */
  #onGoAway(code, lastStream) {
    this.#goAwayCode = code;
    this.#lastStream = lastStream;
    if (code === NGHTTP2_HTTP_1_1_REQUIRED) this.onHttp1Required();
    else this.retire();
  }

  /** What goes over it goes on. */
  retire() {
    if (this.#retired) return;
    this.#retired = true;
    this.#leaveWhenEmpty();
    this.#host.onRetired(this);
  }

  /** Whoever has said GOAWAY may leave it to us to close the connection. */
  #leaveWhenEmpty() {
    if (!this.isRetired || this.#streams > 0) return;
    this.#session.close();
    this.#socket.destroySoon();
  }

  #onClose() {
    clearTimeout(this.#idleTimer);
    this.#retired = true;
    this.#host.onClosed(this);
  }
}

/** A request and its response over one stream: undici's DispatchController to the handler. */
class Exchange {
  paused = false;
  aborted = false;
  reason = null;
  rawHeaders = null;
  rawTrailers = null;
  #line;
  #options;
  #handler;
  #streams; // of the connection, with its own
  #stream = null;
  #trailers = {};
  #answered = false;
  #whole = false;
  #ended = false;

  constructor(line, options, handler, streams) {
    this.#line = line;
    this.#options = options;
    this.#handler = handler;
    this.#streams = streams;
  }

  begin(session) {
    const { body } = this.#options;
    this.#handler.onRequestStart(this, null);
    if (this.aborted) {
      queueMicrotask(() => this.#line.onStreamClosed());
      return;
    }
    try {
      this.#stream = session.request(headersOf(this.#options), { endStream: !body });
    } catch (error) {
      queueMicrotask(() => {
        this.#line.onStreamClosed();
        if (GONE.has(error.code)) this.#onUnsent(error);
        else this.#fail(failure('FL_EHEADER', error.message)); // one that may be there once, twice
      });
      return;
    }
    this.#listen();
    if (body) this.#send(body);
  }

  pause() {
    this.paused = true;
    this.#stream?.pause();
  }

  resume() {
    if (!this.paused) return;
    this.paused = false;
    this.#stream?.resume();
  }

  abort(reason) {
    this.aborted = true;
    this.reason = reason;
    if (this.#ended) return;
    const wasAnswered = this.#answered;
    this.#fail(reason);
    this.#stream?.close(NGHTTP2_CANCEL);
    if (!wasAnswered) this.#line.probe();
  }

  #listen() {
    this.#stream
      .on('response', (_headers, _flags, raw) => this.#onHead(raw))
      .on('trailers', (_trailers, _flags, raw) => this.#tell(() => this.#onTrailers(raw)))
      .on('end', () => this.#onEnd())
      .on('error', (error) => this.#onError(error))
      .on('frameError', (_type, code) => this.#line.onFrameError(code))
      .on('close', () => this.#onClose());
    if (this.paused) this.#stream.pause();
    this.#watchForEnd(this.#stream);
  }

  /**
   * Node's 'end' comes of a stream that was reset, or went with its connection, too; of what is pushed only END_STREAM comes
   * before the stream is closed (RFC 9113, 8.1: whole is what ends with that).
   */
  #watchForEnd(stream) {
    const push = stream.push.bind(stream);
    stream.push = (chunk, encoding) => {
      if (chunk === null && !stream.closed) this.#whole = true;
      return push(chunk, encoding);
    };
  }

  /** As fast as the server takes it. */
  #send(body) {
    if (body instanceof Uint8Array) this.#stream.end(body);
    else
      pipeline(Readable.from(body, { objectMode: false }), this.#stream, (error) => error && this.#onBodyError(error));
  }

  /** The server's reasons not to read on show in the stream's own end. */
  #onBodyError(error) {
    if (this.#ended) return;
    if (this.#stream.rstCode !== undefined && this.#stream.rstCode !== NGHTTP2_NO_ERROR) return;
    if (!this.#answered && !this.#stream.closed) this.abort(error);
  }

  #onHead(raw) {
    const [, status, ...fields] = raw;
    this.#answered = this.#line.hasAnswered = true;
    this.#tell(() => {
      assertFew(fields);
      this.rawHeaders = toBuffers(fields);
      this.#handler.onResponseStart(this, Number(status), parseHeaders(this.rawHeaders), '');
    });
    // Not before: Node tells of the head in a later tick than of what came right after it.
    this.#stream.on('data', (chunk) => this.#tell(() => this.#handler.onResponseData(this, chunk)));
  }

  #onTrailers(raw) {
    assertFew(raw);
    this.rawTrailers = toBuffers(raw);
    this.#trailers = parseHeaders(this.rawTrailers);
  }

  #onEnd() {
    if (!this.#answered || !this.#whole) return;
    this.#tell(() => {
      this.#ended = true;
      this.#handler.onResponseEnd(this, this.#trailers);
    });
    // An answer to less than all of the request ends it (RFC 9113, 8.1). With NO_ERROR Node would first send the rest, and where
    // nghttp2 has ended the connection, Node 20 would try to for ever.
    if (!this.#stream.writableFinished) this.#stream.close(NGHTTP2_CANCEL);
  }

  #onError(error) {
    if (this.#stream.rstCode === NGHTTP2_HTTP_1_1_REQUIRED) this.#line.onHttp1Required();
    if (!this.#answered && this.#line.isUnseen(this.#stream)) this.#onUnsent(error);
    else this.#fail(error);
  }

  #onClose() {
    if (!this.#ended) this.#onError(gone());
    this.#line.onStreamClosed();
  }

  /** Once more, whatever the method: nothing has become of it (RFC 9113, 8.7). */
  #onUnsent(error) {
    if (this.#ended) return;
    this.#ended = true;
    setImmediate(() => this.#again(error)); // the GOAWAY that this may be by is told of later
  }

  #again(error) {
    if (this.aborted) return;
    const { body, tries = 1, inVain = 1 } = this.#options;
    const { isRetired, hasAnswered, inVainMax } = this.#line;
    const wasTooMany = this.#line.isTooMany(this.#streams);
    if (!wasTooMany && inVain >= inVainMax) this.#handler.onResponseError(this, error);
    else if (body?.source?.opens === false) this.#handler.onResponseError(this, failure('FL_EREPLAY', error.message));
    else {
      const wasInVain = !wasTooMany && !(isRetired && hasAnswered);
      const options = { ...this.#options, tries: tries + 1, inVain: wasInVain ? inVain + 1 : inVain };
      this.#line.again(options, this.#handler);
    }
  }

  #fail(error) {
    if (this.#ended) return;
    this.#ended = true;
    this.#handler.onResponseError(this, error);
  }

  /** What a handler throws ends its request. */
  #tell(what) {
    if (this.#ended) return;
    try {
      what();
    } catch (error) {
      this.#ended = false;
      this.abort(error);
    }
  }
}

function headersOf({ method, path, origin, headers, body }) {
  const made = {
    __proto__: null,
    ':method': method,
    ':path': path,
    ':scheme': 'https',
    ':authority': new URL(origin).host,
  };
  const list = Array.isArray(headers) ? headers : Object.entries(headers ?? {}).flat();
  for (let i = 0; i < list.length; i += 2) {
    const given = list[i].toLowerCase();
    const name = given === 'host' ? ':authority' : given; // its name there (RFC 9113, 8.3.1)
    if (name === ':authority') made[name] = list[i + 1];
    else if (!HTTP1_ONLY.has(name)) made[name] = name in made ? [made[name], list[i + 1]].flat() : list[i + 1];
  }
  if (body instanceof Uint8Array) made['content-length'] = String(body.length);
  else if (!body && METHODS_WITH_BODY.has(method)) made['content-length'] = '0';
  return made;
}

function assertFew(raw) {
  const characters = raw.reduce((sum, text) => sum + text.length, 0);
  if (raw.length <= TEXTS_MAX && characters <= CHARACTERS_MAX) return;
  throw failure('FL_ERESPONSE', `${raw.length / 2} headers of ${characters} characters`);
}

function toBuffers(raw) {
  return raw.map((text) => Buffer.from(text, 'latin1'));
}

/** As undici says it of HTTP/1. */
function gone() {
  return Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
}

/** As Node says it from 22 on. */
function broken() {
  return Object.assign(new Error('Protocol error'), { code: 'ERR_HTTP2_ERROR' });
}
