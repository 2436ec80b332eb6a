/* The timing wheel, beside an array that does the same by looking at every timer. */
#include "sync_support.h"

#include "../../src/loop/timers.h"

#include <stdlib.h>

enum { TIMERS = 400 };

typedef struct pending {
  fl_timer timer;
  uint64_t made; /* the how manieth arming; 0: not armed */
} pending;

static fl__timers wheel;
static pending all[TIMERS];
static uint64_t armed;
static int64_t now_us;
static fl_link ready;

static void begin_at(int64_t us) {
  memset(all, 0, sizeof all);
  armed = 0;
  now_us = us;
  fl__timers_init(&wheel, us);
  fl__list_init(&ready);
}

static void arm(pending *p, int64_t when_us) {
  p->timer.when_us = when_us;
  p->made = ++armed;
  assert_false(fl__timer_armed(&p->timer));
  fl__timers_arm(&wheel, &p->timer);
  assert_true(fl__timer_armed(&p->timer));
}

static void disarm(pending *p) {
  fl__timers_disarm(&wheel, &p->timer);
  p->made = 0;
  assert_false(fl__timer_armed(&p->timer));
}

static int by_deadline_then_age(const void *a, const void *b) {
  const pending *x = *(pending *const *)a, *y = *(pending *const *)b;
  if (x->timer.when_us != y->timer.when_us) return x->timer.when_us < y->timer.when_us ? -1 : 1;
  return x->made < y->made ? -1 : x->made > y->made;
}

/* What is due by `us`, as it must come out. */
static size_t due_by(int64_t us, pending **out) {
  size_t count = 0;
  for (pending *p = all; p < all + TIMERS; p++)
    if (p->made && p->timer.when_us <= us) out[count++] = p;
  qsort(out, count, sizeof *out, by_deadline_then_age);
  return count;
}

static int64_t earliest(void) {
  int64_t us = FL_NEVER;
  for (pending *p = all; p < all + TIMERS; p++)
    if (p->made && p->timer.when_us < us) us = p->timer.when_us;
  return us;
}

/* Let it be `us`: just what is due comes out, and in order. Gives how many. */
static size_t collect(int64_t us) {
  static pending *due[TIMERS];
  size_t count = due_by(us, due);
  fl__timers_collect(&wheel, us, &ready);
  now_us = us;
  for (size_t i = 0; i < count; i++) {
    fl_link *link = fl__pop_front(&ready);
    assert_non_null(link);
    assert_ptr_equal(link, &due[i]->timer.handle.link);
    assert_false(fl__timer_armed(&due[i]->timer));
    due[i]->made = 0;
  }
  assert_true(fl__list_empty(&ready));
  return count;
}

static void check_next(void) {
  int64_t next_us = fl__timers_next(&wheel);
  assert_true(next_us <= earliest());
}

static unsigned pending_count(void) {
  unsigned count = 0;
  for (pending *p = all; p < all + TIMERS; p++) count += p->made != 0;
  return count;
}

/* ---- One at a time */

static void a_wheel_that_is_empty_has_nothing_to_wait_for(void **state) {
  (void)state;
  begin_at(12345);
  assert_true(fl__timers_next(&wheel) == FL_NEVER);
  assert_int_equal(collect(FL_NEVER - 1), 0);
  assert_true(fl__timers_next(&wheel) == FL_NEVER);
}

/* Around each power of two, which is where levels and slots begin and end. */
static void every_deadline_is_met_to_the_microsecond(void **state) {
  (void)state;
  for (int start_bit = -1; start_bit < 63; start_bit++) {
    for (int bit = 0; bit < 63; bit++) {
      for (int off = -1; off <= 1; off++) {
        int64_t start_us = start_bit < 0 ? 0 : (INT64_C(1) << start_bit) - 1;
        int64_t when_us = (INT64_C(1) << bit) + off;
        if (when_us <= start_us) continue;
        begin_at(start_us);
        arm(all, when_us);
        assert_true(fl__timers_next(&wheel) == when_us);
        assert_int_equal(collect(when_us - 1), 0);
        assert_true(fl__timers_next(&wheel) == when_us);
        assert_int_equal(collect(when_us), 1);
        assert_int_equal(wheel.pending, 0);
      }
    }
  }
}

static void one_that_is_never_due_has_nothing_to_wait_for(void **state) {
  (void)state;
  begin_at(5);
  arm(&all[0], FL_NEVER);
  arm(&all[1], FL_NEVER - 1);
  assert_true(fl__timers_next(&wheel) == FL_NEVER - 1);
  assert_int_equal(collect(FL_NEVER - 1), 1);
  assert_true(fl__timers_next(&wheel) == FL_NEVER);
  disarm(&all[0]);
  assert_int_equal(wheel.pending, 0);
}

static void what_is_past_comes_out_at_once_and_by_deadline(void **state) {
  (void)state;
  begin_at(1000);
  arm(&all[0], 1000), arm(&all[1], -5), arm(&all[2], 7), arm(&all[3], INT64_MIN + 1), arm(&all[4], 7);
  assert_true(fl__timers_next(&wheel) == INT64_MIN + 1);
  disarm(&all[1]);
  assert_int_equal(collect(1000), 4);
}

static void a_clock_may_begin_before_zero(void **state) {
  (void)state;
  begin_at(-500);
  arm(&all[0], 3);
  assert_int_equal(collect(-100), 0);
  assert_int_equal(collect(2), 0);
  assert_int_equal(collect(3), 1);
}

