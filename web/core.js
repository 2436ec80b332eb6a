/**
 * The wasm module, seen from JavaScript: the calls of src/host/exports.c with JavaScript's types, and the module's
 * callbacks brought to their owners. One module, one event loop, for all the sessions of a program.
 */

import { Slots } from './common/slots.js';
import { ClientError } from './response/errors.js';

/**
 * Whoever asks: of one request, told how it goes and ends; of a batch, that it may read on.
 * @typedef {object} Owner
 * @property {(end: Told) => void} [onEnd]
 * @property {(head: Told) => void} [onResponse]
 * @property {() => void} [onWants]
 * @property {(event: TraceEvent) => void} [onTrace]
 * @property {(reason: Error) => void} [drop] it is left: nothing more is told
 * @property {import('./fetch-all.js').FetchAll} [list] whose request it is
 * @property {import('./exchange.js').Exchange} [exchange] what the platform must know of the request besides its head
 */

/**
 * Of a request that has ended, or a streamed response that has begun.
 * @typedef {object} Told
 * @property {number} id
 * @property {number} error 0 or FL_E…
 * @property {number} status
 * @property {any} xhr the XMLHttpRequest that has the response or knows why there is none; null when it was never sent
 * @property {number} queuedAt milliseconds on performance.now()'s clock, as all times here
 * @property {number} startedAt NaN when it never was
 * @property {number} attemptAt when the last attempt started
 * @property {number} endedAt NaN when it hasn't
 * @property {number} retries
 * @property {Hop[]} history
 */

/**
 * A redirect that was followed: what was asked for, and the status that came.
 * @typedef {{ status: number, method: string, url: string }} Hop
 */

/**
 * @typedef {object} TraceEvent
 * @property {number} id of the request
 * @property {'queued' | 'started' | 'connected' | 'headers' | 'chunk' | 'retry' | 'redirect' | 'end'} step
 * @property {number} time
 * @property {number} status 0 without a response
 * @property {import('./response/error-codes.js').ErrorCode | null} error
 * @property {number} wait milliseconds until a retry is queued
 * @property {number} bytes of a chunk
 */

/**
 * A request that has not ended.
 * @typedef {object} RequestInfo
 * @property {number} id
 * @property {string} method
 * @property {string} url
 * @property {'queued' | 'held back' | 'connecting' | 'waiting' | 'downloading' | 'paused' | 'backing off' | 'ending'} state
 *   'held back': by a rate, or because the server asked for that; 'waiting': for the response; 'paused': its reader is behind
 * @property {number} retries
 * @property {number} age milliseconds since it was asked for
 * @property {number | null} attemptAge since its attempt began
 */

/**
 * What the XMLHttpRequest that is being made is for.
 * @typedef {object} Sending
 * @property {any} wire the session's, see setWire()
 * @property {import('./exchange.js').Exchange | null} exchange
 * @property {number} attempt
 * @property {boolean} hasBody a redirect may have taken it
 * @property {boolean} again a retry
 * @property {boolean} [isProgram] in C, which may want to know of each head
 */

export class Core {
  #wasm;
  #urlBuffer;
  #encoder = new TextEncoder();
  #owners = new Slots();
  #wires = new Map();
  #closing = new Map();
  #kindsRead = new Map();
  #numbers; // where C reads the options
  #steps = [];
  #historyOf;
  #requests = [];
  /** @type {Sending} */
  #sending = { wire: null, exchange: null, attempt: 0, hasBody: false, again: false };
  /** @type {import('./loop/bridge.js').Bridge | null} */
  loop = null;

