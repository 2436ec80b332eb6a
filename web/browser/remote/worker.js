/** The other half of remote/session.js: the session itself, in a worker. */
import { initialize } from '../../wasm.js';
import { LocalSession } from '../local.js';
import { packError, packFailure, packResponse } from './messages.js';

/** How many results may be on their way, or wait to be taken. */
const RESULTS_AHEAD = 128;

const CALLS = ['setCrawlDelay', 'setPaused', 'stats', 'tasks', 'close'];

/** @type {LocalSession} */
let session;
let isClosed = false;
const asked = new Map(); // id -> Asked
const lists = new Map();

/** A request or a list of the page's. */
class Asked {
  controller = new AbortController();
  end = () => {};
  /** All has been told of it; of a stream, what the page's reader has yet to take may be left. */
  ended = new Promise((resolve) => {
    this.end = resolve;
  });
}

const NO_FAILURE = { packed: undefined, transfer: [] };
const KINDS = { call, request, abort, list, requests, taken, leave };

addEventListener('message', ({ data: { kind, ...message } }) => KINDS[kind](message));

async function call({ id, method, args }) {
  try {
    if (method === 'close') for (const state of lists.values()) giveAll(state);
    const value = method === 'open' ? await open(...args) : CALLS.includes(method) && (await session[method](...args));
    if (method === 'close') await Promise.all([...asked.values()].map(({ ended }) => ended));
    postMessage({ id, value });
    if (method === 'close') isClosed = true;
    leaveIfDone();
  } catch (error) {
    postMessage({ id, error: packError(error) });
  }
}

/** A body that had come when the session was closed can still be read, as one of a session in the page. */
function leaveIfDone() {
  if (isClosed && asked.size === 0) setTimeout(() => globalThis.close()); // the stream's own last word goes first
}

async function open(options, documentUrl, traced, wasm) {
  if (wasm) initialize({ wasm });
  const trace = traced ? (event) => postMessage({ event }) : undefined;
  session = await LocalSession.open({ ...options, trace }, () => documentUrl);
  return { limit: session.limit, timeOrigin: performance.timeOrigin };
}

async function request({ id, method, url, init, told }) {
  const onDownloadProgress = (progress) => postMessage({ id, kind: 'progress', progress });
  const one = new Asked();
  asked.set(id, one);
  const end = async (error) => {
    const { packed, transfer } = error ? await packFailure(error, Boolean(init.stream)) : NO_FAILURE;
    postMessage({ id, kind: 'end', error: packed }, { transfer });
    asked.delete(id);
    one.end();
    leaveIfDone();
  };
  try {
    const response = await session.request(method, url, {
      ...init,
      ...(told && { onDownloadProgress }),
      signal: one.controller.signal,
    });
    const { packed, transfer, ended } = await packResponse(response, Boolean(init.stream));
    postMessage({ id, kind: 'response', response: packed }, { transfer });
    if (ended) one.end();
    await ended;
    end();
  } catch (error) {
    end(error);
  }
}

function abort({ id, reason }) {
  asked.get(id)?.controller.abort(reason);
}

/** Results go out as far as they are taken there. */
async function list({ id, ...given }) {
  const state = { free: RESULTS_AHEAD, wake: () => {}, give: null, results: null };
  const one = new Asked();
  lists.set(id, state);
  asked.set(id, one);
  const error = await giveResults(id, state, { ...given, controller: one.controller }).catch(packError);
  lists.delete(id);
  asked.delete(id);
  postMessage({ id, kind: 'ended', error });
  one.end();
}

async function giveResults(id, state, { init, told, isAborted, total, controller }) {
  const abortable = isAborted === undefined ? {} : { signal: controller.signal };
  if (isAborted) controller.abort();
  const onProgress = ({ total: read, ...progress }) =>
    postMessage({ id, kind: 'progress', progress: { ...progress, total: read ?? total } });
  state.results = session.fetchAll(requestsFrom(id, state), { ...init, ...abortable, ...(told && { onProgress }) });
  for await (const { response, error, request, ...result } of state.results) {
    while (state.free === 0) {
      await new Promise((resolve) => {
        state.wake = resolve;
      });
    }
    state.free--;
    const whole = response && (await packResponse(response, false));
    const failure = error && (await packFailure(error, false));
    const { transfer } = whole ?? failure;
    postMessage(
      { id, kind: 'result', result: { ...result, response: whole?.packed, error: failure?.packed } },
      { transfer },
    );
  }
}

/** Nobody is waited for any more. */
function giveAll(state) {
  state.free = Number.POSITIVE_INFINITY;
  state.wake();
}

async function* requestsFrom(id, state) {
  for (;;) {
    const given = new Promise((resolve) => {
      state.give = resolve;
    });
    postMessage({ id, kind: 'wants' });
    const { requests: some, done } = await given;
    yield* some;
    if (done) return;
  }
}

function requests({ id, ...given }) {
  lists.get(id)?.give(given);
}

function taken({ id, count }) {
  const state = lists.get(id);
  if (!state) return;
  state.free += count;
  state.wake();
}

function leave({ id }) {
  const state = lists.get(id);
  if (!state) return;
  giveAll(state);
  state.results.return();
}
