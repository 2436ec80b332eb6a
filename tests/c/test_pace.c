/* A rate, kept: bursts, fractions, extremes. */
#include "support.h"

#include "../../src/http/pace.h"

#include <stdlib.h>

#define HOUR (3600 * SECOND)

static uint64_t seed;

static fl__pace pace_of(uint32_t requests, int64_t per_us, uint32_t burst) {
  fl__pace pace;
  assert_int_equal(fl__pace_init(&pace, &(fl_rate){.requests = requests, .per_us = per_us, .burst = burst}), FL_OK);
  return pace;
}

/* When the next starts that asks at `now_us` and waits as long as it must. */
static int64_t start(fl__pace *pace, int64_t now_us) {
  int64_t next_us = fl__pace_next_us(pace, now_us);
  if (next_us < now_us) next_us = now_us;
  assert_true(fl__pace_next_us(pace, next_us) <= next_us);
  fl__pace_take(pace, next_us);
  return next_us;
}

/* How many may start at `now_us`. */
static unsigned starts_at(fl__pace *pace, int64_t now_us, unsigned most) {
  unsigned count = 0;
  for (; count < most && fl__pace_next_us(pace, now_us) <= now_us; count++) fl__pace_take(pace, now_us);
  return count;
}

static void without_a_rate_any_number_starts(void **state) {
  (void)state;
  fl__pace pace = pace_of(0, -5, 3); /* and the rest isn't looked at */
  assert_int_equal(starts_at(&pace, 7, 100000), 100000);
  assert_int_equal(fl__pace_next_us(&pace, 7), 7);
}

static void a_rate_needs_a_time(void **state) {
  (void)state;
  static const int64_t invalid[] = {0, -1, INT64_MIN, (INT64_C(1) << 50) + 1, FL_NEVER};
  for (unsigned i = 0; i < LENGTH(invalid); i++) {
    fl__pace pace;
    assert_int_equal(fl__pace_init(&pace, &(fl_rate){.requests = 1, .per_us = invalid[i]}), FL_EINVAL);
  }
}

static void requests_keep_their_distance(void **state) {
  (void)state;
  fl__pace pace = pace_of(10, SECOND, 1);
  for (int i = 0; i < 100; i++) assert_int_equal(start(&pace, 5), 5 + i * 100 * MS);
}

static void a_burst_starts_at_once_and_then_the_rate_is_kept(void **state) {
  (void)state;
  for (uint32_t burst = 1; burst <= 20; burst++) {
    fl__pace pace = pace_of(10, SECOND, burst);
    assert_int_equal(starts_at(&pace, 0, 1000), burst);
    for (int i = 1; i < 50; i++) {
      assert_int_equal(fl__pace_next_us(&pace, 0), i * 100 * MS);
      assert_int_equal(starts_at(&pace, i * 100 * MS - 1, 1000), 0);
      assert_int_equal(starts_at(&pace, i * 100 * MS, 1000), 1);
    }
  }
}

static void a_burst_is_saved_up_again_and_no_more(void **state) {
  (void)state;
  fl__pace pace = pace_of(10, SECOND, 5);
  assert_int_equal(starts_at(&pace, 0, 1000), 5);
  assert_int_equal(starts_at(&pace, 300 * MS, 1000), 3);
  assert_int_equal(starts_at(&pace, 1000 * SECOND, 1000), 5);
}

/* What 10 ms allow, one at least. */
static void without_a_burst_it_is_that_of_ten_milliseconds(void **state) {
  (void)state;
  static const struct {
    uint32_t requests;
    int64_t per_us;
    unsigned burst;
  } cases[] = {{1, SECOND, 1},       {100, SECOND, 1}, {199, SECOND, 1},         {200, SECOND, 2}, {1000, SECOND, 10},
               {10000, SECOND, 100}, {1, HOUR, 1},     {60000, 60 * SECOND, 10}, {1, 1, 10000}};
  for (unsigned i = 0; i < LENGTH(cases); i++) {
    fl__pace pace = pace_of(cases[i].requests, cases[i].per_us, 0);
    assert_int_equal(starts_at(&pace, 0, 1000000), cases[i].burst);
  }
}

