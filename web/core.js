/**
 * The wasm module, seen from JavaScript: the calls of src/host/exports.c with JavaScript's types, and the module's
 * callbacks brought to their owners. One module, one event loop, for all the sessions of a program.
 */
import { ClientError } from './errors.js';

/**
 * Whoever asks: told how each of its requests ended, and that it may read on.
 * @typedef {object} Owner
 * @property {(end: End) => void} onEnd
 * @property {() => void} [onWants]
 */

/**
 * @typedef {object} End
 * @property {number} id
 * @property {number} error 0 or FL_E…
 * @property {number} status
 * @property {any} xhr the XMLHttpRequest that has the response or knows why there is none; null when it was never sent
 * @property {number} queuedAt milliseconds on performance.now()'s clock
 * @property {number} startedAt NaN when it never was
 * @property {number} endedAt
 */

export class Core {
  #wasm;
  #urlBuffer;
  #encoder = new TextEncoder();
  #owners = new Map();
  #ownersMade = 0;
  #wires = new Map();
  #closing = new Map();
  #kinds = new Map();
  #sending = null;

  /**
   * @param {(module: object) => Promise<any>} createModule the Emscripten module's factory
   * @param {(wire: () => any) => object} platform the module's options; `wire()` gives the session's own wire (see
   *   open()) while one of its XMLHttpRequests is being made
   */
  static async load(createModule, platform) {
    const core = new Core();
    const wasm = await createModule({ ...platform(() => core.#sending), host: core });
    core.#start(wasm);
    return core;
  }

  #start(wasm) {
    this.#wasm = wasm;
    this.#urlBuffer = wasm._fl__js_url();
    for (let error = -wasm._fl__js_errors(); error < 0; error++) {
      const code = wasm.UTF8ToString(wasm._fl__js_error_name(error));
      const message = wasm.UTF8ToString(wasm._fl__js_error_message(error));
      this.#kinds.set(error, { code, message, exitCode: wasm._fl__js_error_curl_code(error) });
    }
  }

  // What the module calls: see src/host/library.js.

  onSending(session) {
    this.#sending = this.#wires.get(session);
  }

  onEnd(owner, id, error, status, xhr, queuedAt, startedAt, endedAt) {
    this.#owners.get(owner)?.onEnd({ id, error, status, xhr, queuedAt, startedAt, endedAt });
  }

  onWants(owner) {
    this.#owners.get(owner)?.onWants();
  }

  onClosed(session) {
    this.#wires.delete(session);
    this.#closing.get(session)();
    this.#closing.delete(session);
  }

  // What sessions call.

  /** @param {Owner} owner */
  addOwner(owner) {
    this.#owners.set(++this.#ownersMade, owner);
    return this.#ownersMade;
  }

  removeOwner(number) {
    this.#owners.delete(number);
  }

  /** @returns {number} the session, for the calls below */
  open({ limit, limitPerHost, timeout, connectTimeout }) {
    return this.#check(this.#wasm._fl__js_open(limit, limitPerHost, timeout, connectTimeout));
  }

  /**
   * Before its first request.
   * @param {any} wire what the platform's XMLHttpRequest needs to know of the session
   */
  setWire(session, wire) {
    this.#wires.set(session, wire);
  }

  close(session) {
    return new Promise((resolve) => {
      this.#closing.set(session, resolve);
      this.#wasm._fl__js_close(session);
    });
  }

  get(session, owner, url) {
    return this.#wasm._fl__js_get(session, owner, this.#put(url));
  }

  cancel(session, id) {
    this.#wasm._fl__js_cancel(session, id);
  }

  stats(session) {
    const at = this.#wasm._fl__js_stats(session) / 8;
    const [limit, limitPerHost, queued, inFlight, started, done, failed, busy, heldByLimit, heldByHost] =
      this.#wasm.HEAPF64.subarray(at);
    return { limit, limitPerHost, queued, inFlight, started, done, failed, busy, heldByLimit, heldByHost };
  }

  openBatch(session, owner, readAhead) {
    return this.#check(this.#wasm._fl__js_batch_open(session, owner, readAhead));
  }

  batchWants(batch) {
    return this.#wasm._fl__js_batch_wants(batch) !== 0;
  }

  batchGet(batch, url) {
    return this.#wasm._fl__js_batch_get(batch, this.#put(url));
  }

  batchTaken(batch) {
    this.#wasm._fl__js_batch_taken(batch);
  }

  closeBatch(batch) {
    this.#wasm._fl__js_batch_close(batch);
  }

  error(number, url, cause) {
    return new ClientError(this.#kinds.get(number), url, cause);
  }

  #check(handle) {
    if (handle < 0) throw this.error(handle, '');
    return handle;
  }

  /** Write the URL where C reads it; its length in bytes, which shows when it was too long to be written whole. */
  #put(url) {
    const heap = this.#wasm.HEAPU8;
    const end = this.#urlBuffer + URL_BYTES_MAX + 1;
    const { read, written } = this.#encoder.encodeInto(url, heap.subarray(this.#urlBuffer, end));
    return read === url.length ? written : URL_BYTES_MAX + 1;
  }
}

const URL_BYTES_MAX = 65536; // FL_URL_BYTES_MAX
