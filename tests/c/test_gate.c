/* A host's gate: parked, paced, out of quota, and for how many at once it is open. */
#include "support.h"

#include "../../src/http/gate.h"

static fl__gate gate_of(uint32_t limit, const fl_rate *rate) {
  static const fl_rate none = {0};
  fl__pace pace;
  assert_int_equal(fl__pace_init(&pace, rate ? rate : &none), FL_OK);
  fl__gate gate;
  fl__gate_init(&gate, limit, &pace);
  return gate;
}

/* How many may start at `now_us`, one after another. */
static unsigned starts_at(fl__gate *gate, int64_t now_us, unsigned most) {
  unsigned count = 0;
  for (; count < most && fl__gate_opens_us(gate, now_us) <= now_us; count++) fl__gate_take(gate, now_us);
  return count;
}

static void a_new_one_is_open(void **state) {
  (void)state;
  fl__gate gate = gate_of(6, NULL);
  assert_int_equal(starts_at(&gate, 5, 1000), 1000);
  assert_false(fl__gate_is_shut(&gate, 5));
  assert_true(fl__gate_is_idle(&gate, 5));
  assert_true(fl__gate_has_place(&gate, 5));
  assert_false(fl__gate_has_place(&gate, 6));
}

/* ---- Parked */

static void it_is_parked_until_the_last_of_what_was_asked(void **state) {
  (void)state;
  fl__gate gate = gate_of(6, NULL);
  fl__gate_park(&gate, 5 * SECOND, false);
  fl__gate_park(&gate, 3 * SECOND, false); /* another response, from before */
  assert_int_equal(fl__gate_opens_us(&gate, 0), 5 * SECOND);
  assert_int_equal(starts_at(&gate, 5 * SECOND - 1, 1), 0);
  assert_false(fl__gate_is_idle(&gate, 5 * SECOND - 1));
  assert_int_equal(starts_at(&gate, 5 * SECOND, 1), 1);
  assert_true(fl__gate_is_idle(&gate, 5 * SECOND));
  fl__gate_park(&gate, 7 * SECOND, false);
  assert_int_equal(fl__gate_opens_us(&gate, 6 * SECOND), 7 * SECOND);
}

static void parked_is_not_shut_unless_it_is_for_too_long(void **state) {
  (void)state;
  fl__gate gate = gate_of(6, NULL);
  fl__gate_park(&gate, 5 * SECOND, false);
  assert_false(fl__gate_is_shut(&gate, SECOND));
  fl__gate_park(&gate, 100 * SECOND, true);
  fl__gate_park(&gate, 6 * SECOND, false);
  assert_true(fl__gate_is_shut(&gate, 100 * SECOND - 1));
  assert_false(fl__gate_is_shut(&gate, 100 * SECOND));
  fl__gate_park(&gate, 200 * SECOND, false); /* it has forgotten that it was */
  assert_false(fl__gate_is_shut(&gate, 150 * SECOND));
}

static void it_may_be_parked_for_ever(void **state) {
  (void)state;
  fl__gate gate = gate_of(6, NULL);
  fl__gate_park(&gate, FL_NEVER, true);
  assert_int_equal(fl__gate_opens_us(&gate, FL_NEVER - 1), FL_NEVER);
  assert_true(fl__gate_is_shut(&gate, FL_NEVER - 1));
}

/* ---- The window */

static unsigned successes_until(fl__gate *gate, uint32_t window) {
  unsigned count = 0;
  for (; gate->window < window && count < 1000; count++) fl__gate_success(gate);
  return count;
}

static void too_many_halve_it_and_successes_let_it_grow(void **state) {
  (void)state;
  fl__gate gate = gate_of(8, NULL);
  fl__gate_too_many(&gate, 0);
  assert_int_equal(gate.window, 4);
  fl__gate_too_many(&gate, 0);
  assert_int_equal(gate.window, 2);
  assert_true(fl__gate_has_place(&gate, 1));
  assert_false(fl__gate_has_place(&gate, 2));
  assert_int_equal(successes_until(&gate, 3), 2); /* a window of them each */
  assert_int_equal(successes_until(&gate, 4), 3);
  assert_int_equal(successes_until(&gate, 8), 4 + 5 + 6 + 7);
  for (int i = 0; i < 1000; i++) fl__gate_success(&gate);
  assert_int_equal(gate.window, 8); /* and no more */
  fl__gate_too_many(&gate, 0);
  assert_int_equal(gate.window, 4);
}

