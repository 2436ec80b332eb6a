/* How long a Retry-After asks to wait. */
#include "support.h"

#include "../../src/http/retry_after.h"

/* Sun, 06 Nov 1994 08:49:37 GMT */
static const int64_t WALL_US = INT64_C(784111777) * SECOND;

static int64_t wait_us(const char *text, const char *date) { return fl__retry_after_us(text, date, WALL_US); }

static const struct {
  const char *text, *date;
  int64_t wait_us;
} cases[] = {
    /* Seconds */
    {"0", NULL, 0},
    {"1", NULL, SECOND},
    {"120", NULL, 120 * SECOND},
    {"007", NULL, 7 * SECOND},
    {" 30\t", NULL, 30 * SECOND},
    {"30", "garbage", 30 * SECOND},
    {"30", "Sun, 06 Nov 1994 08:00:00 GMT", 30 * SECOND}, /* seconds need no clock */
    {"86400", NULL, 86400 * SECOND},
    /* A fraction, which no standard has and servers send: never sooner than they said */
    {"1.5", NULL, 2 * SECOND},
    {"1.000", NULL, SECOND},
    {"0.001", NULL, SECOND},
    {"2.", NULL, 2 * SECOND},
    /* Too far: not an overflow */
    {"9223372036854", NULL, INT64_C(9223372036854) * SECOND},
    {"9223372036855", NULL, FL_NEVER},
    {"18446744073710", NULL, FL_NEVER}, /* 2^64 us and a bit */
    {"9223372036854775807", NULL, FL_NEVER},
    {"9223372036854775808", NULL, FL_NEVER},
    {"18446744073709551617", NULL, FL_NEVER},
    {"99999999999999999999999999999999999999", NULL, FL_NEVER},
    {"99999999999999999999999999999999999999.9", NULL, FL_NEVER},
    {"9000000000000", NULL, INT64_C(9000000000000) * SECOND},
    /* Dates, by our clock */
    {"Sun, 06 Nov 1994 08:49:37 GMT", NULL, 0},
    {"Sun, 06 Nov 1994 08:49:38 GMT", NULL, SECOND},
    {"Sun, 06 Nov 1994 09:49:37 GMT", NULL, 3600 * SECOND},
    {"Sunday, 06-Nov-94 08:50:37 GMT", NULL, 60 * SECOND},
    {"Sun Nov  6 08:50:37 1994", NULL, 60 * SECOND},
    {"  Sun Nov  6 08:50:37 1994  ", NULL, 60 * SECOND},
    {"Sun, 06 Nov 1994 08:49:36 GMT", NULL, 0}, /* past */
    {"Thu, 01 Jan 1970 00:00:00 GMT", NULL, 0},
    {"Wednesday, 06-Nov-44 08:49:37 GMT", NULL, INT64_C(1577923200) * SECOND}, /* 2044: 50 years ahead */
    {"Sunday, 06-Nov-45 08:49:37 GMT", NULL, 0},                               /* 1945: 51 years ahead are 49 ago */
    /* Dates, by the server's clock, which is an hour behind, or ahead, or is none */
    {"Sun, 06 Nov 1994 07:50:37 GMT", "Sun, 06 Nov 1994 07:49:37 GMT", 60 * SECOND},
    {"Sun, 06 Nov 1994 09:50:37 GMT", "Sun, 06 Nov 1994 09:49:37 GMT", 60 * SECOND},
    {"Sun, 06 Nov 1994 09:49:36 GMT", "Sun, 06 Nov 1994 09:49:37 GMT", 0},
    {"Sun Nov  6 07:50:37 1994", "Sunday, 06-Nov-94 07:49:37 GMT", 60 * SECOND},
    {"Sun, 06 Nov 1994 08:50:37 GMT", "", 60 * SECOND},
    {"Sun, 06 Nov 1994 08:50:37 GMT", "now", 60 * SECOND},
    {"Sun, 06 Nov 1994 08:50:37 GMT", "784111777", 60 * SECOND},
    {"Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 01 Jan 0000 00:00:00 GMT", INT64_C(315569519999) * SECOND},
    /* Neither */
    {"", NULL, FL_NAN},
    {" ", NULL, FL_NAN},
    {"\t \t", NULL, FL_NAN},
    {"-1", NULL, FL_NAN},
    {"+1", NULL, FL_NAN},
    {".5", NULL, FL_NAN},
    {"1,5", NULL, FL_NAN},
    {"1.5.0", NULL, FL_NAN},
    {"1e3", NULL, FL_NAN},
    {"0x10", NULL, FL_NAN},
    {"5 s", NULL, FL_NAN},
    {"5, 6", NULL, FL_NAN}, /* two headers, joined */
    {"soon", NULL, FL_NAN},
    {"NaN", NULL, FL_NAN},
    {"1994-11-06T08:49:37Z", NULL, FL_NAN},
    {"Sun, 06 Nov 1994", NULL, FL_NAN},
};

static void it_is_seconds_or_a_date(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(cases); i++) {
    int64_t us = wait_us(cases[i].text, cases[i].date);
    if (us != cases[i].wait_us)
      fail_msg("%s (Date: %s): %lld", cases[i].text, cases[i].date ? cases[i].date : "none", (long long)us);
  }
}

static void more_seconds_are_never_a_shorter_wait(void **state) {
  (void)state;
  int64_t before_us = 0;
  char text[64] = "";
  for (int digits = 1; digits < 60; digits++) {
    strcat(text, "9");
    int64_t us = wait_us(text, NULL);
    assert_true(us >= before_us);
    before_us = us;
  }
  assert_int_equal(before_us, FL_NEVER);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_is_seconds_or_a_date),
      cmocka_unit_test(more_seconds_are_never_a_shorter_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
