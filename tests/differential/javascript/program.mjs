/** A program as text, read into a tree: script.h. */
import { readFileSync } from 'node:fs';

const vocabulary = readFileSync(new URL('../ops.h', import.meta.url), 'utf8');
const ops = (text) => [...text.matchAll(/^ {2}X\((\w+), "(\w*)"\)/gm)].map(([, name, args]) => [name, args]);
const [awaiting] = vocabulary.split('#define SYNC_OPS');

/** By name, what its arguments are: i a number, l a list, b a block. */
const ARGS = new Map(ops(vocabulary));
/** Those that await. */
export const ASYNC = new Set(ops(awaiting).map(([name]) => name));

const CONFIG = 8;

/** @typedef {{ id: number, code: string, args: any[] }} Op */

/** @param {string} line @returns {{ config: number[], block: Op[] }} */
export function read(line) {
  const words = line.trim().split(/\s+/);
  const config = words.splice(0, CONFIG).map(Number);
  let ids = 0;

  function block() {
    const list = [];
    words.shift(); // {
    while (words[0] !== '}') {
      const op = { id: ids, code: words.shift(), args: [] };
      ids++;
      for (const kind of ARGS.get(op.code)) op.args.push(READERS[kind]());
      list.push(op);
    }
    words.shift();
    return list;
  }

  function list() {
    const end = words.indexOf(']');
    return words
      .splice(0, end + 1)
      .slice(1, -1)
      .map(Number);
  }

  const READERS = { i: () => Number(words.shift()), l: list, b: block };
  return { config, block: block() };
}
