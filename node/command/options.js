/**
 * The command's options, once: parsing, --help, the man page and the shells' completions all read this table. Names are
 * curl's where curl has one, else aria2's or lychee's. What an option does stands with who does it; here is only what it
 * is called, what its value may be, and a line on it.
 */
import { bytes, listOf, oneOf, rate, seconds, statuses, wholeNumber } from './kinds.js';

/**
 * @typedef {object} Option
 * @property {string} [short] one letter
 * @property {string} [value] what its value is called; none: it is a flag
 * @property {import('./kinds.js').Kind} [kind] of its value; default: a text
 * @property {boolean} [many] it may be given more than once, and gives an array
 * @property {boolean} [main] it is in the short --help
 * @property {string[]} [excludes] those it can't go together with
 * @property {string} help one line
 */

const CONNECTIONS = wholeNumber(1, 65535);

export const FORMATS = ['text', 'jsonl', 'none'];

/** @type {Record<string, Record<string, Option>>} by what they are about, in the order of --help */
export const GROUPS = {
  Input: {
    'input-file': {
      short: 'i',
      value: 'FILE',
      many: true,
      main: true,
      help: 'read URLs from FILE, one a line; - is stdin',
    },
  },
  'Limits and pace': {
    'parallel-max': { value: 'N', kind: CONNECTIONS, main: true, excludes: ['sync'], help: 'at most N at once (50)' },
    'parallel-max-host': {
      value: 'N',
      kind: CONNECTIONS,
      main: true,
      excludes: ['sync'],
      help: 'of these N to one host (6)',
    },
    sync: { help: 'one after another' },
    rate: { value: 'RATE', kind: rate, main: true, help: 'requests to one host: 10/s, 600/m' },
    'rate-all': { value: 'RATE', kind: rate, help: 'requests in all' },
  },
  'Time and trying again': {
    'max-time': {
      short: 'm',
      value: 'SECONDS',
      kind: seconds,
      main: true,
      help: 'for an attempt (30); 0: no limit',
    },
    'connect-timeout': { value: 'SECONDS', kind: seconds, help: 'until connected (10); 0: no limit' },
    retry: { value: 'N', kind: wholeNumber(0, 1000), main: true, help: 'try again N times what may be (2)' },
  },
  Output: {
    format: { value: 'FORMAT', kind: oneOf(...FORMATS), main: true, help: `of stdout: ${FORMATS.join(', ')}` },
    jsonl: {
      main: true,
      excludes: ['format'],
      help: "a JSON object a URL, curl's -w names",
    },
    silent: { short: 's', main: true, help: 'nothing on stderr, and no text on stdout' },
    fail: { short: 'f', main: true, help: 'a status of 400 or more is a failure' },
    accept: { value: 'STATUSES', kind: statuses, help: 'what is none, and all else is: 200..299,304' },
    'max-filesize': { value: 'BYTES', kind: bytes, help: 'the largest body, decoded (100M)' },
  },
  'Looking closer': {
    report: {
      value: 'FILE',
      main: true,
      excludes: ['race'],
      help: 'a page with a waterfall: run.html',
    },
    har: { value: 'FILE', excludes: ['race'], help: 'an HTTP archive, HAR 1.2, without secrets' },
    trace: { value: 'FILE', excludes: ['race'], help: 'each step of each request; - is stderr' },
    'trace-format': {
      value: 'FORMAT',
      kind: oneOf('jsonl', 'chrome'),
      help: 'of --trace: jsonl, chrome (for Perfetto)',
    },
    verbose: { short: 'v', excludes: ['race', 'silent'], help: 'heads of requests and responses on stderr' },
  },
  'Losing no work': {
    journal: {
      value: 'FILE',
      main: true,
      excludes: ['race'],
      help: 'keep each record; the same command goes on',
    },
    failures: {
      value: 'FILE',
      excludes: ['race'],
      help: 'what failed, as a list to read: FILE.ndjson',
    },
  },
  'Seeing what happens': {
    progress: { help: 'lines on it, also where stderr is no terminal' },
    'no-progress': { excludes: ['progress', 'waterfall'], help: 'no view of it on a terminal' },
    waterfall: { main: true, help: 'and bars of what is in flight' },
    plain: { excludes: ['waterfall'], help: 'lines in place of a view, for screen readers' },
    'host-stats': { help: 'the summary has every host' },
  },
  Comparing: {
    race: {
      main: true,
      excludes: ['sync'],
      help: 'one at a time, then all at once',
    },
    compare: {
      value: 'TOOLS',
      kind: listOf(oneOf('curl', 'requests', 'aiohttp', 'fetch')),
      excludes: ['race', 'sync', 'report', 'har', 'trace', 'verbose'],
      help: 'the same URLs with curl,requests,aiohttp,fetch',
    },
  },
  'The demo page (fetchloop demo)': {
    port: { value: 'PORT', kind: wholeNumber(0, 65535), help: 'of `fetchloop demo` (8000); 0: any that is free' },
  },
  About: {
    version: { short: 'V', main: true, help: 'print the version' },
    help: { short: 'h', main: true, help: 'print this; --help all: every option' },
  },
};

/** @type {Record<string, Option>} */
export const OPTIONS = Object.assign({}, ...Object.values(GROUPS));
