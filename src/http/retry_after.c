#include "retry_after.h"

#include "http_date.h"
#include "scan.h"

int64_t fl__retry_after_us(const char *text, const char *date, int64_t wall_us) {
  const char *at = text;
  int64_t seconds = fl__take_number(&at, true);
  fl__skip_spaces(&at);
  if (seconds >= 0 && !*at) return fl__us_of_seconds(seconds);
  fl__skip_spaces(&text);
  int64_t until_us = fl__http_date_us(text, wall_us);
  if (until_us == FL_NAN) return FL_NAN;
  int64_t now_us = date ? fl__http_date_us(date, wall_us) : FL_NAN;
  if (now_us == FL_NAN) now_us = wall_us;
  return until_us > now_us ? until_us - now_us : 0;
}
