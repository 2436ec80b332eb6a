import { Continues } from './continues.js';
import { requestOf } from './line.js';
import { RawHandler } from './raw-handler.js';
import { Client, compileParser } from './undici.js';

/** Timeouts are the C core's. */
const OPTIONS = { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 };

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
  #drained = true; // undici has done with the request before
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
    compileParser();
    this.#client = new Client(origin, { ...OPTIONS, connect: (_target, callback) => this.#connect(callback) });
    this.#client.on('drain', () => this.#onDrain()).on('disconnect', () => this.#onDisconnect());
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
    this.#drained = false;
    this.#continues.expect();
    this.#client.dispatch(options, new RawHandler(handler));
  }

  /** Its request has ended. */
  release(request) {
    if (this.#request !== request) return;
    this.#request = null;
    request.line = null;
    if (this.#closed) return; // the server did, while the rest of the body was being read
    if (this.#drained) this.#host.onFree(this);
    else this.#host.onFinishing(1);
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
    if (this.#request === null && !this.#drained) this.#host.onFinishing(-1);
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

  /** A turn after the response: a server that closes after it without saying so is found out meanwhile, but for one in a
   * hundred; without this turn half of the requests would go to such a connection, which no POST survives. */
  #onDrain() {
    this.#drained = true;
    this.connection = this.#reused;
    if (this.#request !== null) return; // its body is still being read
    this.#host.onFinishing(-1);
    this.#host.onFree(this);
  }

  #onDisconnect() {
    const isUnsent = this.#request !== null && !this.#request.connected;
    if (!isUnsent) this.destroy();
  }
}
