#include "cmocka.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf out;
static int running; /* what failed outside has nowhere to jump to */

void print_error(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fflush(stdout);
  vfprintf(stderr, format, args);
  va_end(args);
}

_Noreturn void cmocka__fail(const char *file, int line) {
  print_error("%s:%d: error: Failure!\n", file, line);
  if (!running) abort();
  longjmp(out, 1);
}

void cmocka__check(int so, const char *what, const char *file, int line) {
  if (so) return;
  print_error("%s\n", what);
  cmocka__fail(file, line);
}

void cmocka__equal(uint64_t a, uint64_t b, int equal, const char *file, int line) {
  if ((a == b) == equal) return;
  print_error("%#" PRIx64 " %s %#" PRIx64 "\n", a, equal ? "!=" : "==", b);
  cmocka__fail(file, line);
}

void cmocka__in_range(uint64_t value, uint64_t from, uint64_t to, const char *file, int line) {
  if (value >= from && value <= to) return;
  print_error("%" PRIu64 " is not within the range %" PRIu64 "-%" PRIu64 "\n", value, from, to);
  cmocka__fail(file, line);
}

void cmocka__string(const char *a, const char *b, int equal, const char *file, int line) {
  if ((strcmp(a, b) == 0) == equal) return;
  print_error("\"%s\" %s \"%s\"\n", a, equal ? "!=" : "==", b);
  cmocka__fail(file, line);
}

void cmocka__memory(const void *a, const void *b, size_t size, const char *file, int line) {
  if (memcmp(a, b, size) == 0) return;
  print_error("%zu bytes differ\n", size);
  cmocka__fail(file, line);
}

/* 0: it passed; 1: an assertion failed. A fixture that fails is an error, as it is when its assertion does. */
static int call(int (*fixture)(void **), void (*test)(void **), void **state) {
  volatile int failed = 1;
  running = 1;
  if (!setjmp(out)) {
    if (test) test(state);
    failed = fixture ? fixture(state) : 0;
  }
  running = 0;
  return failed != 0;
}

static const char *run_one(const struct CMUnitTest *test) {
  void *state = test->initial_state;
  if (test->setup && call(test->setup, NULL, &state)) return "  ERROR   ";
  int failed = call(NULL, test->test, &state);
  if (test->teardown && call(test->teardown, NULL, &state)) return "  ERROR   ";
  return failed ? "  FAILED  " : "       OK ";
}

int cmocka__run(const struct CMUnitTest *tests, size_t count, int (*setup)(void **), int (*teardown)(void **)) {
  static char failed[1000];
  void *state = NULL;
  size_t failures = 0;
  printf("[==========] Running %zu test(s).\n", count);
  if (count > sizeof failed || (setup && call(setup, NULL, &state))) return 1;
  for (size_t i = 0; i < count; i++) {
    printf("[ RUN      ] %s\n", tests[i].name);
    const char *result = run_one(&tests[i]);
    failures += failed[i] = strcmp(result, "       OK ") != 0;
    printf("[%s] %s\n", result, tests[i].name);
  }
  if (teardown && call(teardown, NULL, &state)) return 1;
  printf("[==========] %zu test(s) run.\n[  PASSED  ] %zu test(s).\n", count, count - failures);
  if (failures) printf("[  FAILED  ] %zu test(s), listed below:\n", failures);
  for (size_t i = 0; i < count; i++)
    if (failed[i]) printf("[  FAILED  ] %s\n", tests[i].name);
  return (int)failures;
}
