/* The histogram of durations: what percentiles it tells, beside what sorting tells. */
#include "../../src/http/histogram.h"
#include "support.h"

#include <stdlib.h>

static fl__histogram histogram;

static int clear(void **state) {
  (void)state;
  histogram = (fl__histogram){0};
  return 0;
}

static void an_empty_one_has_no_percentiles(void **state) {
  (void)state;
  assert_int_equal(fl__histogram_percentile_us(&histogram, 0.5), -1);
  assert_int_equal(fl__histogram_percentile_us(&histogram, 1), -1);
}

static void one_duration_is_every_percentile(void **state) {
  (void)state;
  fl__histogram_add(&histogram, 123456);
  for (double fraction = 0; fraction <= 1; fraction += 0.125)
    assert_in_range(fl__histogram_percentile_us(&histogram, fraction), 119598, 123456);
  assert_int_equal(fl__histogram_percentile_us(&histogram, 1), 123456);
}

static void small_numbers_are_told_exactly(void **state) {
  (void)state;
  for (int i = 1; i <= 20; i++) fl__histogram_add(&histogram, i);
  assert_int_equal(fl__histogram_percentile_us(&histogram, 0), 1);
  assert_int_equal(fl__histogram_percentile_us(&histogram, 0.05), 1);
  assert_int_equal(fl__histogram_percentile_us(&histogram, 0.5), 10);
  assert_int_equal(fl__histogram_percentile_us(&histogram, 0.51), 11);
  assert_int_equal(fl__histogram_percentile_us(&histogram, 0.9), 18);
  assert_int_equal(fl__histogram_percentile_us(&histogram, 1), 20);
}

static int by_size(const void *a, const void *b) {
  int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
  return (first > second) - (first < second);
}

static void percentiles_are_within_a_thirty_second_of_what_sorting_tells(void **state) {
  (void)state;
  enum { COUNT = 20000 };
  static int64_t sorted[COUNT];
  uint64_t random = 1;
  for (int i = 0; i < COUNT; i++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    sorted[i] = (int64_t)(random >> 33) % (INT64_C(1) << (i % 36 + 1));
    fl__histogram_add(&histogram, sorted[i]);
  }
  qsort(sorted, COUNT, sizeof *sorted, by_size);
  static const double fractions[] = {0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999};
  for (size_t i = 0; i < LENGTH(fractions); i++) {
    int64_t exact = sorted[(int)(fractions[i] * COUNT) - 1],
            told = fl__histogram_percentile_us(&histogram, fractions[i]);
    assert_in_range(told, exact - exact / 31, exact + exact / 31);
  }
  assert_int_equal(fl__histogram_percentile_us(&histogram, 1), sorted[COUNT - 1]);
}

static void what_is_longer_than_it_can_hold_and_what_is_negative_counts(void **state) {
  (void)state;
  fl__histogram_add(&histogram, -5);
  assert_int_equal(fl__histogram_percentile_us(&histogram, 0.5), 0);
  fl__histogram_add(&histogram, INT64_MAX);
  fl__histogram_add(&histogram, INT64_C(1) << 50);
  assert_int_equal(fl__histogram_percentile_us(&histogram, 0.3), 0);
  assert_true(fl__histogram_percentile_us(&histogram, 0.6) >= INT64_C(1) << 39);
  assert_true(fl__histogram_percentile_us(&histogram, 1) == INT64_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(an_empty_one_has_no_percentiles, clear, NULL),
      cmocka_unit_test_setup_teardown(one_duration_is_every_percentile, clear, NULL),
      cmocka_unit_test_setup_teardown(small_numbers_are_told_exactly, clear, NULL),
      cmocka_unit_test_setup_teardown(percentiles_are_within_a_thirty_second_of_what_sorting_tells, clear, NULL),
      cmocka_unit_test_setup_teardown(what_is_longer_than_it_can_hold_and_what_is_negative_counts, clear, NULL),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
