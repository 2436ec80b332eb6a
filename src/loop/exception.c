/* What goes wrong where nobody awaits it: asyncio's call_exception_handler(). */
#include "loop.h"

#include <string.h>

void fl_loop_set_exception_handler(fl_loop *loop, fl_exception_handler *handler, void *arg) {
  loop->on_exception = handler;
  loop->on_exception_arg = arg;
}

const char *fl__decimal(char digits[FL__DIGITS], int64_t number) {
  char *at = &digits[FL__DIGITS - 1];
  *at = '\0';
  do *--at = (char)('0' + number % 10);
  while (number /= 10);
  return at;
}

enum { LINE_BYTES = 512 };

/* As much as fits. */
static void append(char line[LINE_BYTES], const char *text) {
  size_t length = strlen(line);
  for (; *text && length < LINE_BYTES - 1; text++) line[length++] = *text;
  line[length] = '\0';
}

static void put(char line[LINE_BYTES], const char *before, const char *text) {
  if (text) append(line, before), append(line, text);
}

/* Without printf, which would be a quarter of the WebAssembly. */
static void write_exception(const fl_exception *exception) {
  char line[LINE_BYTES] = "", digits[FL__DIGITS] = "";
  put(line, "", exception->what);
  put(line, ": ", exception->name);
  if (exception->error) put(line, ": ", fl_error_name(exception->error));
  put(line, ": ", exception->message);
  if (exception->took_us) put(line, ": ", fl__decimal(digits, exception->took_us)), put(line, "", " us");
  fl__host_report(line);
}

void fl_loop_call_exception_handler(fl_loop *loop, const fl_exception *exception) {
  if (loop->on_exception)
    loop->on_exception(loop, exception, loop->on_exception_arg);
  else
    write_exception(exception);
}
