#include "http_date.h"

#include "scan.h"

#include <string.h>

#ifdef FL_BROWSER

extern double fl__host_date(const char *text); /* milliseconds; not a number for what is none of these forms */

int64_t fl__http_date_us(const char *text, int64_t now_us) {
  (void)now_us;
  double ms = fl__host_date(text);
  return ms == ms ? (int64_t)ms * FL_MS : FL_NAN;
}

#else

enum { DAY, HOUR, MINUTE, SECOND, SHORT_YEAR, YEAR, MONTH, PARTS };

/* The letters of those that are digits, in that order, and e: a day of one digit. */
static const char digits[] = "dHMSyYe";

/* Since 1970-01-01, in the proleptic Gregorian calendar, from the year 0 on. A month that there is not is the next
 * year's. */
static int days_of(int year, int month_index, int day) {
  int m = (month_index + 10) %
          12; /* since March, at whose beginning a year begins here: February, its last, may end as it likes */
  int y = year + 400 + month_index / 12 - (month_index % 12 < 2);
  return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468 - 146097;
}

static bool is_real(const int *d) {
  return d[DAY] >= 1 && days_of(d[YEAR], d[MONTH], d[DAY]) < days_of(d[YEAR], d[MONTH] + 1, 1) && d[HOUR] <= 23 &&
         d[MINUTE] <= 59 && d[SECOND] <= 60; /* a leap second */
}

static int full_year(int of_century, int64_t now_us) {
  int now = 1970;
  while (days_of(now + 1, 0, 1) * (FL_SECOND * 24 * 60 * 60) <= now_us) now++;
  int year = now - now % 100 + of_century;
  return year > now + 50 ? year - 100 : year <= now - 50 ? year + 100 : year;
}

static bool take_digits(const char **at, int count, int *out) {
  for (*out = 0; count; count--, ++*at) {
    if (**at < '0' || **at > '9') return false;
    *out = *out * 10 + (**at - '0');
  }
  return true;
}

/* Words, by the letters of their parts, each list as fl__take_one_of() takes it. */
static const char *words_of(char part) {
  switch (part) {
  case 'a': return "mon tue wed thu fri sat sun ";
  case 'A': return "monday tuesday wednesday thursday friday saturday sunday ";
  case 'b': return "jan feb mar apr may jun jul aug sep oct nov dec ";
  case 'Z': return "gmt utc ";
  default: return NULL;
  }
}

/* A part of a form, by its letter as in strftime(); what is no letter stands for itself. */
static bool take_part(const char **at, int *d, char part) {
  const char *words = words_of(part), *digit = strchr(digits, part);
  if (digit) return take_digits(at, part == 'Y' ? 4 : part == 'e' ? 1 : 2, &d[part == 'e' ? DAY : digit - digits]);
  if (!words) return *(*at)++ == part;
  int word = fl__take_one_of(at, words);
  if (part == 'b') d[MONTH] = word;
  return word >= 0;
}

static bool take_form(const char *at, int *d, const char *form) {
  for (; *form; form++)
    if (!take_part(&at, d, *form)) return false;
  fl__skip_spaces(&at);
  return !*at;
}

static const char *const forms[] = {
    "a, d b Y H:M:S Z", /* Sun, 06 Nov 1994 08:49:37 GMT */
    "a b d H:M:S Y",    /* Sun Nov 16 08:49:37 1994 */
    "a b  e H:M:S Y",   /* Sun Nov  6 08:49:37 1994 */
    "A, d-b-y H:M:S Z", /* Sunday, 06-Nov-94 08:49:37 GMT */
};

int64_t fl__http_date_us(const char *text, int64_t now_us) {
  int d[PARTS] = {0};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    if (!take_form(text, d, forms[i])) continue;
    if (strchr(forms[i], 'y')) d[YEAR] = full_year(d[SHORT_YEAR], now_us);
    if (!is_real(d)) break;
    int64_t days = days_of(d[YEAR], d[MONTH], d[DAY]);
    return (((days * 24 + d[HOUR]) * 60 + d[MINUTE]) * 60 + d[SECOND]) * FL_SECOND;
  }
  return FL_NAN;
}

#endif
