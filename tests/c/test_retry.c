/* What may be tried again, when, and how often. */
#include "support.h"

#include "../../src/http/retry.h"

#include <limits.h>

static void a_method_may_be_made_twice_or_not(void **state) {
  (void)state;
  static const char *const idempotent[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  static const char *const others[] = {"POST", "PATCH", "CONNECT", "QUERY", "get", "Put", "GETS", "GE", ""};
  for (unsigned i = 0; i < LENGTH(idempotent); i++) assert_true(fl__method_is_idempotent(idempotent[i]));
  for (unsigned i = 0; i < LENGTH(others); i++) assert_false(fl__method_is_idempotent(others[i]));
}

/* Of all errors that there are: a new one is to be thought about here. */
static void what_befell_the_connection_is_retried_and_nothing_else(void **state) {
  (void)state;
  static const int retried[] = {FL_ERESOLVELATER, FL_ECONNECT, FL_ECONNECTTIMEOUT, FL_EATTEMPTTIMEOUT,
                                FL_EREADTIMEOUT,  FL_EEMPTY,   FL_EPARTIAL,        FL_ENETWORK};
  for (int error = 1; error >= -FL__ERRORS - 1; error--) {
    bool expected = false;
    for (unsigned i = 0; i < LENGTH(retried); i++) expected |= retried[i] == error;
    if (fl__error_is_retried(error) != expected) fail_msg("%s", fl_error_name(error));
  }
  assert_false(fl__error_is_retried(FL_EUSER));
}

/* ---- Full jitter */

static uint64_t seed;

static const struct {
  unsigned retries_made;
  int64_t base_us, max_us, ceiling_us;
} ceilings[] = {
    {0, 500, 30000, 500},
    {1, 500, 30000, 1000},
    {2, 500, 30000, 2000},
    {5, 500, 30000, 16000},
    {6, 500, 30000, 30000},
    {7, 500, 30000, 30000},
    {UINT_MAX, 500, 30000, 30000},
    {0, 30001, 30000, 30000},
    {0, 1, 1, 1},
    {3, 1, 7, 7},
    {62, 1, INT64_MAX, INT64_C(1) << 62},
    {63, 1, INT64_MAX, INT64_MAX},
    {64, 1, INT64_MAX, INT64_MAX},
    {UINT_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
    {1, INT64_MAX / 2 + 1, INT64_MAX, INT64_MAX},
    {9, 0, 30000, 0},
};

static void the_wait_is_between_nothing_and_the_ceiling(void **state) {
  (void)state;
  seed = 1;
  for (unsigned i = 0; i < LENGTH(ceilings); i++) {
    uint64_t ceiling_us = (uint64_t)ceilings[i].ceiling_us;
    unsigned made = ceilings[i].retries_made;
    int64_t base_us = ceilings[i].base_us, max_us = ceilings[i].max_us;
    assert_int_equal(fl__backoff_us(made, base_us, max_us, 0), 0);
    assert_int_equal(fl__backoff_us(made, base_us, max_us, ceiling_us), ceiling_us); /* both ends are in it */
    assert_int_equal(fl__backoff_us(made, base_us, max_us, ceiling_us + 1), 0);
    for (int k = 0; k < 1000; k++)
      assert_in_range(fl__backoff_us(made, base_us, max_us, random_bits(&seed)), 0, ceiling_us);
  }
}

/* Chi-squared with 19 degrees of freedom: above 43.8 once in a thousand times. */
static void it_is_even_over_the_whole_range(void **state) {
  (void)state;
  enum { BINS = 20, WAITS = 200000 };
  for (unsigned made = 0; made < 8; made++) {
    unsigned counts[BINS] = {0};
    int64_t ceiling_us = (SECOND / 2) << made < 30 * SECOND ? (SECOND / 2) << made : 30 * SECOND;
    seed = made;
    for (int i = 0; i < WAITS; i++)
      counts[fl__backoff_us(made, SECOND / 2, 30 * SECOND, random_bits(&seed)) * BINS / (ceiling_us + 1)]++;
    double chi_squared = 0;
    for (int i = 0; i < BINS; i++) {
      double off = (double)counts[i] - (double)WAITS / BINS;
      chi_squared += off * off / ((double)WAITS / BINS);
    }
    assert_true(chi_squared < 43.8);
  }
}

/* ---- The budget */

static unsigned withdraw_all(fl__budget *budget) {
  unsigned count = 0;
  while (fl__budget_withdraw(budget)) count++;
  return count;
}

static void retries_come_from_the_reserve_and_from_first_attempts(void **state) {
  (void)state;
  fl__budget budget;
  fl__budget_init(&budget, 10);
  assert_int_equal(withdraw_all(&budget), 10);
  for (int i = 0; i < 4; i++) fl__budget_deposit(&budget);
  assert_int_equal(withdraw_all(&budget), 0);
  fl__budget_deposit(&budget); /* the fifth */
  assert_int_equal(withdraw_all(&budget), 1);
  for (int i = 0; i < 25; i++) fl__budget_deposit(&budget);
  assert_int_equal(withdraw_all(&budget), 5);
}

static void good_times_save_up_twice_the_reserve(void **state) {
  (void)state;
  fl__budget budget;
  fl__budget_init(&budget, 10);
  for (int i = 0; i < 100000; i++) fl__budget_deposit(&budget);
  assert_int_equal(withdraw_all(&budget), 20);
}

static void a_reserve_may_be_as_large_as_numbers_are(void **state) {
  (void)state;
  fl__budget budget;
  fl__budget_init(&budget, UINT32_MAX);
  for (int i = 0; i < 1000; i++) fl__budget_deposit(&budget);
  for (int i = 0; i < 1000; i++) assert_true(fl__budget_withdraw(&budget));
  assert_int_equal(budget.tenths / 10, UINT32_MAX - 1000 + 200);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_method_may_be_made_twice_or_not),
      cmocka_unit_test(what_befell_the_connection_is_retried_and_nothing_else),
      cmocka_unit_test(the_wait_is_between_nothing_and_the_ceiling),
      cmocka_unit_test(it_is_even_over_the_whole_range),
      cmocka_unit_test(retries_come_from_the_reserve_and_from_first_attempts),
      cmocka_unit_test(good_times_save_up_twice_the_reserve),
      cmocka_unit_test(a_reserve_may_be_as_large_as_numbers_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
