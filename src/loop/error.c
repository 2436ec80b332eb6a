#include "../fetchloop.h"

#include <string.h>

#ifdef FL_BROWSER
#define WIRE_TEXTS(name, curl, message) "\0\0"
#else
#define WIRE_TEXTS TEXTS
#endif
#define TEXTS(name, curl, message) #name "\0" message "\0"

/* Names and messages in turn, each with a NUL: pointers to them would be as large again. */
static const char texts[] = FL__ERRORS_SESSION(TEXTS) FL__ERRORS_WIRE(WIRE_TEXTS) FL__ERRORS_LOOP(TEXTS);

static const unsigned char curl_codes[] = {
#define X(name, curl, message) curl,
    FL_ERRORS(X)
#undef X
};

static bool known(int error) { return error < 0 && error >= -FL__ERRORS; }

static const char *after(const char *text) { return text + strlen(text) + 1; }

const char *fl_error_name(int error) {
  if (!known(error)) return error ? "FL_E?" : "FL_OK";
  const char *name = texts;
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
  const char *at = texts;
  for (int error = -1; error >= -FL__ERRORS; error--, at = after(after(at)))
    if (strcmp(at, name) == 0) return error;
  return 0;
}
