#include "retry_after.h"

#include "http_date.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Digits, and maybe a fraction; FL_NAN for anything else. */
static int64_t seconds_us(const char *text, size_t bytes) {
  int64_t seconds = 0;
  size_t i = 0;
  for (; i < bytes && is_digit(text[i]); i++)
    seconds = seconds > (FL_NEVER / FL_SECOND - 10) / 10 ? FL_NEVER / FL_SECOND - 10 : seconds * 10 + (text[i] - '0');
  if (i == 0) return FL_NAN;
  if (i < bytes && text[i] == '.') {
    bool more = false;
    for (i++; i < bytes && is_digit(text[i]); i++) more |= text[i] != '0';
    seconds += more;
  }
  if (i < bytes) return FL_NAN;
  return seconds >= FL_NEVER / FL_SECOND - 10 ? FL_NEVER : seconds * FL_SECOND;
}

int64_t fl__retry_after_us(const char *text, size_t bytes, const char *date, size_t date_bytes, int64_t wall_us) {
  while (bytes && (*text == ' ' || *text == '\t')) text++, bytes--;
  while (bytes && (text[bytes - 1] == ' ' || text[bytes - 1] == '\t')) bytes--;
  int64_t wait_us = seconds_us(text, bytes);
  if (wait_us != FL_NAN) return wait_us;
  int64_t until_us = fl__http_date_us(text, bytes, wall_us);
  if (until_us == FL_NAN) return FL_NAN;
  int64_t now_us = date ? fl__http_date_us(date, date_bytes, wall_us) : FL_NAN;
  if (now_us == FL_NAN) now_us = wall_us;
  return until_us > now_us ? until_us - now_us : 0;
}
