import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Attempts, phasesOf } from '../attempts.js';
import { jsonLine } from '../formats/jsonl.js';
import { maskUrl } from '../secrets.js';
import { cannotWrite } from './cannot-write.js';

/**
 * Each step of each request, as it happens; - is stderr.
 * @param {{ trace: string, 'trace-format'?: 'jsonl' | 'chrome' }} values
 * @returns {Promise<import('../run.js').Sink>}
 */
export async function makeTrace({ trace: path, 'trace-format': format = 'jsonl' }) {
  const out = await openLines(path);
  const sink = format === 'chrome' ? chromeTrace(out.line) : stepTrace(out.line);
  return {
    ...sink,
    onRecord(record, result) {
      sink.onRecord?.(record, result);
      return out.room();
    },
    onEnd: out.end,
  };
}

/** Seconds since the run began, as all times of a record are. */
function stepTrace(line) {
  const began = performance.now();
  return {
    onTrace({ index, url, step, time, status, error, wait, bytes, connection }) {
      const event = { time: secondsOf(time - began), urlnum: index, step };
      if (step === 'queued' || step === 'end') event.url = maskUrl(url);
      if (step === 'connected' && connection) {
        Object.assign(event, { remote_ip: connection.remoteAddress, reused: connection.reused });
      }
      if (status > 0) event.response_code = status;
      if (error) event.error = error;
      if (step === 'retry' || step === 'redirect') event.wait = secondsOf(wait);
      if (step === 'chunk') event.bytes = bytes;
      line(jsonLine(event));
    },
  };
}

const secondsOf = (ms) => Math.round(ms * 1000) / 1e6;

/**
 * The Trace Event Format, for https://ui.perfetto.dev and chrome://tracing: a host is a process, a place in it a thread.
 * Its array needs no end, so that it is whole at any time.
 */
function chromeTrace(line) {
  const attempts = new Attempts();
  const hosts = new Map(); // origin -> { pid, places: when each is free again }
  line('[');
  const eventOf = (event) => line(`${jsonLine(event)},`);
  const hostOf = (url) => {
    const name = URL.canParse(url) ? new URL(url).host : '?';
    if (!hosts.has(name)) {
      const pid = hosts.size + 1;
      hosts.set(name, { pid, places: [] });
      eventOf({ name: 'process_name', ph: 'M', pid, args: { name } });
    }
    return hosts.get(name);
  };
  return {
    onTrace: (event) => attempts.onTrace(event),
    onRecord(record, { index }) {
      for (const attempt of attempts.take(index)) {
        if (attempt.startedAt === null) continue;
        const url = maskUrl(attempt.request?.url ?? record.url);
        const { pid, places } = hostOf(url);
        const tid = placeFor(places, attempt);
        const common = { cat: 'http', ph: 'X', pid, tid };
        const args = { url, urlnum: index, status: attempt.status, error: attempt.error ?? undefined };
        eventOf({ name: new URL(url).pathname, ...common, ...spanOf(attempt.startedAt, attempt.endedAt), args });
        let at = attempt.queuedAt;
        for (const [name, ms] of phasesOf(attempt)) {
          const from = Math.max(at, attempt.startedAt);
          at += ms;
          if (at > from) eventOf({ name, ...common, ...spanOf(from, at) });
        }
      }
    },
  };
}

/** The first that is free. Requests come in the order of their ends, so one that began long ago may find none. */
function placeFor(places, { startedAt, endedAt }) {
  const free = places.findIndex((spans) => spans.every(([from, to]) => to <= startedAt || from >= endedAt));
  const place = free === -1 ? places.push([]) - 1 : free;
  places[place] = [...places[place].slice(1 - SPANS_KEPT), [startedAt, endedAt]];
  return place + 1;
}

const SPANS_KEPT = 64;

const spanOf = (from, to) => ({ ts: Math.round(from * 1000), dur: Math.max(1, Math.round((to - from) * 1000)) });

/** Lines to a file, or to stderr. */
async function openLines(path) {
  if (path === '-') return { line: (text) => process.stderr.write(`${text}\n`), room: () => undefined, end: () => {} };
  const stream = createWriteStream(path, { highWaterMark: 2 ** 20 });
  await once(stream, 'open').catch((error) => {
    throw cannotWrite('--trace', path, error);
  });
  let failure = null;
  const finish = finished(stream).catch((error) => {
    failure = cannotWrite('--trace', path, error);
  });
  const assertWritten = () => {
    if (failure) throw failure;
  };
  return {
    line: (text) => stream.write(`${text}\n`),
    room() {
      assertWritten();
      return stream.writableNeedDrain ? Promise.race([once(stream, 'drain'), finish]).then(assertWritten) : undefined;
    },
    async end() {
      stream.end();
      await finish;
      assertWritten();
    },
  };
}
