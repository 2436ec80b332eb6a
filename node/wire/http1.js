import { Continues } from './continues.js';
import { requestOf } from './line.js';
import { RawHandler } from './raw-handler.js';
import { Client, compileParser } from './undici.js';

compileParser();

/** Timeouts are the C core's. */
const OPTIONS = { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 };

/** The codes of errors that are the server's doing. */
const SERVERS_END = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** A connection over which requests go one after another: undici's Client. */
export class Http1Line {
  /** Of the request that goes over it next. @type {import('./connector.js').Connection} */
  connection;
  /** What broke it. undici takes a reset for the end of a body that has no other. @type {Error | null} */
  error = null;
  #host;
  #client;
  #socket;
  #request = null; // the XMLHttpRequest that has it
  #continues = new Continues();
  #isFinishing = false; // undici has not done yet with the request before
  #reused;
  #reopening = null;
  #closed = null;

  /**
   * @param {import('./host.js').Host} host
   * @param {string} origin
   * @param {import('node:net').Socket} socket
   * @param {import('./connector.js').Connection} connection
   */
  constructor(host, origin, socket, connection) {
    this.#host = host;
    this.#socket = socket;
    this.#setConnection(connection);
    this.#client = new Client(origin, { ...OPTIONS, connect: (_target, callback) => this.#connect(callback) });
    this.#client.on('disconnect', (_origin, _clients, error) => this.#onDisconnect(error));
  }

  get isShared() {
    return false;
  }

  get isIdle() {
    return this.#request === null;
  }

  dispatch(options, handler) {
    this.#request = requestOf(handler);
    this.#request.line = this;
    if (this.connection.reused && !this.#mayHurry(options)) setImmediate(() => this.#send(options, handler));
    else this.#send(options, handler);
  }

  /**
   * undici asks a turn later, after it has read what had come, whether a connection still stands that has been used before. In
   * half of the cases that is too soon to see that a server has closed it after its response without saying so; in one of a
   * hundred, if it begins a turn later. C sends again what such an end befell, but no POST.
   */
  #mayHurry({ method, body }) {
    return !this.#host.closesSilently && body === null && (method === 'GET' || method === 'HEAD');
  }

  #send(options, handler) {
    if (this.#closed) return; // it was given up meanwhile
    this.#continues.expect();
    this.#client.dispatch(options, new RawHandler(handler));
  }

  /** Its request has ended. */
  release(request) {
    if (this.#request !== request) return;
    this.#request = null;
    request.line = null;
    if (this.#closed) return; // the server did, while the rest of the body was being read
    this.#isFinishing = true;
    this.#host.onFinishing(1);
    process.nextTick(this.#onFinished);
  }

  /** Its request has been given up: what still comes can't be told from the next one's, so the connection closes. */
  cancel(request) {
    if (this.#request !== request) return;
    request.line = null;
    this.destroy();
  }

  destroy(error = null) {
    this.#closed ??= this.#destroy(error);
    return this.#closed;
  }

  #destroy(error) {
    if (this.#isFinishing) this.#host.onFinishing(-1);
    this.#reopening?.abort(error);
    this.#socket?.destroy();
    const closed = this.#client.destroy(error);
    this.#host.onClosed(this);
    return closed;
  }

  /**
   * undici wants a connection: the one that is there, or, when that has closed before its request was sent, another. After
   * a request that was given up, too, it would want one, but the line is closed then.
   */
  #connect(callback) {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      queueMicrotask(() => this.#give(socket, callback)); // not before it has asked
      return;
    }
    this.#reopening = new AbortController();
    this.#host.reopen(this.#reopening.signal).then((opened) => {
      this.#setConnection(opened.connection);
      this.#give(opened.socket, callback);
    }, callback);
  }

  /** Before undici listens to it. */
  #give(socket, callback) {
    this.error = null;
    socket.once('error', (error) => {
      this.error = error;
    });
    this.#continues.watch(socket);
    callback(null, socket);
  }

  #setConnection(connection) {
    this.connection = connection;
    this.#reused = { ...connection, reused: true };
  }

  #onFinished = () => {
    if (this.#closed) return;
    this.#isFinishing = false;
    this.connection = this.#reused;
    this.#host.onFinishing(-1);
    this.#host.onFree(this);
  };

  #onDisconnect(error) {
    const isUnsent = this.#request !== null && !this.#request.connected;
    if (isUnsent) return;
    const isUnanswered = this.#request?.responseStatus === 0 && SERVERS_END.has(error.code);
    if (isUnanswered && this.connection.reused) this.#host.closesSilently = true;
    this.destroy();
  }
}
