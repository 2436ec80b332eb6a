/* What goes wrong where nobody awaits it: asyncio's call_exception_handler(). */
#include "loop.h"

#include <stdio.h>

void fl_loop_set_exception_handler(fl_loop *loop, fl_exception_handler *handler, void *arg) {
  loop->on_exception = handler;
  loop->on_exception_arg = arg;
}

static void put(const char *before, const char *text) {
  if (text) fputs(before, stderr), fputs(text, stderr);
}

const char *fl__decimal(char digits[FL__DIGITS], int64_t number) {
  char *at = &digits[FL__DIGITS - 1];
  *at = '\0';
  do *--at = (char)('0' + number % 10);
  while (number /= 10);
  return at;
}

/* Without printf, which would be a quarter of the WebAssembly. */
static void write_exception(const fl_exception *exception) {
  char digits[FL__DIGITS] = "";
  put("", exception->what);
  put(": ", exception->name);
  if (exception->error) put(": ", fl_error_name(exception->error));
  put(": ", exception->message);
  if (exception->took_us) put(": ", fl__decimal(digits, exception->took_us)), put("", " us");
  put("", "\n");
}

void fl_loop_call_exception_handler(fl_loop *loop, const fl_exception *exception) {
  if (loop->on_exception)
    loop->on_exception(loop, exception, loop->on_exception_arg);
  else
    write_exception(exception);
}