/* ---- Fractions of a microsecond add up */

static void check_no_drift(uint32_t requests, int64_t per_us, int64_t steps) {
  fl__pace pace = pace_of(requests, per_us, 1);
  int64_t began_us = start(&pace, 12345);
  for (int64_t n = 1; n <= steps; n++) {
    int64_t expected_us = began_us + (n * per_us + requests - 1) / requests; /* rounded up: never too early */
    int64_t at_us = start(&pace, began_us);
    if (at_us != expected_us)
      fail_msg("%u in %lld us: start %lld at %lld, not %lld", requests, (long long)per_us, (long long)n,
               (long long)at_us, (long long)expected_us);
  }
}

static void a_million_starts_do_not_drift(void **state) {
  (void)state;
  check_no_drift(3, SECOND, 1000000);
  check_no_drift(7, 1000, 1000000);
  check_no_drift(999983, SECOND, 1000000); /* 1.000017 us */
  check_no_drift(3, 1, 1000000);           /* three in a microsecond */
  check_no_drift(4000000000u, INT64_C(4000000001), 1000000);
}

/* ---- Timers are late, a little: the rate is kept even so; a lot: it isn't made good for. */

static void a_late_start_is_made_good_for_within_the_slack(void **state) {
  (void)state;
  fl__pace pace = pace_of(10, SECOND, 1); /* 100 ms apart, slack 5 ms */
  int64_t now_us = 0;
  start(&pace, 0);
  for (int n = 1; n <= 100; n++) {
    now_us = fl__pace_next_us(&pace, now_us) + 4 * MS;
    assert_int_equal(now_us, n * 100 * MS + 4 * MS); /* not 104 ms apart */
    fl__pace_take(&pace, now_us);
  }
  now_us += 100 * MS + 60 * MS; /* 60 ms late: only 5 of them */
  fl__pace_take(&pace, now_us);
  assert_int_equal(fl__pace_next_us(&pace, now_us), now_us + 95 * MS);
}

static void slack_is_a_twentieth_of_the_distance_and_5_ms_at_most(void **state) {
  (void)state;
  static const struct {
    uint32_t requests;
    int64_t per_us, slack_us;
  } cases[] = {{1, 100 * MS, 5 * MS}, {1, 99 * MS, 4950}, {1, SECOND, 5 * MS}, {1, 20, 1}, {1, 19, 0}, {10, 1, 0}};
  for (unsigned i = 0; i < LENGTH(cases); i++) {
    fl__pace pace = pace_of(cases[i].requests, cases[i].per_us, 1);
    start(&pace, 0);
    fl__pace_take(&pace, HOUR);
    int64_t distance_us = cases[i].per_us / cases[i].requests;
    int64_t next_us = HOUR + distance_us - cases[i].slack_us + (cases[i].per_us % cases[i].requests > 0);
    assert_int_equal(fl__pace_next_us(&pace, HOUR), next_us);
  }
}

/* ---- Whatever asks, and when: in any stretch of time no more than the rate allows */

enum { STARTS = 300 };

static void check_bound(const fl_rate *rate) {
  fl__pace pace;
  assert_int_equal(fl__pace_init(&pace, rate), FL_OK);
  int64_t at_us[STARTS], now_us = 0;
  for (int i = 0; i < STARTS; i++) {
    int64_t pause_us = random_below(&seed, 3) ? 0 : random_below(&seed, 4 * rate->per_us / rate->requests + 2);
    at_us[i] = now_us = start(&pace, now_us + pause_us);
  }
  int64_t slack_us = rate->per_us / rate->requests / 20;
  if (slack_us > 5 * MS) slack_us = 5 * MS;
  for (int i = 0; i < STARTS; i++)
    for (int k = i; k < STARTS; k++) {
      int64_t stretch_us = at_us[k] - at_us[i] + slack_us + 1; /* k - i + 1 <= burst + stretch * requests / per */
      if ((k - i + 1 - (int64_t)rate->burst) * rate->per_us > stretch_us * rate->requests)
        fail_msg("%u in %lld us, burst %u: %d within %lld us", rate->requests, (long long)rate->per_us, rate->burst,
                 k - i + 1, (long long)(at_us[k] - at_us[i]));
    }
}

