/* The event loop: which callbacks and timers run, and in which order. */
#include "support.h"

#include <stdlib.h>

/* ---- Ready callbacks */

static void callbacks_run_once_and_in_the_order_of_their_scheduling(void **state) {
  (void)state;
  static job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
  soon(&b), soon(&a), soon(&c);
  assert_string_equal(what_ran(), "");
  turn(0);
  assert_string_equal(what_ran(), "bac");
  turn(0);
  assert_string_equal(what_ran(), "");
}

static void a_pending_handle_keeps_its_place_and_its_callback(void **state) {
  (void)state;
  static job a = {.name = 'a'}, b = {.name = 'b'};
  soon(&a), soon(&b);
  fl_call_soon(loop, &a.handle, run_job, &b);
  turn(0);
  assert_string_equal(what_ran(), "ab");
}

static void schedule_other(job *self) { soon(self->other); }

static void a_callback_scheduled_by_a_callback_runs_in_the_next_turn(void **state) {
  (void)state;
  static job c = {.name = 'c'}, a = {.name = 'a', .also = schedule_other, .other = &c}, b = {.name = 'b'};
  soon(&a), soon(&b);
  turn(0);
  assert_string_equal(what_ran(), "ab");
  turn(0);
  assert_string_equal(what_ran(), "c");
}

static void schedule_self(job *self) { soon(self); }

static void a_callback_may_schedule_itself_again(void **state) {
  (void)state;
  static job a = {.name = 'a', .also = schedule_self}, b = {.name = 'b'};
  soon(&a), soon(&b);
  turn(0);
  assert_string_equal(what_ran(), "ab");
  turn(0);
  assert_string_equal(what_ran(), "a");
  turn(0);
  assert_string_equal(what_ran(), "a");
}

static void cancel_other(job *self) { fl_handle_cancel(&self->other->handle); }

static void a_callback_may_cancel_its_neighbour(void **state) {
  (void)state;
  static job b = {.name = 'b'}, a = {.name = 'a', .also = cancel_other, .other = &b}, c = {.name = 'c'};
  soon(&a), soon(&b), soon(&c);
  turn(0);
  assert_string_equal(what_ran(), "ac");
  turn(0);
  assert_string_equal(what_ran(), "");
}

static void cancel_and_schedule_other(job *self) { cancel_other(self), soon(self->other); }

static void a_neighbour_that_is_cancelled_and_scheduled_again_waits_for_the_next_turn(void **state) {
  (void)state;
  static job b = {.name = 'b'}, a = {.name = 'a', .also = cancel_and_schedule_other, .other = &b}, c = {.name = 'c'};
  soon(&a), soon(&b), soon(&c);
  turn(0);
  assert_string_equal(what_ran(), "ac");
  turn(0);
  assert_string_equal(what_ran(), "b");
}

static void cancelling_what_is_not_pending_does_nothing(void **state) {
  (void)state;
  static job never = {.name = 'n'}, a = {.name = 'a', .also = cancel_other, .other = &never}, b = {.name = 'b'};
  fl_handle_cancel(&never.handle);
  fl_timer_cancel(&never.timer);
  a.other = &a; /* it is running */
  soon(&a);
  turn(0);
  fl_handle_cancel(&a.handle); /* it has run */
  soon(&b);
  fl_handle_cancel(&b.handle);
  fl_handle_cancel(&b.handle);
  turn(0);
  assert_string_equal(what_ran(), "a");
  assert_int_equal(hand.wake_us, FL_NEVER);
}

static void free_self(job *self) { free(self); }

static void a_callback_may_free_its_own_memory(void **state) {
  (void)state;
  for (char name = 'a'; name <= 'b'; name++) {
    job *j = calloc(1, sizeof *j);
    assert_non_null(j);
    j->name = name;
    j->also = free_self;
    if (name == 'a')
      soon(j);
    else
      at(j, 0);
  }
  turn(0);
  assert_string_equal(what_ran(), "ab");
}

/* ---- Timers */

static void timers_run_by_deadline_and_then_by_their_making(void **state) {
  (void)state;
  static job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'}, d = {.name = 'd'};
  at(&a, 20), at(&b, 10), at(&c, 20), at(&d, 10);
  turn(9);
  assert_string_equal(what_ran(), "");
  turn(10);
  assert_string_equal(what_ran(), "bd");
  turn(100);
  assert_string_equal(what_ran(), "ac");
}

static void due_timers_run_after_what_was_ready_before(void **state) {
  (void)state;
  static job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'}, d = {.name = 'd'};
  at(&a, 5), at(&b, 3), soon(&c), at(&d, 11), soon(&d);
  turn(10);
  assert_string_equal(what_ran(), "cdba");
}

static void a_second_call_moves_a_timer(void **state) {
  (void)state;
  static job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
  at(&a, 10), at(&b, 20), at(&c, 30);
  at(&a, 20); /* made anew: after b */
  at(&c, 15);
  turn(14);
  assert_string_equal(what_ran(), "");
  turn(15);
  assert_string_equal(what_ran(), "c");
  turn(30);
  assert_string_equal(what_ran(), "ba");
  turn(100);
  assert_string_equal(what_ran(), "");
}

static void set_again(job *self) { later(self, 10); }

