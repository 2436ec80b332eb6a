import { parseArgs } from 'node:util';
import { OPTIONS } from './options.js';
import { UsageError } from './usage-error.js';

/**
 * @typedef {Record<string, any>} Values of the options that were given, by name: true, or what their kind made of the text
 */

/**
 * @param {string[]} args
 * @returns {{ values: Values, positionals: string[] }}
 */
export function parseOptions(args) {
  const { values, positionals } = parse(args);
  for (const [name, value] of Object.entries(values)) {
    const { kind, many, excludes = [] } = OPTIONS[name];
    const other = excludes.find((excluded) => values[excluded] !== undefined);
    if (other) throw new UsageError(`--${other} and --${name} exclude each other`);
    if (kind) values[name] = many ? value.map((text) => kind(text, `--${name}`)) : kind(value, `--${name}`);
  }
  return { values, positionals };
}

function parse(args) {
  const options = Object.fromEntries(
    Object.entries(OPTIONS).map(([name, { short, value, many }]) => [
      name,
      { type: value ? 'string' : 'boolean', ...(short && { short }), ...(many && { multiple: true }) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { values: { ...values }, positionals };
  } catch (error) {
    if (!error.code?.startsWith('ERR_PARSE_ARGS_')) throw error;
    // Of an unknown option Node tells at length how it could be a URL.
    const unknown = error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
    const what = unknown ? error.message.split('. ')[0] : error.message.replace(/\s+/g, ' ').replace(/\.$/, '');
    throw new UsageError(`${what}; fetchloop --help lists the options`);
  }
}
