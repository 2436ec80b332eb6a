/** The list of errors is C's; the types have it once more, for programs and for the reference. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const read = (path) => readFile(new URL(path, import.meta.url), 'utf8');
const header = await read('../../src/fetchloop/error.h');
const types = await read('../../web/response/error-codes.js');

/** @param {'SESSION' | 'WIRE' | 'LOOP'} part @returns {string[][]} name, exit code, message */
const errorsOf = (part) => {
  const [body] = header.split(`#define FL__ERRORS_${part}(X)`)[1].split('\n\n');
  return Array.from(body.matchAll(/X\((\w+), (\d+), "([^"]*)"\)/g), ([, ...fields]) => fields);
};

/** What stands before a typedef: the table's rows, and the codes of the union. */
const typed = (name) => {
  const comment = types.split('/**').find((text) => text.includes(`} ${name}\n`)) ?? '';
  const rows = Array.from(comment.matchAll(/^ \* \| (FL_.*) \|$/gm), ([, row]) => row.split(' | '));
  return { rows, codes: Array.from(comment.matchAll(/'(FL_\w+)'/g), ([, code]) => code) };
};

const codesOf = (errors) => errors.map(([code]) => code);

test("a ClientError's codes are those of C, with curl's exit codes and the messages", () => {
  const ofSessions = [...errorsOf('SESSION'), ...errorsOf('WIRE')];
  const { rows, codes } = typed('ErrorCode');
  assert.ok(ofSessions.length > 30);
  assert.deepEqual(rows, ofSessions);
  assert.deepEqual(codes, codesOf(ofSessions));
});

test("a LoopError's codes are those of C, with the messages", () => {
  const SHARED = ['FL_ENOMEM', 'FL_EINVAL', 'FL_ECANCELLED'];
  const shared = errorsOf('SESSION').filter(([code]) => SHARED.includes(code));
  const ofLoop = [...shared, ...errorsOf('LOOP')].map(([code, , message]) => [code, message]);
  const { rows, codes } = typed('LoopErrorCode');
  assert.deepEqual(rows, ofLoop);
  assert.deepEqual(codes, codesOf(ofLoop));
});
