/* HTTP-date: three forms, and what servers send in their stead. */
#include "support.h"

#include "../../src/http/http_date.h"

#include <stdlib.h>
#include <time.h>

/* 2026-01-15 12:00:00 UTC */
static const int64_t NOW_US = INT64_C(1768478400) * SECOND;

static int64_t read(const char *text, int64_t now_us) { return fl__http_date_us(text, now_us); }

static const struct {
  const char *text;
  int64_t seconds;
} good[] = {
    /* RFC 9110, 5.6.7: one time, in all its forms */
    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
    {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
    {"Sun Nov  6 08:49:37 1994", 784111777},
    {"Sun Nov 06 08:49:37 1994", 784111777},
    /* What isn't said quite so */
    {"sun, 06 nov 1994 08:49:37 gmt", 784111777},
    {"SUNDAY, 06-NOV-94 08:49:37 GMT", 784111777},
    {"Sun, 06 Nov 1994 08:49:37 UTC", 784111777},
    {"Sun, 06 Nov 1994 08:49:37 GMT \t", 784111777},
    {"Sun Nov  6 08:49:37 1994 ", 784111777},
    {"Mon, 06 Nov 1994 08:49:37 GMT", 784111777}, /* the day of the week is not asked */
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
    {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800}, /* a leap second */
    /* Days that are there */
    {"Tue, 29 Feb 2000 00:00:00 GMT", 951782400},
    {"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199},
    {"Tue, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799)},
    {"Fri, 31 Jan 2025 10:00:00 GMT", 1738317600},
    {"Mon, 01 Jan 0001 00:00:00 GMT", INT64_C(-62135596800)},
    {"Sat, 01 Jan 0000 00:00:00 GMT", INT64_C(-62167219200)},
};

static void all_forms_are_read(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(good); i++)
    if (read(good[i].text, NOW_US) != good[i].seconds * SECOND)
      fail_msg("%s: %lld", good[i].text, (long long)read(good[i].text, NOW_US));
}

static const char *const bad[] = {
    "",
    " ",
    "0",
    "120",
    "tomorrow",
    "Sun",
    "Sun,",
    "Sun, 06 Nov 1994 08:49:37",     /* no zone */
    "Sun, 06 Nov 1994 08:49:37 ",    /* nor here */
    "Sun, 06 Nov 1994 08:49:37 PST", /* another */
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 Nov 1994 08:49:37 GMTx", /* something after it */
    "Sun, 06 Nov 1994 08:49:37 GMT x",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 6 Nov 1994 08:49:37 GMT", /* a digit too few */
    "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun, 06 Nov 1994 8:49:37 GMT",
    "Sun, 06 Nov 1994 08:49 GMT",
    "Sun, 06 Nov 19944 08:49:37 GMT", /* and one too many */
    "Sun, 006 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:037 GMT",
    "Sun, +6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov -994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT", /* days and times that there are not */
    "Sun, 31 Nov 1994 08:49:37 GMT",
    "Tue, 29 Feb 1994 08:49:37 GMT",
    "Thu, 29 Feb 1900 08:49:37 GMT",
    "Fri, 30 Feb 2024 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Foo, 06 Nov 1994 08:49:37 GMT",
    "Sun 06 Nov 1994 08:49:37 GMT",
    "Sun,06 Nov 1994 08:49:37 GMT",
    "Sun, 06-Nov-1994 08:49:37 GMT", /* a mixture of forms */
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37",
    "Someday, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sun Nov 6 08:49:37 1994", /* asctime fills the day up */
    "Sun Nov   6 08:49:37 1994",
    "Sun Nov  6 08:49:37 94",
    "Sun Nov  6 08:49:37 1994 GMT",
    "Sun Nov  66 08:49:37 1994",
    "Sun Nov  6 08:49:37",
    "1994-11-06T08:49:37Z",
    "Sun, 06 Nov 1994 08.49.37 GMT",
};

static void nothing_else_is(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(bad); i++)
    if (read(bad[i], NOW_US) != FL_NAN) fail_msg("%s: %lld", bad[i], (long long)read(bad[i], NOW_US));
}

static void every_cut_of_a_date_is_none(void **state) {
  (void)state;
  static const char *const dates[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                      "Sun Nov  6 08:49:37 1994"};
  for (unsigned i = 0; i < LENGTH(dates); i++)
    for (size_t bytes = 0; bytes < strlen(dates[i]); bytes++) {
      char *cut = calloc(1, bytes + 1); /* of just that size, for what looks beyond it */
      memcpy(cut, dates[i], bytes);
      assert_int_equal(fl__http_date_us(cut, NOW_US), FL_NAN);
      free(cut);
    }
}

/* ---- Years of two digits */

static const struct {
  int now, two_digits, year;
} years[] = {
    {2026, 0, 2000},  {2026, 26, 2026}, {2026, 27, 2027}, {2026, 76, 2076}, {2026, 77, 1977}, {2026, 94, 1994},
    {2026, 99, 1999}, {1970, 20, 2020}, {1970, 21, 1921}, {1970, 70, 1970}, {1970, 0, 2000},  {1999, 0, 2000},
    {1999, 49, 2049}, {1999, 50, 1950}, {2000, 50, 2050}, {2000, 51, 1951}, {2000, 99, 1999}, {2080, 20, 2120},
    {2080, 30, 2130}, {2080, 31, 2031}, {2080, 99, 2099}, {2099, 0, 2100},  {2099, 49, 2149}, {2099, 50, 2050},
};

static int year_of(int64_t us) {
  time_t seconds = (time_t)(us / SECOND);
  return gmtime(&seconds)->tm_year + 1900;
}

static int64_t first_of_july(int year) {
  char text[40];
  snprintf(text, sizeof text, "Mon, 01 Jul %04d 00:00:00 GMT", year);
  return read(text, 0);
}

static void a_year_of_two_digits_is_at_most_50_years_ahead(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(years); i++) {
    char text[40];
    snprintf(text, sizeof text, "Monday, 01-Jul-%02d 00:00:00 GMT", years[i].two_digits);
    int year = year_of(read(text, first_of_july(years[i].now)));
    if (year != years[i].year) fail_msg("%02d in %d: %d", years[i].two_digits, years[i].now, year);
  }
}

