/** Mistakes with coroutines that must not compile, each beside what is right: that compiles without a warning. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const flags = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-Isrc', '-fsyntax-only', '-x', 'c', '-'];
const compilers = { gcc: ['gcc', []], clang: ['clang', []], emcc: ['build/emcc', []] };
const inCpp = ['-Wall', '-Wextra', '-Werror', '-Isrc', '-fsyntax-only', '-x', 'c++', '-'];

/** What the compiler says of a file with these definitions; '' when it has nothing to say. */
function compile(name, source, options = flags) {
  const [command, more] = compilers[name];
  const { status, stderr, error } = spawnSync(command, [...more, ...options], {
    input: `#include <fetchloop.h>\nint main(void);\n${source}\nint main(void) { return 0; }\n`,
    encoding: 'utf8',
  });
  if (error) throw error;
  assert.equal(status === 0, stderr === '', stderr);
  return stderr;
}

const helpers = `
fl_async(number, int n; int result) { fl_begin; fl_return(self->n); fl_end; }
fl_async(other, int n; int result) { fl_begin; fl_return(self->n); fl_end; }
int use(void *loop);
int use(void *loop) { return fl_create_task(loop, number, 1).at || fl_create_task(loop, other, 1).at; }`;

/** A coroutine with this body, and something that starts it. */
function coroutine(body, fields = 'int x; int result; number frame; fl_future future; int error') {
  return `${helpers}
fl_async(coroutine, ${fields}) {
fl_begin;
${body}
fl_end;
}
int begin(void *loop);
int begin(void *loop) { return fl_create_task(loop, coroutine).at != NULL; }`;
}

/** mistake: [what is wrong, what is right, of what the compiler must speak, who is too old to see it] */
const mistakes = {
  'a local that is initialised before an await and in scope after it': [
    coroutine('int n = 1;\nfl_await(fl_sleep(n));\nself->x = n;'),
    coroutine('{ int n = 1; self->x = n; }\nfl_await(fl_sleep(self->x));\nself->x++;'),
    /jump|switch|protected scope/,
    ['clang'], // 14 has no -Wjump-misses-init
  ],
  'a local that is initialised between two awaits': [
    coroutine('fl_await(fl_sleep(1));\nint n = 1;\nfl_await(fl_sleep(n));\nself->x = n;'),
    coroutine('fl_await(fl_sleep(1));\n{ int n = 1; self->x = n; }\nfl_await(fl_sleep(2));\nself->x++;'),
    /jump|switch|protected scope/,
    ['clang'],
  ],
  'a local in a loop, in scope across its await': [
    coroutine('for (int i = 0; i < 3; i++)\nfl_await(fl_sleep(i));'),
    coroutine('for (self->x = 0; self->x < 3; self->x++)\nfl_await(fl_sleep(self->x));'),
    /jump|switch|protected scope/,
    ['clang'],
  ],
  'a local in scope across a yield': [
    coroutine('int n = 1;\nfl_yield(n);\nself->x = n;'),
    coroutine('{ int n = 1; self->x = n; }\nfl_yield(self->x);\nself->x++;'),
    /jump|switch|protected scope/,
    ['clang'],
  ],
  'two awaits in one line': [
    coroutine('fl_await(fl_sleep(1)); fl_await(fl_sleep(2));'),
    coroutine('fl_await(fl_sleep(1));\nfl_await(fl_sleep(2));'),
    /duplicate case/,
  ],
  'an await inside a switch': [
    coroutine('switch (self->x) {\ncase 1:\nfl_await(fl_sleep(1));\nbreak;\ndefault: break;\n}'),
    coroutine(
      'if (self->x == 1)\nfl_await(fl_sleep(1));\nswitch (self->x) { case 1: self->x = 2; break; default: break; }',
    ),
    /overflow|case value/,
  ],
  'a number awaited': [coroutine('fl_await(1);'), coroutine('fl_await(fl_sleep(1));'), /_Generic|not compatible/],
  'a frame awaited, and not a call': [
    coroutine('fl_await(self->frame);'),
    coroutine('fl_await(fl_call(number, &self->frame, 1));'),
    /_Generic|not compatible/,
  ],
  'a return of a value by a coroutine without a result': [
    coroutine('fl_return(1);', 'int x'),
    coroutine('fl_return_void;', 'int x'),
    /result/,
  ],
  'a return of the wrong type': [coroutine('fl_return("text");'), coroutine('fl_return(1);'), /pointer|integer/],
  'a fraction of a microsecond to sleep': [
    coroutine('fl_await(fl_sleep(0.5));'),
    coroutine('fl_await(fl_sleep(fl_seconds(0.5)));'),
    /pointer|integer|incompatible/,
  ],
  'a fraction of a microsecond to wait for': [
    coroutine('fl_await(fl_wait_for(self->future, 0.5f));'),
    coroutine('fl_await(fl_wait_for(self->future, fl_seconds(0.5f)));'),
    /pointer|integer|incompatible/,
  ],
  'a frame that is too large for the stack': [
    coroutine('self->x = 1;', 'int x; char large[16384]'),
    coroutine('self->x = 1;', 'int x; char large[16000]'),
    /FL_FRAME_BYTES_MAX/,
  ],
  'a call with the frame of another coroutine': [
    coroutine('fl_await(fl_call(other, &self->frame, 1));'),
    coroutine('fl_await(fl_call(number, &self->frame, 1));'),
    /incompatible/,
  ],
  'a call with more arguments than there are fields': [
    coroutine('fl_await(fl_call(number, &self->frame, 1, 2, 3));'),
    coroutine('fl_await(fl_call(number, &self->frame, .n = 1));'),
    /excess/,
  ],
  'a task of something that is no coroutine': [
    `${coroutine('self->x = 1;')}\nint wrong(void *loop);\nint wrong(void *loop) { return fl_create_task(loop, nothing).at != NULL; }`,
    coroutine('self->x = 1;'),
    /nothing/,
  ],
};

for (const name of Object.keys(compilers))
  for (const [mistake, [wrong, right, of, tooOld = []]] of Object.entries(mistakes)) {
    test(`${name}: ${mistake}: what is right compiles`, () => assert.equal(compile(name, right), ''));
    if (tooOld.includes(name)) continue;
    test(`${name}: ${mistake} does not compile`, () => assert.match(compile(name, wrong), of));
  }

for (const name of Object.keys(compilers)) {
  test(`${name}: a fraction of a microsecond is no mere warning`, () => {
    const [wrong] = mistakes['a fraction of a microsecond to sleep'];
    const lenient = flags.filter((flag) => flag !== '-Werror');
    assert.match(
      compile(name, wrong, [...lenient.slice(0, -3), '-w', ...lenient.slice(-3)]),
      /not_whole_microseconds|incompatible/,
    );
  });
  test(`${name}: C++ can include the header`, () => {
    assert.equal(compile(name, 'int use() { return fl_error_curl_code(FL_ENOMEM); }', inCpp), '');
  });
}