  /**
   * @param {(module: object) => Promise<any>} createModule the Emscripten module's factory
   * @param {(sending: () => Sending) => object} platform the module's options
   * @param {(redirects: number) => any[]} [historyOf] of the request that is being told of; none where none are seen
   */
  static async load(createModule, platform, historyOf = () => NO_HISTORY) {
    const core = new Core();
    core.#historyOf = historyOf;
    const wasm = await createModule({ ...platform(() => core.#sending), host: core });
    core.#start(wasm);
    return core;
  }

  #start(wasm) {
    this.#wasm = wasm;
    this.#urlBuffer = wasm._fl__js_url();
    this.#numbers = wasm._fl__js_numbers() / 8;
    this.#steps = wasm.UTF8ToString(wasm._fl__js_step_names()).trim().split(' ');
  }

  /** Of errors: read when the first is met, for they take a while. */
  get #kinds() {
    if (this.#kindsRead.size === 0) this.#readKinds();
    return this.#kindsRead;
  }

  #readKinds() {
    const wasm = this.#wasm;
    let at = wasm._fl__js_error_texts();
    const nextText = () => {
      const text = wasm.UTF8ToString(at);
      at += text.length + 1;
      return text;
    };
    for (let error = -1; error >= -wasm._fl__js_errors(); error--) {
      const kind = { code: nextText(), message: nextText(), exitCode: wasm._fl__js_error_curl_code(error) };
      this.#kindsRead.set(error, kind);
    }
  }

  // What the module calls: see src/host/library.js.

  onSending(session, owner, attempt, hasBody, again) {
    const sending = this.#sending;
    sending.wire = this.#wires.get(session);
    sending.exchange = this.#owners.get(owner)?.exchange ?? null;
    sending.attempt = attempt;
    sending.hasBody = hasBody;
    sending.again = again;
  }

  onTold(owner, id, error, status, xhr, queuedAt, startedAt, attemptAt, endedAt, retries, redirects) {
    const history = this.#historyOf(redirects);
    const told = { id, error, status, xhr, queuedAt, startedAt, attemptAt, endedAt, retries, history };
    const of = this.#owners.get(owner);
    if (hasEnded(told)) of?.onEnd(told);
    else of?.onResponse(told);
  }

  onTrace(owner, id, step, time, status, error, wait, bytes) {
    const code = error === 0 ? null : this.#kinds.get(error).code;
    this.#owners.get(owner)?.onTrace?.({ id, step: this.#steps[step], time, status, error: code, wait, bytes });
  }

  onRequest({ attemptAge, ...request }) {
    this.#requests.push({ ...request, attemptAge: Number.isNaN(attemptAge) ? null : attemptAge });
  }

  onWants(owner) {
    this.#owners.get(owner)?.onWants();
  }

  onClosed(session) {
    this.#wires.delete(session);
    this.#closing.get(session)();
    this.#closing.delete(session);
  }

  /**
   * The module's loop for JavaScript's own callbacks and tasks.
   * @param {typeof import('./loop/bridge.js').Bridge} Bridge given, so that who has sessions alone need not load it
   */
  openLoop(Bridge) {
    this.loop ??= new Bridge(this.#wasm, this.#kinds);
    return this.loop;
  }

  // What sessions call.

  /** @param {Owner} owner @returns {number} what the calls below take for it, until removeOwner() */
  addOwner(owner) {
    return this.#owners.add(owner);
  }

  removeOwner(number) {
    this.#owners.remove(number);
  }

  /** @param {import('./fetch-all.js').FetchAll} list @returns {Owner[]} its requests' that have not ended */
  ownersIn(list) {
    return this.#owners.filter((owner) => owner?.list === list);
  }

  /**
   * @param {(number | undefined)[]} numbers sessionNumbers()
   * @param {string[]} headers names and values in turn, of each request
   * @param {string[]} sensitive names
   * @returns {number} the session, for the calls below
   */
  open(numbers, headers, sensitive) {
    this.#putNumbers(headers, numbers);
    this.#putTexts([...headers, ...sensitive]);
    return this.#check(this.#wasm._fl__js_open());
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

  /**
   * @param {number} session 0: the batch's
   * @param {number} batch 0: in none
   * @param {number} owner
   * @param {string} url
   * @param {number} flags
   * @returns {number} the request's id, or an error; likewise below
   */
  get(session, batch, owner, url, flags) {
    return this.#wasm._fl__js_get(session, batch, owner, this.#put(url), flags);
  }

  /**
   * @param {number} session 0: the batch's
   * @param {number} batch 0: in none
   * @param {number} owner
   * @param {Pick<import('./request/request-init.js').MadeRequest, 'method' | 'url' | 'headers'>} made
   * @param {(number | undefined)[]} numbers requestNumbers()
   */
  request(session, batch, owner, { method, url, headers }, numbers) {
    this.#putNumbers(headers, numbers);
    this.#putTexts([method, ...headers]);
    return this.#wasm._fl__js_request(session, batch, owner, this.#put(url));
  }

  cancel(session, id) {
    this.#wasm._fl__js_cancel(session, id);
  }

  pause(session, paused) {
    this.#wasm._fl__js_pause(session, paused);
  }

  setDelay(session, url, seconds) {
    this.#check(this.#wasm._fl__js_set_delay(session, this.#put(url), seconds), url);
  }

  /** What only the platform sees of a traced request: step 'connected' or 'chunk'. */
  step(session, attempt, step, time, bytes) {
    this.#wasm._fl__js_step(session, attempt, this.#steps.indexOf(step), time, bytes);
  }

  /** @returns {Record<typeof STATS[number], number>} */
  stats(session) {
    const at = this.#wasm._fl__js_stats(session) / 8;
    const values = this.#wasm.HEAPF64.subarray(at, at + STATS.length);
    const stats = Object.fromEntries(STATS.map((name, i) => [name, values[i]]));
    return /** @type {Record<typeof STATS[number], number>} */ (stats);
  }

  /** @returns {Record<'p50' | 'p90' | 'p99' | 'max', number | null>} milliseconds */
  latency(session) {
    const at = this.#wasm._fl__js_latency(session) / 8;
    const values = this.#wasm.HEAPF64.subarray(at, at + LATENCY.length);
    const latency = Object.fromEntries(LATENCY.map((name, i) => [name, Number.isNaN(values[i]) ? null : values[i]]));
    return /** @type {Record<'p50' | 'p90' | 'p99' | 'max', number | null>} */ (latency);
  }

  /** @returns {RequestInfo[]} */
  requests(session) {
    this.#requests = [];
    this.#wasm._fl__js_requests(session);
    return this.#requests;
  }

  openBatch(session, owner, readAhead) {
    return this.#check(this.#wasm._fl__js_batch_open(session, owner, readAhead));
  }

  batchWants(batch) {
    return this.#wasm._fl__js_batch_wants(batch) !== 0;
  }

  /** How many of its requests wait for a place. */
  batchQueued(batch) {
    return this.#wasm._fl__js_batch_queued(batch);
  }

  batchTaken(batch) {
    this.#wasm._fl__js_batch_taken(batch);
  }

  closeBatch(batch) {
    this.#wasm._fl__js_batch_close(batch);
  }

  /** @param {number} number @param {string} [url] none: of no request @param {Error} [cause] @param {string} [status] */
  error(number, url, cause, status) {
    return new ClientError(this.#kinds.get(number), url, cause, status);
  }

  /** @param {import('./response/error-codes.js').ErrorCode} code @param {string} [url] none: of no request */
  errorNamed(code, url) {
    return new ClientError(
      [...this.#kinds.values()].find((kind) => kind.code === code),
      url,
    );
  }

  #check(handle, url) {
    if (handle < 0) throw this.error(handle, url);
    return handle;
  }

  /** @param {(string | null)[]} headers @param {(number | undefined)[]} numbers see numbers.js */
  #putNumbers(headers, numbers) {
    const heap = this.#wasm.HEAPF64;
    let at = this.#numbers;
    heap[at++] = headers.length / 2;
    for (const number of numbers) heap[at++] = number ?? 0;
  }

  /** One after another, each with a NUL. One within a text becomes another control character, which C refuses likewise. */
  #putTexts(texts) {
    const joined = texts.map((text) => (text === null ? '\x01' : text.replace(/[\0\x01]/g, '\x02'))).join('\0');
    const bytes = this.#encoder.encode(`${joined}\0`);
    const at = this.#wasm._fl__js_texts(bytes.length);
    if (at === 0) throw new RangeError(`no memory for ${bytes.length} bytes of headers`);
    this.#wasm.HEAPU8.set(bytes, at);
  }

  /** Write the URL where C reads it; its length in bytes, which shows when it was too long to be written whole. */
  #put(url) {
    const heap = this.#wasm.HEAPU8;
    const end = this.#urlBuffer + URL_BYTES_MAX + 1;
    const { read, written } = this.#encoder.encodeInto(url, heap.subarray(this.#urlBuffer, end));
    return read === url.length ? written : URL_BYTES_MAX + 1;
  }
}

/**
 * Whether C decides or learns by a response's head what it must not wait for until the end: a 200 without a RateLimit, read whole,
 * it is not told of before, which saves a call for most requests.
 * @param {{ responseStatus: number, hasQuota: boolean }} xhr
 */
export const isHeadWanted = ({ responseStatus, hasQuota }) => responseStatus !== 200 || hasQuota;

/** Else it is a streamed response that has begun. @param {{ endedAt: number }} told */
export const hasEnded = (told) => !Number.isNaN(told.endedAt);

const URL_BYTES_MAX = 65536; // FL_URL_BYTES_MAX
const LATENCY = ['p50', 'p90', 'p99', 'max'];
const NO_HISTORY = /** @type {any[]} */ (Object.freeze([]));

// fl_session_stats
const STATS = /** @type {const} */ ([
  'limit',
  'limitPerHost',
  'queued',
  'inFlight',
  'backingOff',
  'started',
  'done',
  'failed',
  'retries',
  'redirects',
  'busy',
  'heldByLimit',
  'heldByHost',
  'heldByRate',
]);
