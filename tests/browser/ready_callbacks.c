/* A page's program: makes many callbacks ready at once, and says when all have run. */
#include "../../src/fetchloop.h"

#include <emscripten.h>
#include <stdlib.h>

static fl_loop *loop;
static fl_handle *handles;
static int count, ran;
static int work; /* of each callback, in rounds of arithmetic */
static volatile uint32_t result;

EM_JS(void, report_all_ran, (void), { Module.onAllRan(); })

static void callback(void *arg) {
  uint32_t value = (uint32_t)(uintptr_t)arg;
  for (int i = 0; i < work; i++) value = value * 1664525 + 1013904223;
  result = value;
  if (++ran == count) report_all_ran();
}

/* A negative budget is none. Gives 1 when it may begin. */
EMSCRIPTEN_KEEPALIVE int prepare(double turn_budget_us, int callbacks, int work_of_each) {
  if (loop) fl_loop_close(loop);
  free(handles);
  loop = NULL;
  ran = 0;
  count = callbacks;
  work = work_of_each;
  handles = calloc((size_t)count, sizeof *handles); /* memory's first touch has nothing to do with the loop */
  int64_t budget_us = turn_budget_us < 0 ? FL_NEVER : (int64_t)turn_budget_us;
  return handles && fl_loop_open(&loop, fl_host_clock(), budget_us) == FL_OK;
}

EMSCRIPTEN_KEEPALIVE void make_ready(void) {
  for (int i = 0; i < count; i++) fl_call_soon(loop, &handles[i], callback, &handles[i]);
}
