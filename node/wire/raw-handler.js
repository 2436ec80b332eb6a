import { parseHeaders } from './undici.js';

/**
 * Between undici's Client and a handler of today's kind: what undici itself puts there (UnwrapHandler and its controller), in
 * one object, and without making strings of headers that nobody reads. It is a handler of the kind that undici uses inside,
 * and that it takes until its version 8.
 */
export class RawHandler {
  rawHeaders = null;
  paused = false;
  aborted = false;
  reason = null;
  #handler;
  #abort = null;
  #resume = null;

  constructor(handler) {
    this.#handler = handler;
  }

  // The controller.

  pause() {
    this.paused = true;
  }

  resume() {
    if (!this.paused) return;
    this.paused = false;
    this.#resume?.();
  }

  abort(reason) {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#abort?.(reason);
  }

  // What undici calls.

  onConnect(abort, context) {
    this.#abort = abort;
    this.aborted = false;
    this.#handler.onRequestStart(this, context);
  }

  onHeaders(status, rawHeaders, resume, statusText) {
    this.#resume = resume;
    // A copy: when the parser's own array is kept, V8 takes all that it makes for ones that live long, and its garbage
    // collector, which no longer looks at them, keeps what they held: a seventh of the throughput.
    this.rawHeaders = rawHeaders.slice();
    const headers = this.#handler.readsFew ? fewOf(rawHeaders) : parseHeaders(rawHeaders);
    this.#handler.onResponseStart(this, status, headers, statusText);
    return !this.paused;
  }

  onData(chunk) {
    this.#handler.onResponseData(this, chunk);
    return !this.paused;
  }

  onComplete(rawTrailers) {
    this.#abort = this.#resume = null; // for the same reason: they hold undici's request
    this.rawTrailers = rawTrailers;
    this.#handler.onResponseEnd(this, this.#handler.readsFew ? NONE : parseHeaders(rawTrailers));
  }

  onError(error) {
    this.#handler.onResponseError(this, error);
  }
}

const NONE = Object.freeze({});
const FEW = [
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'location',
  'set-cookie',
  'ratelimit',
  'ratelimit-remaining',
  'x-ratelimit-remaining',
];
const BY_LENGTH = [];
for (const name of FEW) BY_LENGTH[name.length] = name;

/** Those that an XMLHttpRequest looks at, by name; a repeated one is an array. */
function fewOf(raw) {
  const few = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = BY_LENGTH[raw[i].length];
    if (name === undefined || (raw[i][0] | 0x20) !== name.charCodeAt(0)) continue;
    if (raw[i].latin1Slice().toLowerCase() !== name) continue;
    const value = raw[i + 1].latin1Slice();
    const before = few[name];
    if (before === undefined) few[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else few[name] = [before, value];
  }
  return few;
}
