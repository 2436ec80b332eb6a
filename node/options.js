import { parseArgs } from 'node:util';

/** A mistake in how the command was called: its message is for the user, no stack. */
export class UsageError extends Error {}

/** The command line, once: what parseArgs reads, what --help prints. Names are curl's and aria2's where they have one. */
const OPTIONS = {
  'input-file': {
    type: 'string',
    short: 'i',
    multiple: true,
    value: 'FILE',
    help: 'read URLs from FILE; - is stdin',
  },
  sync: { type: 'boolean', help: 'one after another' },
  'parallel-max': { type: 'string', value: 'N', help: 'at most N at once (50)' },
  'parallel-max-host': { type: 'string', value: 'N', help: 'of these N to one host (6)' },
  'max-time': { type: 'string', short: 'm', value: 'SECONDS', help: 'for an attempt (30); 0: no limit' },
  'connect-timeout': { type: 'string', value: 'SECONDS', help: 'until connected (10); 0: no limit' },
  race: {
    type: 'boolean',
    help: 'one at a time, then all at once, and compare;\nwithout URLs, five sites that it plays itself',
  },
  jsonl: { type: 'boolean', help: "a JSON object a URL on stdout, with the\nnames of curl's -w" },
  quiet: { type: 'boolean', short: 'q', help: 'print only --jsonl records and errors in usage' },
  version: { type: 'boolean', short: 'V', help: 'print the version' },
  help: { type: 'boolean', short: 'h', help: 'print this' },
};

export function helpText() {
  const rows = Object.entries(OPTIONS).map(([name, { short, value, help }]) => {
    const left = `  ${short ? `-${short},` : '   '} --${name}${value ? ` ${value}` : ''}`;
    return left.padEnd(33) + help.replace('\n', `\n${' '.repeat(33)}`);
  });
  return `Usage: fetchloop [options] [url…]

Fetch many URLs at once. As each ends, a line goes to stdout (status, seconds,
size, URL); a summary follows on stderr. In place of a URL, - reads more of them
from stdin, one a line; blank lines and lines that begin with # are skipped.

${rows.join('\n')}

Exit code: 0 all were fetched, whatever their status; 1 some were not; 2 wrong
usage; 130 interrupted (Ctrl-C).

  fetchloop https://example.com/ https://example.org/
  fetchloop -i urls.txt --parallel-max 100 --jsonl >results.jsonl
  fetchloop --race
`;
}

/**
 * @typedef {object} Options
 * @property {string[]} urls as given; '-' is stdin
 * @property {string[]} files '-' is stdin
 * @property {boolean} race
 * @property {boolean} jsonl
 * @property {boolean} quiet
 * @property {boolean} help
 * @property {boolean} version
 * @property {import('../web/session.js').SessionOptions} session
 */

/** @param {string[]} args @returns {Options} */
export function readOptions(args) {
  const { values, positionals } = parse(args);
  for (const other of ['race', 'parallel-max', 'parallel-max-host']) {
    if (values.sync && values[other] !== undefined) throw new UsageError(`--sync and --${other} exclude each other`);
  }
  return {
    urls: positionals,
    files: values['input-file'] ?? [],
    race: Boolean(values.race),
    jsonl: Boolean(values.jsonl),
    quiet: Boolean(values.quiet),
    help: Boolean(values.help),
    version: Boolean(values.version),
    session: {
      limit: values.sync ? 1 : wholeNumber(values, 'parallel-max'),
      limitPerHost: values.sync ? 1 : wholeNumber(values, 'parallel-max-host'),
      timeout: { attempt: seconds(values, 'max-time'), connect: seconds(values, 'connect-timeout') },
    },
  };
}

function parse(args) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    if (!error.code?.startsWith('ERR_PARSE_ARGS_')) throw error;
    // Of an unknown option Node tells at length how it could be a URL.
    const unknown = error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
    const what = unknown ? error.message.split('. ')[0] : error.message.replace(/\s+/g, ' ').replace(/\.$/, '');
    throw new UsageError(`${what}; fetchloop --help lists the options`);
  }
}

function wholeNumber(values, name) {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 65535) {
    throw new UsageError(`--${name} takes a whole number from 1 to 65535, not '${text}'`);
  }
  return number;
}

function seconds(values, name) {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text) || (number > 0 && number < 0.001)) {
    throw new UsageError(`--${name} takes seconds, such as 10 or 0.5, not '${text}'`);
  }
  return number === 0 ? Number.POSITIVE_INFINITY : number;
}
