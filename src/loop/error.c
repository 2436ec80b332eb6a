#include "../fetchloop.h"

static const struct {
  const char *name, *message;
  int curl_code;
} errors[] = {
#define X(name, curl, message) {#name, message, curl},
    FL_ERRORS(X)
#undef X
};

static bool known(int error) { return error < 0 && error >= -FL__ERRORS; }

const char *fl_error_name(int error) { return known(error) ? errors[-1 - error].name : error ? "FL_E?" : "FL_OK"; }

const char *fl_error_message(int error) {
  return known(error) ? errors[-1 - error].message : error ? "unknown error" : "";
}

int fl_error_curl_code(int error) { return known(error) ? errors[-1 - error].curl_code : error ? 1 : 0; }
