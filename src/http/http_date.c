#include "http_date.h"

#include "scan.h"

#include <string.h>

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

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
  *out = 0;
  for (; count; count--, ++*at) {
    if (**at < '0' || **at > '9') return false;
    *out = *out * 10 + (**at - '0');
  }
  return true;
}

/* A part of a form, by its letter as in strftime(); what is no letter stands for itself. */
static bool take_part(const char **at, int *d, char part) {
  switch (part) {
  case 'a': return fl__take_one_of(at, "mon tue wed thu fri sat sun ") >= 0;
  case 'A': return fl__take_one_of(at, "monday tuesday wednesday thursday friday saturday sunday ") >= 0;
  case 'b': d[MONTH] = fl__take_one_of(at, "jan feb mar apr may jun jul aug sep oct nov dec "); return d[MONTH] >= 0;
  case 'd': return take_digits(at, 2, &d[DAY]);
  case 'e': {
    bool is_padded = **at == ' ';
    *at += is_padded;
    return take_digits(at, is_padded ? 1 : 2, &d[DAY]);
  }
  case 'H': return take_digits(at, 2, &d[HOUR]);
  case 'M': return take_digits(at, 2, &d[MINUTE]);
  case 'S': return take_digits(at, 2, &d[SECOND]);
  case 'Y': return take_digits(at, 4, &d[YEAR]);
  case 'y': return take_digits(at, 2, &d[YEAR]);
  case 'Z': return fl__take_one_of(at, "gmt utc ") >= 0;
  default: return *(*at)++ == part;
  }
}

static bool take_form(const char *at, int *d, const char *form) {
  for (; *form; form++)
    if (!take_part(&at, d, *form)) return false;
  fl__skip_spaces(&at);
  return !*at;
}

static const char *const forms[] = {
    "a, d b Y H:M:S Z", /* Sun, 06 Nov 1994 08:49:37 GMT */
    "a b e H:M:S Y",    /* Sun Nov  6 08:49:37 1994 */
    "A, d-b-y H:M:S Z", /* Sunday, 06-Nov-94 08:49:37 GMT */
};
enum { FORMS = sizeof forms / sizeof *forms, SHORT_YEAR = FORMS - 1 };

int64_t fl__http_date_us(const char *text, int64_t now_us) {
  int d[PARTS];
  for (int i = 0; i < FORMS; i++) {
    if (!take_form(text, d, forms[i])) continue;
    if (i == SHORT_YEAR) d[YEAR] = full_year(d[YEAR], now_us);
    if (!is_real(d)) break;
    int64_t days = days_of(d[YEAR], d[MONTH], d[DAY]);
    return (((days * 24 + d[HOUR]) * 60 + d[MINUTE]) * 60 + d[SECOND]) * FL_SECOND;
  }
  return FL_NAN;
}
