import { parseArgs } from 'node:util';
import { OPTIONS } from './options.js';
import { UsageError } from './usage-error.js';

/**
 * @typedef {Record<string, any>} Values of the options that were given, by name: true, or what their kind made of the text
 *
 * @typedef {{ args: string[], place: string }} Line of a file of options; its place begins each message
 */

/**
 * @param {string[]} args
 * @param {Line[]} [before] they count less: what is given again replaces it
 * @returns {{ values: Values, positionals: string[] }}
 */
export function parseOptions(args, before = []) {
  const given = { values: /** @type {Values} */ ({}), positionals: [] };
  for (const line of before) {
    try {
      take(line.args, given);
    } catch (error) {
      if (error instanceof UsageError) error.message = `${line.place}: ${error.message}`;
      throw error;
    }
  }
  take(args, given);
  for (const name of Object.keys(given.values)) {
    const other = OPTIONS[name]?.excludes?.find((excluded) => given.values[excluded]);
    if (other && given.values[name]) throw new UsageError(`--${other} and --${name} exclude each other`);
  }
  return given;
}

const KNOWN = Object.fromEntries(
  Object.entries(OPTIONS).map(([name, { short, value }]) => [
    name,
    { type: value ? 'string' : 'boolean', ...(short && { short }) },
  ]),
);

function take(args, { values, positionals }) {
  // Not strict, as a value may begin with a dash; what would be, takeOption() is.
  const { tokens } = parseArgs({ args, options: KNOWN, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    else if (token.kind === 'option') takeOption(token, values);
  }
}

function takeOption({ name, rawName, value }, values) {
  const option = OPTIONS[name];
  if (!option) return takeNegated(name, rawName, value, values);
  const shown = option.short ? `-${option.short}, --${name}` : `--${name}`;
  if (!option.value) {
    if (value !== undefined) throw new UsageError(`${shown} takes no value`);
    values[name] = true;
    return;
  }
  if (value === undefined) throw new UsageError(`${shown} takes a value: ${option.value}`);
  const made = option.kind ? option.kind(value, `--${name}`) : value;
  if (option.into) {
    values[option.into] ??= [];
    values[option.into].push({ option: name, value: made });
  } else if (option.many) {
    values[name] ??= [];
    values[name].push(made);
  } else values[name] = made;
}

/** What others call it. */
const MEANT = { concurrency: 'parallel-max', connections: 'parallel-max', Z: 'parallel-max' };

/** As curl has it: --no- before a flag takes it back. */
function takeNegated(name, rawName, value, values) {
  const flag = name.startsWith('no-') ? name.slice(3) : '';
  if (!OPTIONS[flag] || OPTIONS[flag].value || value !== undefined) {
    const meant = MEANT[name] ?? Object.keys(OPTIONS).find((one) => one.startsWith(name) && name.length > 2);
    throw new UsageError(
      `unknown option ${rawName}; ${meant ? `did you mean --${meant}? ` : ''}fetchloop --help all lists them`,
    );
  }
  values[flag] = false;
}