/* The year is told right on its first day and on its last. */
static void a_year_begins_on_its_first_of_january(void **state) {
  (void)state;
  for (int year = 1970; year < 2200; year++) {
    char text[40], two_digits[40];
    snprintf(text, sizeof text, "Mon, 01 Jan %d 00:00:00 GMT", year);
    snprintf(two_digits, sizeof two_digits, "Monday, 01-Jan-%02d 00:00:00 GMT", (year + 50) % 100);
    int64_t first_us = read(text, 0);
    assert_int_equal(year_of(read(two_digits, first_us)), year + 50);
    if (year > 1970) assert_int_equal(year_of(read(two_digits, first_us - 1)), year - 50);
  }
}

/* ---- Each day of 400 years, beside the C library */

static void days_are_the_c_library_s(void **state) {
  (void)state;
  static const char *const formats[] = {"%a, %d %b %Y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"};
  for (int64_t day = 0; day < 146097; day++) {
    time_t seconds = (time_t)(day * 86400 + day % 86400);
    char text[64];
    strftime(text, sizeof text, formats[day % 2], gmtime(&seconds));
    if (read(text, 0) != (int64_t)seconds * SECOND) fail_msg("%s", text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_forms_are_read),
      cmocka_unit_test(nothing_else_is),
      cmocka_unit_test(every_cut_of_a_date_is_none),
      cmocka_unit_test(a_year_of_two_digits_is_at_most_50_years_ahead),
      cmocka_unit_test(a_year_begins_on_its_first_of_january),
      cmocka_unit_test(days_are_the_c_library_s),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
