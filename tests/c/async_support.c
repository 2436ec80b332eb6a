#include "async_support.h"

fl_virtual_clock virtual_clock;

typedef struct text {
  char bytes[8192];
  size_t length;
} text;
static text words, reports;

static void append(text *to, const char *between, const char *format, va_list args) {
  if (to->length) to->length += (size_t)snprintf(to->bytes + to->length, sizeof to->bytes - to->length, "%s", between);
  assert_true(to->length < sizeof to->bytes);
  to->length += (size_t)vsnprintf(to->bytes + to->length, sizeof to->bytes - to->length, format, args);
  assert_true(to->length < sizeof to->bytes);
}

static const char *take(text *out, text *from) {
  memcpy(out->bytes, from->bytes, from->length + 1);
  from->bytes[from->length = 0] = '\0';
  return out->bytes;
}

/* ---- What happened */

void trace(const char *format, ...) {
  va_list args;
  va_start(args, format);
  append(&words, " ", format, args);
  va_end(args);
}

void trace_at(const char *word) { trace("%s@%lld", word, (long long)(fl_loop_time(loop) / FL_MS)); }

void trace_arg(void *arg) { trace("%s", (const char *)arg); }

const char *traced(void) {
  static text out;
  return take(&out, &words);
}

/* ---- What was reported */

static void report(const char *format, ...) {
  va_list args;
  va_start(args, format);
  append(&reports, "; ", format, args);
  va_end(args);
}

static void on_exception(fl_loop *from, const fl_exception *exception, void *arg) {
  assert_ptr_equal(from, loop);
  assert_ptr_equal(arg, &reports);
  const char *name = exception->name ? exception->name : "-";
  if (exception->error)
    report("%s: %s: %s: %s", exception->what, name, fl_error_name(exception->error), exception->message);
  else
    report("%s: %s", exception->what, name);
}

const char *reported(void) {
  static text out;
  return take(&out, &reports);
}

/* ---- The loop */

int async_setup(void **state) {
  (void)state;
  fl_virtual_clock_init(&virtual_clock);
  traced();
  reported();
  int error = fl_loop_open(&loop, &virtual_clock.clock, 0);
  if (error) return error;
  fl_loop_set_exception_handler(loop, on_exception, &reports);
  return 0;
}

int async_teardown(void **state) {
  loop_teardown(state);
  const char *unexpected = reported();
  if (*unexpected) print_error("reported, and not asked for: %s\n", unexpected);
  return *unexpected != '\0';
}

fl_loop *other_loop(void) {
  fl_loop *other;
  assert_int_equal(fl_loop_open(&other, &virtual_clock.clock, 0), FL_OK);
  return other;
}

int run_task(fl_task task) {
  int error = fl_loop_run_until_complete(loop, task, NULL, NULL);
  fl_release(task);
  return error;
}

void settle(void) {
  while (fl_loop_turn(loop) <= virtual_clock.now_us) continue;
}

void turns(unsigned count) {
  while (count-- > 0) fl_loop_turn(loop);
}

fl_async_define(sleeper) {
  fl_begin;
  fl_await(fl_sleep(self->delay_us));
  trace_at(self->name);
  if (self->fails) fl_raise(self->fails, self->message);
  fl_return((int)(self->delay_us / FL_MS));
  fl_finally;
  if (self->coro.pending == FL_ECANCELLED) trace("%s-cancelled", self->name);
  fl_end;
}
