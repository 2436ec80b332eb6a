/** Options from files, in curl's syntax: a line each, `name = value`, `-x value`, `--name value`; # begins a comment. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cannotRead } from './cannot-read.js';
import { parseOptions } from './parse.js';
import { UsageError } from './usage-error.js';

const DEPTH_MAX = 10;

/**
 * The options of a command line, and of the files that it names or that is there anyway. The command line counts more.
 * @param {string[]} args
 */
export function readOptions(args) {
  const parsed = parseOptions(args);
  const files = [...ownFile(parsed.values), ...(parsed.values.config ?? [])];
  return files.length === 0
    ? parsed
    : parseOptions(
        args,
        files.flatMap((file) => linesOf(file)),
      );
}

/** The user's own, unless -q. */
function ownFile({ disable }) {
  if (disable) return [];
  const file = join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'fetchloop', 'config');
  return existsSync(file) ? [file] : [];
}

/** @returns {import('./parse.js').Line[]} @param {string} file - is stdin */
function linesOf(file, depth = 1) {
  const name = file === '-' ? 'stdin' : file;
  const found = [];
  for (const [i, line] of textOf(file, name).split(/\r?\n/).entries()) {
    const place = `${name}:${i + 1}`;
    const args = argsOf(line, place);
    if (args.length === 0) continue;
    found.push({ args, place });
    for (const nested of parseOptions([], [{ args, place }]).values.config ?? []) {
      if (depth === DEPTH_MAX)
        throw new UsageError(`${place}: files of options name each other, more than ${DEPTH_MAX}`);
      found.push(...linesOf(nested, depth + 1));
    }
  }
  return found;
}

function textOf(file, name) {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    throw cannotRead(name, error);
  }
}

function argsOf(line, place) {
  const [, dashes, name, rest] = /^\s*(--?)?([^\s=:]*)(.*)$/s.exec(line);
  if (/^\s*([#/*]|$)/.test(line)) return [];
  // After dashes only blanks stand before the value: --name=value is one word.
  const value = valueText(dashes && /^[=:]/.test(rest) ? rest.slice(1) : rest.replace(/^\s*[=:]?\s*/, ''), place);
  if (dashes === '-') return value === null ? [`-${name}`] : [`-${name}`, value];
  return [value === null ? `--${name}` : `--${name}=${value}`];
}

const ESCAPES = { t: '\t', n: '\n', r: '\r', v: '\v' };

function valueText(rest, place) {
  const text = rest.trim();
  if (text === '') return null;
  if (!text.startsWith('"')) {
    if (/\s(?!\s*#)\S/.test(text.replace(/\s+#.*$/, ''))) {
      throw new UsageError(`${place}: put a value with blanks into quotes`);
    }
    return text.replace(/\s.*$/, '');
  }
  const [whole, quoted] = /^"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
  if (whole === undefined) throw new UsageError(`${place}: the quotes are not closed`);
  if (/^\s*[^\s#]/.test(text.slice(whole.length))) throw new UsageError(`${place}: something stands after the quotes`);
  return quoted.replace(/\\(.)/g, (_, character) => ESCAPES[character] ?? character);
}