static void one_is_the_least(void **state) {
  (void)state;
  for (uint32_t limit = 1; limit < 70; limit++) {
    fl__gate gate = gate_of(limit, NULL);
    for (int i = 0; i < 100; i++) fl__gate_too_many(&gate, 0);
    assert_int_equal(gate.window, 1);
    fl__gate_success(&gate);
    assert_int_equal(gate.window, limit == 1 ? 1 : 2);
  }
}

static void what_was_in_flight_when_it_was_parked_counts_once(void **state) {
  (void)state;
  fl__gate gate = gate_of(64, NULL);
  for (int i = 0; i < 32; i++) {
    fl__gate_too_many(&gate, 10 + i);
    fl__gate_park(&gate, SECOND, false);
  }
  assert_int_equal(gate.window, 32);
  fl__gate_too_many(&gate, SECOND - 1);
  assert_int_equal(gate.window, 32);
  fl__gate_too_many(&gate, SECOND); /* the first after it */
  assert_int_equal(gate.window, 16);
}

static void successes_do_not_count_across_a_429(void **state) {
  (void)state;
  fl__gate gate = gate_of(8, NULL);
  fl__gate_too_many(&gate, 0);
  for (int i = 0; i < 3; i++) fl__gate_success(&gate);
  fl__gate_park(&gate, SECOND, false);
  fl__gate_too_many(&gate, SECOND - 1);
  assert_int_equal(gate.window, 4);
  fl__gate_success(&gate);
  assert_int_equal(gate.window, 4);
  assert_int_equal(successes_until(&gate, 5), 3);
}

/* ---- Pace */

static void it_keeps_its_pace(void **state) {
  (void)state;
  fl__gate gate = gate_of(6, &(fl_rate){.requests = 10, .per_us = SECOND, .burst = 2});
  assert_int_equal(starts_at(&gate, 0, 1000), 2);
  assert_int_equal(fl__gate_opens_us(&gate, 0), 100 * MS);
  assert_false(fl__gate_is_idle(&gate, 100 * MS - 1));
  fl__gate_park(&gate, 50 * MS, false); /* the later of the two */
  assert_int_equal(fl__gate_opens_us(&gate, 0), 100 * MS);
  fl__gate_park(&gate, 500 * MS, false);
  assert_int_equal(fl__gate_opens_us(&gate, 0), 500 * MS);
  assert_int_equal(starts_at(&gate, 500 * MS, 1000), 2);
}

static void another_pace_counts_from_the_last_start(void **state) {
  (void)state;
  fl__gate gate = gate_of(6, NULL);
  fl__pace slow;
  assert_int_equal(fl__pace_init(&slow, &(fl_rate){.requests = 1, .per_us = 10 * SECOND, .burst = 1}), FL_OK);
  assert_int_equal(starts_at(&gate, 2 * SECOND, 3), 3);
  fl__gate_set_pace(&gate, &slow);
  assert_int_equal(fl__gate_opens_us(&gate, 3 * SECOND), 12 * SECOND);
  fl__gate fresh = gate_of(6, NULL);
  fl__gate_set_pace(&fresh, &slow);
  assert_int_equal(fl__gate_opens_us(&fresh, 3 * SECOND), 3 * SECOND);
}

/* ---- Quota */

static void a_quota_is_used_up_and_renewed(void **state) {
  (void)state;
  fl__gate gate = gate_of(6, NULL);
  fl__gate_set_quota(&gate, &(fl__quota){.remaining = 3, .limit = 5, .reset_us = SECOND, .window_us = 10 * SECOND}, 0,
                     0);
  assert_int_equal(starts_at(&gate, 10, 1000), 3);
  assert_int_equal(fl__gate_opens_us(&gate, 10), SECOND);
  assert_false(fl__gate_is_idle(&gate, 10));
  assert_int_equal(starts_at(&gate, SECOND, 1000), 5); /* then as the policy says */
  assert_int_equal(fl__gate_opens_us(&gate, 2 * SECOND), 11 * SECOND);
  assert_int_equal(starts_at(&gate, 11 * SECOND, 1000), 5);
}