static void no_stretch_of_time_has_more_than_the_rate_allows(void **state) {
  (void)state;
  seed = 1;
  for (int i = 0; i < 300; i++) {
    fl_rate rate = {.requests = 1 + (uint32_t)random_below(&seed, 50),
                    .per_us = 1 + random_below(&seed, random_below(&seed, 2) ? 1000 : 10 * SECOND),
                    .burst = 1 + (uint32_t)random_below(&seed, 20)};
    check_bound(&rate);
  }
}

/* ---- Extremes */

static void nothing_overflows(void **state) {
  (void)state;
  static const uint32_t counts[] = {1, 2, 3, 4095, 4096, 16777216, UINT32_MAX - 1, UINT32_MAX};
  static const int64_t times[] = {1, 2, 999, MS, SECOND, HOUR, (INT64_C(1) << 50) - 1, INT64_C(1) << 50};
  for (unsigned r = 0; r < LENGTH(counts); r++)
    for (unsigned p = 0; p < LENGTH(times); p++)
      for (unsigned b = 0; b <= LENGTH(counts); b++) {
        fl__pace pace = pace_of(counts[r], times[p], b ? counts[b - 1] : 0);
        assert_true(pace.tolerance_us >= 0 && pace.tolerance_us <= INT64_C(1) << 50);
        int64_t now_us = INT64_C(1) << 52;
        for (int i = 0; i < 100; i++) {
          int64_t next_us = start(&pace, now_us);
          assert_true(next_us >= now_us);
          assert_true(next_us - now_us <= times[p]);
          now_us = next_us;
        }
      }
}

/* The tolerance is (burst - 1) * per / requests, rounded down: beside long arithmetic that doesn't overflow either. */
static void the_tolerance_is_exact(void **state) {
  (void)state;
  seed = 7;
  for (int i = 0; i < 100000; i++) {
    uint32_t requests = 1 + (uint32_t)random_below(&seed, random_below(&seed, 2) ? 100 : UINT32_MAX);
    uint32_t burst = 1 + (uint32_t)random_below(&seed, random_below(&seed, 2) ? 100 : INT64_C(1) << 31);
    int64_t per_us = 1 + random_below(&seed, INT64_C(1) << random_below(&seed, 31));
    fl__pace pace = pace_of(requests, per_us, burst);
    double roughly = (double)burst * (double)per_us / requests;
    if (roughly > (double)(INT64_C(1) << 49)) continue;
    assert_int_equal(pace.tolerance_us, (int64_t)(burst - 1) * per_us / requests);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_a_rate_any_number_starts),
      cmocka_unit_test(a_rate_needs_a_time),
      cmocka_unit_test(requests_keep_their_distance),
      cmocka_unit_test(a_burst_starts_at_once_and_then_the_rate_is_kept),
      cmocka_unit_test(a_burst_is_saved_up_again_and_no_more),
      cmocka_unit_test(without_a_burst_it_is_that_of_ten_milliseconds),
      cmocka_unit_test(a_million_starts_do_not_drift),
      cmocka_unit_test(a_late_start_is_made_good_for_within_the_slack),
      cmocka_unit_test(slack_is_a_twentieth_of_the_distance_and_5_ms_at_most),
      cmocka_unit_test(no_stretch_of_time_has_more_than_the_rate_allows),
      cmocka_unit_test(nothing_overflows),
      cmocka_unit_test(the_tolerance_is_exact),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
