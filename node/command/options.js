/**
 * The command's options, once: parsing, --help, the man page and the shells' completions all read this table. Names are
 * curl's where curl has one, else aria2's or lychee's. What an option does stands with who does it; here is only what it
 * is called, what its value may be, and a line on it.
 */
import { bytes, constant, oneOf, rate, seconds, statuses, wholeNumber } from './kinds.js';

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

/** The first is the one to use. */
export const ALGORITHMS = ['sha256', 'sha512', 'sha1', 'md5'];

const CONNECTIONS = wholeNumber(1, 65535);

export const FORMATS = ['text', 'jsonl', 'json', 'csv', 'junit', 'markdown', 'none'];

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
    format: { value: 'FORMAT', kind: oneOf(...FORMATS), main: true, help: 'text, jsonl, json, csv, junit, markdown' },
    jsonl: {
      main: true,
      excludes: ['format'],
      help: "a JSON object a URL, curl's -w names",
    },
    'write-out': {
      short: 'w',
      value: 'TEXT',
      excludes: ['format', 'jsonl'],
      help: "a text for each URL, with curl's %{…}; @FILE",
    },
    output: {
      short: 'o',
      value: 'FILE',
      many: true,
      main: true,
      excludes: ['remote-name', 'output-name'],
      help: 'save the body in FILE; - is stdout',
    },
    'remote-name': {
      short: 'O',
      main: true,
      excludes: ['output-name'],
      help: "save bodies under their URLs' last part",
    },
    'output-dir': { value: 'DIR', main: true, help: 'save bodies in DIR, by host and path' },
    'output-name': { value: 'NAME', help: 'as {host}/{name}: path, ext, query, urlnum …' },
    'create-dirs': { help: 'make the folders that are missing' },
    'skip-existing': { excludes: ['clobber', 'no-clobber'], help: 'what has its file is not fetched' },
    clobber: { excludes: ['no-clobber'], help: 'replace files, by -O and --output-dir too' },
    'no-clobber': { help: 'replace none: add a number to the name' },
    'continue-at': { short: 'C', value: '-', kind: constant('-'), help: "complete what another's run left" },
    checksum: { value: 'NAME', kind: oneOf(...ALGORITHMS), help: `in the record: ${ALGORITHMS.join(', ')}` },
    'etag-save': { value: 'FILE', help: "keep the URLs' ETags in FILE" },
    'etag-compare': { value: 'FILE', help: 'fetch only what has changed since' },
    silent: { short: 's', main: true, help: 'nothing on stderr, and no text on stdout' },
    fail: { short: 'f', main: true, help: 'a status of 400 or more is a failure' },
    'fail-with-body': { excludes: ['fail', 'accept'], help: 'the same, and its body is saved' },
    'fail-early': { help: 'end with the first failure' },
    accept: { value: 'STATUSES', kind: statuses, help: 'what is none, and all else is: 200..299,304' },
    'max-filesize': { value: 'BYTES', kind: bytes, help: 'the largest body, decoded (100M)' },
  },
  Comparing: {
    race: {
      main: true,
      excludes: ['sync', 'output', 'remote-name', 'output-dir', 'output-name', 'fail-early'],
      help: 'one at a time, then all at once',
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
