#include "http_date.h"

#include "url.h"

#include <string.h>

typedef struct cursor {
  const char *at, *end;
  bool failed;
} cursor;

static bool skip(cursor *c, char expected) {
  if (c->failed || c->at == c->end || *c->at != expected) {
    c->failed = true;
    return false;
  }
  c->at++;
  return true;
}

static int number(cursor *c, int digits) {
  int value = 0;
  for (int i = 0; i < digits; i++) {
    if (c->failed || c->at == c->end || *c->at < '0' || *c->at > '9') {
      c->failed = true;
      return 0;
    }
    value = value * 10 + (*c->at++ - '0');
  }
  return value;
}

static bool is_word(const cursor *c, const char *word, size_t bytes) {
  if ((size_t)(c->end - c->at) < bytes) return false;
  for (size_t i = 0; i < bytes; i++)
    if (fl__lower(c->at[i]) != word[i]) return false;
  return true;
}

/* Its index among `words`, each of which has `bytes`. */
static int one_of(cursor *c, const char *words, size_t bytes) {
  for (int i = 0; words[(size_t)i * bytes]; i++)
    if (is_word(c, words + (size_t)i * bytes, bytes)) {
      c->at += bytes;
      return i;
    }
  c->failed = true;
  return 0;
}

static int month(cursor *c) { return one_of(c, "janfebmaraprmayjunjulaugsepoctnovdec", 3); }
static void short_day(cursor *c) { one_of(c, "monthuwedtuefrisatsun", 3); }

static void long_day(cursor *c) {
  static const char *const days[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  for (size_t i = 0; i < sizeof days / sizeof *days; i++)
    if (is_word(c, days[i], strlen(days[i]))) {
      c->at += strlen(days[i]);
      return;
    }
  c->failed = true;
}

typedef struct date {
  int year, month, day, hour, minute, second;
} date;

static void time_of_day(cursor *c, date *d) {
  d->hour = number(c, 2);
  skip(c, ':');
  d->minute = number(c, 2);
  skip(c, ':');
  d->second = number(c, 2);
}

static void zone(cursor *c) {
  skip(c, ' ');
  if (is_word(c, "gmt", 3) || is_word(c, "utc", 3))
    c->at += 3;
  else
    c->failed = true;
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static void fixdate(cursor *c, date *d) {
  short_day(c);
  skip(c, ',');
  skip(c, ' ');
  d->day = number(c, 2);
  skip(c, ' ');
  d->month = month(c);
  skip(c, ' ');
  d->year = number(c, 4);
  skip(c, ' ');
  time_of_day(c, d);
  zone(c);
}

static int64_t days_of(int year, int month_index, int day);

static int this_year(int64_t now_us) {
  int64_t days = now_us / (86400 * FL_SECOND);
  int year = 1970 + (int)(days / 366);
  while (days_of(year + 1, 0, 1) <= days) year++;
  return year;
}

/* Sunday, 06-Nov-94 08:49:37 GMT */
static void rfc850(cursor *c, date *d, int64_t now_us) {
  long_day(c);
  skip(c, ',');
  skip(c, ' ');
  d->day = number(c, 2);
  skip(c, '-');
  d->month = month(c);
  skip(c, '-');
  int year = this_year(now_us);
  d->year = year - year % 100 + number(c, 2);
  if (d->year > year + 50) d->year -= 100;
  if (d->year <= year - 50) d->year += 100;
  skip(c, ' ');
  time_of_day(c, d);
  zone(c);
}

/* Sun Nov  6 08:49:37 1994 */
static void asctime_date(cursor *c, date *d) {
  short_day(c);
  skip(c, ' ');
  d->month = month(c);
  skip(c, ' ');
  if (!c->failed && c->at < c->end && *c->at == ' ') {
    c->at++;
    d->day = number(c, 1);
  } else {
    d->day = number(c, 2);
  }
  skip(c, ' ');
  time_of_day(c, d);
  skip(c, ' ');
  d->year = number(c, 4);
}

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

int64_t fl__http_date_us(const char *text, size_t bytes, int64_t now_us) {
  for (int form = 0; form < 3; form++) {
    cursor c = {.at = text, .end = text + bytes};
    date d = {0};
    if (form == 0)
      fixdate(&c, &d);
    else if (form == 1)
      rfc850(&c, &d, now_us);
    else
      asctime_date(&c, &d);
    if (c.failed || c.at != c.end || !is_real(&d)) continue;
    int64_t seconds = ((days_of(d.year, d.month, d.day) * 24 + d.hour) * 60 + d.minute) * 60 + d.second;
    return seconds * FL_SECOND;
  }
  return FL_NAN;
}