static void without_a_policy_the_next_window_is_open(void **state) {
  (void)state;
  static const fl__quota quotas[] = {{.remaining = 1, .limit = -1, .reset_us = SECOND, .window_us = -1},
                                     {.remaining = 1, .limit = 5, .reset_us = SECOND, .window_us = -1},
                                     {.remaining = 1, .limit = 5, .reset_us = SECOND, .window_us = 0},
                                     {.remaining = 1, .limit = 0, .reset_us = SECOND, .window_us = SECOND},
                                     {.remaining = 1, .limit = -1, .reset_us = SECOND, .window_us = SECOND}};
  for (unsigned i = 0; i < LENGTH(quotas); i++) {
    fl__gate gate = gate_of(6, NULL);
    fl__gate_set_quota(&gate, &quotas[i], 0, 0);
    assert_int_equal(starts_at(&gate, 0, 1000), 1);
    assert_int_equal(fl__gate_opens_us(&gate, 0), SECOND);
    assert_int_equal(starts_at(&gate, SECOND, 1000), 1000);
    assert_true(fl__gate_is_idle(&gate, SECOND));
  }
}

static void those_in_flight_are_taken_off(void **state) {
  (void)state;
  fl__gate gate = gate_of(6, NULL);
  fl__gate_set_quota(&gate, &(fl__quota){.remaining = 5, .limit = -1, .reset_us = SECOND, .window_us = -1}, 3, 0);
  assert_int_equal(starts_at(&gate, 0, 1000), 2);
  fl__gate_set_quota(&gate, &(fl__quota){.remaining = 1, .limit = -1, .reset_us = SECOND, .window_us = -1}, 3, 0);
  assert_int_equal(starts_at(&gate, 0, 1000), 0);
}

static void what_is_not_told_in_full_changes_nothing(void **state) {
  (void)state;
  fl__gate gate = gate_of(6, NULL);
  fl__gate_set_quota(&gate, &(fl__quota){.remaining = 0, .limit = 5, .reset_us = -1, .window_us = 1}, 0, 0);
  fl__gate_set_quota(&gate, &(fl__quota){.remaining = -1, .limit = 5, .reset_us = 1, .window_us = 1}, 0, 0);
  assert_int_equal(starts_at(&gate, 0, 1000), 1000);
}

static void a_quota_may_be_as_large_and_long_as_numbers_are(void **state) {
  (void)state;
  fl__gate gate = gate_of(6, NULL);
  static const fl__quota most = {.remaining = FL_NEVER, .limit = FL_NEVER, .reset_us = FL_NEVER, .window_us = FL_NEVER};
  fl__gate_set_quota(&gate, &most, UINT32_MAX, 5);
  assert_int_equal(starts_at(&gate, 5, 1000), 1000);
  static const fl__quota none = {.remaining = 0, .limit = FL_NEVER, .reset_us = SECOND, .window_us = FL_NEVER};
  fl__gate_set_quota(&gate, &none, UINT32_MAX, 5);
  assert_int_equal(starts_at(&gate, 6, 1000), 0);
  assert_int_equal(starts_at(&gate, SECOND + 5, 1000), 1000);
  assert_int_equal(gate.quota_until_us, FL_NEVER);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_one_is_open),
      cmocka_unit_test(it_is_parked_until_the_last_of_what_was_asked),
      cmocka_unit_test(parked_is_not_shut_unless_it_is_for_too_long),
      cmocka_unit_test(it_may_be_parked_for_ever),
      cmocka_unit_test(too_many_halve_it_and_successes_let_it_grow),
      cmocka_unit_test(one_is_the_least),
      cmocka_unit_test(what_was_in_flight_when_it_was_parked_counts_once),
      cmocka_unit_test(successes_do_not_count_across_a_429),
      cmocka_unit_test(it_keeps_its_pace),
      cmocka_unit_test(another_pace_counts_from_the_last_start),
      cmocka_unit_test(a_quota_is_used_up_and_renewed),
      cmocka_unit_test(without_a_policy_the_next_window_is_open),
      cmocka_unit_test(those_in_flight_are_taken_off),
      cmocka_unit_test(what_is_not_told_in_full_changes_nothing),
      cmocka_unit_test(a_quota_may_be_as_large_and_long_as_numbers_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
