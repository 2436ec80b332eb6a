#include "error_texts.h"

#include <string.h>

#ifdef FL_BROWSER /* what a page has no use for, it need not load: loop_texts.c has those of the loop */
__attribute__((weak)) const char fl__error_texts[] =
    FL__ERRORS_SESSION(FL__TEXTS) FL__ERRORS_WIRE(FL__NO_TEXTS) FL__ERRORS_LOOP(FL__NO_TEXTS);
#else
const char fl__error_texts[] = FL_ERRORS(FL__TEXTS);
#endif

static const unsigned char curl_codes[] = {
#define X(name, curl, message) curl,
    FL_ERRORS(X)
#undef X
};

static bool known(int error) { return error < 0 && error >= -FL__ERRORS; }

static const char *after(const char *text) { return text + strlen(text) + 1; }

const char *fl_error_name(int error) {
  if (!known(error)) return error ? "FL_E?" : "FL_OK";
  const char *name = fl__error_texts;
  while (++error) name = after(after(name));
  return name;
}

const char *fl_error_message(int error) {
  return known(error) ? after(fl_error_name(error)) : error ? "unknown error" : "";
}

int fl_error_curl_code(int error) {
  if (known(error)) return curl_codes[-1 - error];
  return error != 0;
}

int fl_error_number(const char *name) {
  if (!*name) return 0;
  const char *at = fl__error_texts;
  for (int error = -1; error >= -FL__ERRORS; error--, at = after(after(at)))
    if (strcmp(at, name) == 0) return error;
  return 0;
}
