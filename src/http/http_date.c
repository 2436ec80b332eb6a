#include "http_date.h"

#include "url.h"

typedef struct cursor {
  const char *at, *end;
  bool failed;
} cursor;

static void skip(cursor *c, char expected) {
  if (c->at < c->end && *c->at == expected)
    c->at++;
  else
    c->failed = true;
}

static int number(cursor *c, int digits) {
  int value = 0;
  for (; digits; digits--, c->at++) {
    if (c->at >= c->end || *c->at < '0' || *c->at > '9') {
      c->failed = true;
      return 0;
    }
    value = value * 10 + (*c->at - '0');
  }
  return value;
}

/* Its index among `words`, in lower case, each with a space after it. */
static int one_of(cursor *c, const char *words) {
  for (int i = 0; *words; i++) {
    const char *at = c->at;
    for (; *words != ' ' && at < c->end && fl__lower(*at) == *words; at++) words++;
    if (*words == ' ') {
      c->at = at;
      return i;
    }
    while (*words++ != ' ') {
    }
  }
  c->failed = true;
  return 0;
}

typedef struct date {
  int year, month, day, hour, minute, second;
} date;

static bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int days_in(int year, int month_index) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month_index] + (month_index == 1 && is_leap(year));
}

/* Since 1970-01-01, in the proleptic Gregorian calendar (Hinnant's days_from_civil). */
static int64_t days_of(int year, int month_index, int day) {
  int m = month_index + 1;
  int y = m <= 2 ? year - 1 : year;
  int era = (y >= 0 ? y : y - 399) / 400;
  int year_of_era = y - era * 400;
  int day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return (int64_t)era * 146097 + day_of_era - 719468;
}

static bool is_real(const date *d) {
  return d->day >= 1 && d->day <= days_in(d->year, d->month) && d->hour <= 23 && d->minute <= 59 &&
         d->second <= 60; /* a leap second */
}

static int this_year(int64_t now_us) {
  int64_t days = now_us / (86400 * FL_SECOND);
  int year = 1970 + (int)(days / 366);
  while (days_of(year + 1, 0, 1) <= days) year++;
  return year;
}

static int full_year(int of_century, int64_t now_us) {
  int now = this_year(now_us), year = now - now % 100 + of_century;
  return year > now + 50 ? year - 100 : year <= now - 50 ? year + 100 : year;
}

/* A field of a form, by its letter as in strftime(); what is no letter stands for itself. */
static void read_field(cursor *c, date *d, char field, int64_t now_us) {
  switch (field) {
  case 'a': one_of(c, "mon tue wed thu fri sat sun "); break;
  case 'A': one_of(c, "monday tuesday wednesday thursday friday saturday sunday "); break;
  case 'b': d->month = one_of(c, "jan feb mar apr may jun jul aug sep oct nov dec "); break;
  case 'd': d->day = number(c, 2); break;
  case 'e': {
    bool padded = c->at < c->end && *c->at == ' ';
    c->at += padded;
    d->day = number(c, padded ? 1 : 2);
    break;
  }
  case 'T':
    d->hour = number(c, 2);
    skip(c, ':');
    d->minute = number(c, 2);
    skip(c, ':');
    d->second = number(c, 2);
    break;
  case 'Y': d->year = number(c, 4); break;
  case 'y': d->year = full_year(number(c, 2), now_us); break;
  case 'Z': one_of(c, "gmt utc "); break;
  default: skip(c, field);
  }
}

static const char *const forms[] = {
    "a, d b Y T Z", /* Sun, 06 Nov 1994 08:49:37 GMT */
    "A, d-b-y T Z", /* Sunday, 06-Nov-94 08:49:37 GMT */
    "a b e T Y",    /* Sun Nov  6 08:49:37 1994 */
};

int64_t fl__http_date_us(const char *text, size_t bytes, int64_t now_us) {
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    cursor c = {.at = text, .end = text + bytes};
    date d = {0};
    for (const char *field = forms[i]; *field && !c.failed; field++) read_field(&c, &d, *field, now_us);
    if (c.failed || c.at != c.end || !is_real(&d)) continue;
    int64_t seconds = ((days_of(d.year, d.month, d.day) * 24 + d.hour) * 60 + d.minute) * 60 + d.second;
    return seconds * FL_SECOND;
  }
  return FL_NAN;
}