static void a_timer_may_be_set_again_from_its_own_callback(void **state) {
  (void)state;
  static job a = {.name = 'a', .also = set_again};
  at(&a, 10);
  assert_int_equal(turn(10), 20);
  assert_int_equal(turn(25), 35);
  assert_int_equal(turn(34), 35);
  assert_int_equal(turn(35), 45);
  assert_string_equal(what_ran(), "aaa");
}

static void a_cancelled_timer_does_not_run(void **state) {
  (void)state;
  static job jobs[5];
  for (unsigned i = 0; i < LENGTH(jobs); i++) {
    jobs[i] = (job){.name = (char)('a' + i)};
    at(&jobs[i], i);
  }
  fl_timer_cancel(&jobs[0].timer);
  fl_timer_cancel(&jobs[3].timer);
  fl_timer_cancel(&jobs[3].timer);
  turn(10);
  assert_string_equal(what_ran(), "bce");
}

static void cancel_other_timer(job *self) { fl_timer_cancel(&self->other->timer); }

static void a_timer_may_be_cancelled_when_it_is_due_already(void **state) {
  (void)state;
  static job b = {.name = 'b'}, a = {.name = 'a', .also = cancel_other_timer, .other = &b}, c = {.name = 'c'};
  at(&a, 1), at(&b, 2), at(&c, 3);
  assert_int_equal(turn(10), FL_NEVER);
  assert_string_equal(what_ran(), "ac");
}

static void move_other_timer(job *self) { at(self->other, 20); }

static void a_timer_may_be_moved_when_it_is_due_already(void **state) {
  (void)state;
  static job b = {.name = 'b'}, a = {.name = 'a', .also = move_other_timer, .other = &b}, c = {.name = 'c'};
  at(&a, 1), at(&b, 2), at(&c, 3);
  assert_int_equal(turn(10), 20);
  assert_string_equal(what_ran(), "ac");
  turn(20);
  assert_string_equal(what_ran(), "b");
}

static void set_other_in_the_past(job *self) { at(self->other, -5); }

static void a_deadline_that_is_past_already_waits_for_the_next_turn(void **state) {
  (void)state;
  static job b = {.name = 'b'}, a = {.name = 'a', .also = set_other_in_the_past, .other = &b};
  soon(&a);
  assert_true(turn(10) <= 10);
  assert_string_equal(what_ran(), "a");
  assert_true(hand.wake_us <= 10);
  turn(10);
  assert_string_equal(what_ran(), "b");
}

static void a_negative_delay_counts_as_none(void **state) {
  (void)state;
  static job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
  hand.now_us = 100;
  later(&a, 0), later(&b, -50), later(&c, INT64_MIN + 1);
  turn(100);
  assert_string_equal(what_ran(), "abc");
}

static void what_is_no_number_is_no_delay(void **state) {
  (void)state;
  static job a = {.name = 'a'};
  assert_int_equal(fl_call_later(loop, &a.timer, FL_NAN, run_job, &a), FL_EINVAL);
  assert_int_equal(fl_call_at(loop, &a.timer, fl_seconds(0.0 / 0.0), run_job, &a), FL_EINVAL);
  turn(100);
  assert_string_equal(what_ran(), "");
}

static void a_timer_that_never_is_due_asks_for_no_wake_up(void **state) {
  (void)state;
  static job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
  hand.now_us = 100;
  at(&a, FL_NEVER), later(&b, FL_NEVER), later(&c, FL_NEVER - 99);
  assert_int_equal(hand.asked, 0);
  assert_int_equal(turn(FL_NEVER / 2), FL_NEVER);
  assert_string_equal(what_ran(), "");
}

static void the_longest_delay_is_kept(void **state) {
  (void)state;
  static job a = {.name = 'a'};
  hand.now_us = 100;
  later(&a, FL_NEVER - 101);
  assert_int_equal(hand.wake_us, FL_NEVER - 1);
  assert_int_equal(turn(FL_NEVER / 2), FL_NEVER - 1);
  assert_string_equal(what_ran(), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOOP_TEST(callbacks_run_once_and_in_the_order_of_their_scheduling),
      LOOP_TEST(a_pending_handle_keeps_its_place_and_its_callback),
      LOOP_TEST(a_callback_scheduled_by_a_callback_runs_in_the_next_turn),
      LOOP_TEST(a_callback_may_schedule_itself_again),
      LOOP_TEST(a_callback_may_cancel_its_neighbour),
      LOOP_TEST(a_neighbour_that_is_cancelled_and_scheduled_again_waits_for_the_next_turn),
      LOOP_TEST(cancelling_what_is_not_pending_does_nothing),
      LOOP_TEST(a_callback_may_free_its_own_memory),
      LOOP_TEST(timers_run_by_deadline_and_then_by_their_making),
      LOOP_TEST(due_timers_run_after_what_was_ready_before),
      LOOP_TEST(a_second_call_moves_a_timer),
      LOOP_TEST(a_timer_may_be_set_again_from_its_own_callback),
      LOOP_TEST(a_cancelled_timer_does_not_run),
      LOOP_TEST(a_timer_may_be_cancelled_when_it_is_due_already),
      LOOP_TEST(a_timer_may_be_moved_when_it_is_due_already),
      LOOP_TEST(a_deadline_that_is_past_already_waits_for_the_next_turn),
      LOOP_TEST(a_negative_delay_counts_as_none),
      LOOP_TEST(what_is_no_number_is_no_delay),
      LOOP_TEST(a_timer_that_never_is_due_asks_for_no_wake_up),
      LOOP_TEST(the_longest_delay_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
