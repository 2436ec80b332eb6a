import { openSync, readFileSync, writeSync } from 'node:fs';
import { printable } from '../../web/response/errors.js';
import { UsageError } from './usage-error.js';
import { variable } from './write-out-variables.js';

/**
 * curl's -w: a text with variables, written for each record. As curl does, what it doesn't know is told once on stderr, and
 * nothing stands in its place.
 * @param {string} template or @FILE
 * @param {import('./output.js').Output} output
 * @returns {import('./run.js').Sink}
 */
export function writeOut(template, output) {
  const parts = parse(template.startsWith('@') ? readTemplate(template.slice(1)) : template);
  const files = new Files();
  return {
    async onRecord(record, result) {
      const pieces = render(parts, record, result);
      const toStdout = pieces.filter(({ to }) => to === 'stdout').map(({ text }) => text);
      for (const { to, text } of pieces) {
        if (to === 'stderr') process.stderr.write(text);
        else if (to !== 'stdout') files.write(to, text);
      }
      if (toStdout.length === 0) return;
      const release = await output.takeTurn(); // never within a body
      await output.write(toStdout.join(''));
      release();
    },
  };
}

function readTemplate(file) {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new UsageError(`--write-out can't read ${printable(file)}: ${error.message.split(', ')[0]}`);
  }
}

const PART = /%%|%\{([^}]*)\}|%(header|output)\{([^}]*)\}|\\([rnt])|[^%\\]+|[\s\S]/g;
const ESCAPES = { r: '\r', n: '\n', t: '\t' };

/** @returns {{ text?: string, name?: string, header?: string, file?: string }[]} */
function parse(template) {
  const parts = [];
  for (const [whole, name, what, argument, letter] of template.matchAll(PART)) {
    if (name !== undefined) parts.push({ name: name.toLowerCase() });
    else if (what === 'header') parts.push({ header: argument });
    else if (what === 'output') parts.push({ file: argument });
    else parts.push({ text: letter ? ESCAPES[letter] : whole === '%%' ? '%' : whole });
  }
  return parts.filter(({ name }) => name === undefined || isKnown(name));
}

/** Those that aren't values, and where what follows goes. */
const MARKERS = new Set(['stdout', 'stderr', 'onerror']);

function isKnown(name) {
  if (MARKERS.has(name) || variable(name, null, null) !== undefined) return true;
  process.stderr.write(`fetchloop: unknown --write-out variable: '${printable(name)}'\n`);
  return false;
}

function render(parts, record, result) {
  const pieces = [];
  let to = 'stdout';
  for (const { text, name, header, file } of parts) {
    if (name === 'onerror' && record.exitcode === 0) break;
    if (name === 'stdout' || name === 'stderr') to = name;
    else if (file !== undefined) to = `file:${file}`;
    else if (name !== 'onerror')
      pieces.push({ to, text: text ?? headerOf(header, result) ?? variable(name, record, result) });
  }
  return pieces;
}

function headerOf(name, { response, error }) {
  if (name === undefined) return undefined;
  const headers = (response ?? error?.response)?.headers;
  if (!headers || !/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return '';
  return (name.toLowerCase() === 'set-cookie' ? headers.getSetCookie()[0] : headers.get(name)) ?? '';
}

/** `%output{FILE}`: made anew when it is first written to; `%output{>>FILE}`: added to. */
class Files {
  #opened = new Map();

  write(to, text) {
    const [, appends, file] = /^file:(>>)?(.*)$/s.exec(to);
    if (!this.#opened.has(file)) this.#opened.set(file, openSync(file, appends ? 'a' : 'w'));
    writeSync(this.#opened.get(file), text);
  }
}