static void time_that_goes_back_brings_nothing_twice(void **state) {
  (void)state;
  begin_at(0);
  arm(&all[0], 100), arm(&all[1], 200);
  assert_int_equal(collect(150), 1);
  assert_int_equal(collect(120), 0);
  assert_true(fl__timers_next(&wheel) == 200);
  assert_int_equal(collect(200), 1);
}

static void who_waits_for_next_gets_there(void **state) {
  (void)state;
  begin_at(0);
  for (int i = 0; i < 62; i++) arm(&all[i], INT64_C(1) << i), arm(&all[100 + i], (INT64_C(3) << i >> 1) + 1);
  for (int i = 0; i < 62; i += 2) disarm(&all[i]); /* which leaves some earliest_us too early */
  unsigned wakes = 0;
  for (int64_t next_us; (next_us = fl__timers_next(&wheel)) != FL_NEVER; wakes++) {
    assert_true(next_us > now_us || wakes == 0);
    collect(next_us);
  }
  assert_int_equal(pending_count(), 0);
  assert_in_range(wakes, 60, 200);
}

/* ---- Whatever comes */

/* A time that is `bits` bits long at the most, for any level of the wheel. */
static int64_t some_delay(uint64_t *random) {
  uint64_t long_one =
      (uint64_t)draw(random, 1u << 31) << 32 ^ (uint64_t)draw(random, 1u << 31) << 8 ^ draw(random, 256);
  return (int64_t)(long_one >> (1 + draw(random, 63)));
}

static int64_t some_deadline(uint64_t *random) {
  int64_t delay_us = some_delay(random);
  switch (draw(random, 12)) {
  case 0: return FL_NEVER - (int64_t)draw(random, 3);
  case 1: return now_us - (int64_t)draw(random, 100);
  case 2: return -delay_us;
  case 3: return all[draw(random, TIMERS)].timer.when_us; /* that of another */
  case 4: return now_us + (int64_t)draw(random, 4);
  default: return now_us > FL_NEVER - delay_us ? FL_NEVER : now_us + delay_us;
  }
}

static void step(uint64_t *random) {
  pending *p = &all[draw(random, TIMERS)];
  switch (draw(random, 10)) {
  case 0:
    if (p->made) disarm(p);
    break;
  case 1: collect(now_us + (int64_t)draw(random, 70)); break;
  case 2:
    collect(earliest() > now_us && earliest() != FL_NEVER ? earliest() - (int64_t)draw(random, 2) : now_us);
    break;
  case 3:
    collect(fl__timers_next(&wheel) > now_us && fl__timers_next(&wheel) != FL_NEVER ? fl__timers_next(&wheel) : now_us);
    break;
  default:
    if (!p->made) arm(p, some_deadline(random));
  }
}

static void it_does_what_an_array_does(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 60; seed++) {
    uint64_t random = seed;
    begin_at(seed % 4 ? some_delay(&random) : 0);
    for (int i = 0; i < 2000; i++) {
      step(&random);
      check_next();
      assert_int_equal(wheel.pending, pending_count());
      if (now_us > FL_NEVER / 2) break; /* the end of time */
      if (draw(&random, 500) == 0) collect(now_us + some_delay(&random) / 2);
    }
    collect(FL_NEVER - 3);
    collect(FL_NEVER - 1);
    collect(FL_NEVER);
    assert_int_equal(pending_count(), 0);
    assert_int_equal(wheel.pending, 0);
    for (unsigned level = 0; level < FL__WHEEL_LEVELS; level++) assert_true(wheel.filled[level] == 0);
  }
}

static void equal_deadlines_come_in_the_order_of_their_making_however_they_got_there(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 200; seed++) {
    uint64_t random = seed;
    begin_at(0);
    int64_t when_us = 1 + some_delay(&random);
    for (int i = 0; i < 50; i++) { /* from ever nearer, and so on ever lower levels */
      arm(&all[i], when_us);
      int64_t to_us = now_us + (when_us - now_us) / 2;
      if (to_us < when_us) collect(to_us);
    }
    for (int i = 0; i < 50; i += 3) disarm(&all[i]), arm(&all[i], when_us); /* made anew: last */
    assert_int_equal(collect(when_us), 50);
  }
}

static void many_at_once_come_in_order(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    uint64_t random = seed;
    begin_at((int64_t)draw(&random, 1000000));
    for (int i = 0; i < TIMERS; i++) arm(&all[i], now_us + (int64_t)draw(&random, 5000));
    assert_int_equal(collect(now_us + 5000), TIMERS);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_wheel_that_is_empty_has_nothing_to_wait_for),
      cmocka_unit_test(every_deadline_is_met_to_the_microsecond),
      cmocka_unit_test(one_that_is_never_due_has_nothing_to_wait_for),
      cmocka_unit_test(what_is_past_comes_out_at_once_and_by_deadline),
      cmocka_unit_test(a_clock_may_begin_before_zero),
      cmocka_unit_test(time_that_goes_back_brings_nothing_twice),
      cmocka_unit_test(who_waits_for_next_gets_there),
      cmocka_unit_test(it_does_what_an_array_does),
      cmocka_unit_test(equal_deadlines_come_in_the_order_of_their_making_however_they_got_there),
      cmocka_unit_test(many_at_once_come_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
